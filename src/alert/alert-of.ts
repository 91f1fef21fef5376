import type { DriftStats } from '../drift/drift-stats.js';
import type { Alert } from './alert.js';
import { describeTurn, type TextContext } from './describe-alert.js';
import type { Turn } from './incident.js';

/** What an alert says of its capture. */
export interface AlertContext extends TextContext {
  readonly experiment: string;
  /** The snapshot that was judged. */
  readonly seq: number | null;
}

/** Makes an alert of a turn. */
export function alertOf(turn: Turn, stats: DriftStats | undefined, context: AlertContext): Alert {
  const { incident, transition } = turn;
  return {
    id: `${incident.id}/${transition}/${context.seq ?? context.now}`,
    incident: incident.id,
    transition,
    event: incident.event,
    severity: incident.severity,
    ...describeTurn(turn, stats, context),
    rule: incident.rules[0] as string,
    rules: incident.rules,
    experiment: context.experiment,
    model: context.model,
    segment: incident.segment,
    version: context.version,
    columns: incident.columns,
    baselineSeq: stats?.windows.baseline.seq ?? null,
    currentSeq: stats?.windows.current.seq ?? context.seq,
    since: new Date(incident.since).toISOString(),
    at: new Date(context.now).toISOString(),
  };
}
