/** What a monitor watches: the calls of a model, or data that is logged under a name. */
export type MonitorKind = 'model' | 'data';

/** What a monitor is called in the store. */
export const monitorName = (experiment: string, model: string): string =>
  `monitors/${experiment}/${model}`;
