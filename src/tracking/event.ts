/** The kind of an entry in the log. */
export type EventKind =
  | 'predict'
  | 'fit'
  | 'metric'
  | 'param'
  | 'data'
  | 'artifact'
  | 'system'
  | 'actual'
  | 'snapshot'
  | 'drift'
  | 'alert'
  | 'start'
  | 'stop';

/** All kinds of events, in the order of their usual life. */
export const EVENT_KINDS: readonly EventKind[] = [
  'start',
  'fit',
  'predict',
  'actual',
  'metric',
  'param',
  'data',
  'artifact',
  'system',
  'snapshot',
  'drift',
  'alert',
  'stop',
];
