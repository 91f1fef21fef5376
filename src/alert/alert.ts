/** How much an alert presses. */
export type Severity = 'info' | 'warning' | 'critical';

/** In ascending order. */
export const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];

/** What an alert is about: a verdict, silence, or trouble of the monitor itself. */
export type AlertEvent = 'drift' | 'no-data' | 'failing';

export const ALERT_EVENTS: readonly AlertEvent[] = ['drift', 'no-data', 'failing'];

/** What happened to the incident that the alert is about. */
export type Transition = 'opened' | 'updated' | 'resolved';

/** What is said of a turn in an incident's life. */
export interface Alert {
  /** Unique, and the same however often it is delivered. */
  readonly id: string;
  /** The incident's; alerts of one incident share it. */
  readonly incident: string;
  readonly transition: Transition;
  readonly event: AlertEvent;
  readonly severity: Severity;
  /** One line: model and columns. */
  readonly title: string;
  /** What moved, by how much, since when, and what to look at, a line each. It holds no value from a request. */
  readonly message: string;
  /** The rule that fired first; `rules` has all. */
  readonly rule: string;
  readonly rules: readonly string[];
  readonly experiment: string;
  readonly model: string;
  /** The segment it is about, or `null` for the whole model. */
  readonly segment: string | null;
  /** The model's version, where it is known. */
  readonly version: string | null;
  /** All columns of the incident so far, the largest change first. */
  readonly columns: readonly string[];
  /** The run of the capture. Given when the alert is logged. */
  readonly run?: number;
  /** The snapshots compared; `null` for a pinned baseline, or where there was no comparison. */
  readonly baselineSeq: number | null;
  readonly currentSeq: number | null;
  /** When the incident was first seen, ISO 8601. */
  readonly since: string;
  /** When this was raised, ISO 8601. */
  readonly at: string;
  /** With `includeValues` only: where the change is greatest, by column. */
  readonly values?: Readonly<Record<string, string | number | null>>;
}
