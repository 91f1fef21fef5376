/** The severity of an alert. */
export type Severity = 'info' | 'warning' | 'critical';

/** In ascending order. */
export const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];

/** The subject of an alert: a verdict, missing data, or a failure of the monitor. */
export type AlertEvent = 'drift' | 'no-data' | 'failing';

export const ALERT_EVENTS: readonly AlertEvent[] = ['drift', 'no-data', 'failing'];

/** What happened to the alert's incident. */
export type Transition = 'opened' | 'updated' | 'resolved';

/** An alert: the report of a change of an incident. */
export interface Alert {
  /** A unique id, the same however often the alert is delivered. */
  readonly id: string;
  /** The id of the incident. All alerts of one incident have it. */
  readonly incident: string;
  readonly transition: Transition;
  readonly event: AlertEvent;
  readonly severity: Severity;
  /** One line: model and columns. */
  readonly title: string;
  /** What changed, by how much, since when, and where to look first, one per line. It contains no value from a request. */
  readonly message: string;
  /** The rule that fired first. `rules` has all of them. */
  readonly rule: string;
  readonly rules: readonly string[];
  readonly experiment: string;
  readonly model: string;
  /** The segment of the alert, or `null` for the whole model. */
  readonly segment: string | null;
  /** The model's version, if it is known. */
  readonly version: string | null;
  /** All columns of the incident so far, the largest change first. */
  readonly columns: readonly string[];
  /** The run of the capture. It is set when the alert is logged. */
  readonly run?: number;
  /** The snapshots that were compared; `null` for a pinned baseline, or without a comparison. */
  readonly baselineSeq: number | null;
  readonly currentSeq: number | null;
  /** When the incident began, ISO 8601. */
  readonly since: string;
  /** When the alert was raised, ISO 8601. */
  readonly at: string;
  /** With `includeValues` only: where the change is greatest, by column. */
  readonly values?: Readonly<Record<string, string | number | null>>;
}
