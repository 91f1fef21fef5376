import type { DriftStats } from '../drift/drift-stats.js';
import { describeMovement, describeVerdict } from '../drift/show/describe-drift.js';
import type { DriftRow } from '../drift/verdict/drift-row.js';
import { formatCount, joinWithAnd } from '../leaves/text.js';
import { formatAge, formatMinute } from '../leaves/time.js';
import { familyOf } from '../profile/schema.js';
import type { Turn } from './incident.js';

/** What an alert says: a line for a list, and lines for who reads on. */
export interface AlertText {
  readonly title: string;
  readonly message: string;
}

/** What is known of the capture beside the comparison. */
export interface TextContext {
  readonly model: string;
  readonly version: string | null;
  /** Epoch ms. */
  readonly now: number;
  /** Of events that are no comparison: why. */
  readonly reason?: string;
  /** Whether the baseline's history does not yet tell how much windows vary by themselves. @default false */
  readonly uncalibrated?: boolean;
}

/** So many columns are told one by one. */
const MOST_COLUMNS = 20;

/** Where to look first, by the statistic that decided. */
const ADVICE: Readonly<Record<string, string>> = {
  missing: 'the source of this column: a source that is down, or a field that was renamed',
  type: 'the sender of this column: a client or a parser that changed its type',
  unseen:
    'the new categories: whether they are spelled like the known ones, and whether the model can use them',
  range:
    'the values outside the range that the model learned: units, defaults, sentinels such as -999',
  joint:
    'columns whose relation changed: a join, a shifted row, or a column taken from another source',
  repeated:
    'single values that became more or less frequent: a default, a sentinel, another rounding',
  text: 'the form of these texts: cut off, in another language or case, from another source',
  chisq: 'where the traffic comes from: another mix of sources or customers',
  numeric: 'where the traffic comes from, and the unit and scale of this column',
};

/** Tests of what texts are like. */
const RANKS: ReadonlySet<string> = new Set(['ks', 'waerden', 'klotz']);

const UNCALIBRATED =
  'This monitor is not calibrated yet: its rate of false alarms holds only if rows do not depend on each other.';

/** Says a turn of an incident in plain words. No value of a request is in it. */
export function describeTurn(
  turn: Turn,
  stats: DriftStats | undefined,
  context: TextContext,
): AlertText {
  const { incident, transition } = turn;
  const who = incident.segment === null ? context.model : `${context.model} (${incident.segment})`;
  if (incident.event !== 'drift') return describeState(turn, who, context);
  const lasted = formatAge(context.now - incident.since);
  if (transition === 'resolved') {
    return {
      title: `${who}: drift is over`,
      message: `No drift in ${incident.quiet} windows in a row. It was in ${joinWithAnd(incident.columns, 4)}, for ${lasted}.`,
    };
  }
  const isGrown = transition !== 'opened' && turn.added.length > 0;
  const told = isGrown ? turn.added : incident.columns;
  const title = `${who}: ${transition === 'opened' ? 'drift' : 'drift now'} in ${joinWithAnd(told, 3)}`;
  if (stats === undefined) return { title, message: title };
  const rows = told.flatMap((column) => stats.select({ column, statistic: 'mean' }));
  const lines = rows
    .slice(0, MOST_COLUMNS)
    .map((row) => `${row.column}: ${describeMovement(stats, row, { values: false })}`);
  const more =
    rows.length > MOST_COLUMNS ? [`… and ${rows.length - MOST_COLUMNS} more columns.`] : [];
  return {
    title,
    message: [
      describeVerdict(stats),
      ...lines,
      ...more,
      ...around(turn, stats, context, rows),
    ].join('\n'),
  };
}

/** Since when, on how many rows, in which version, and where to look. */
function around(
  turn: Turn,
  stats: DriftStats,
  context: TextContext,
  rows: readonly DriftRow[],
): string[] {
  const { current, baseline } = stats.counts;
  const version = context.version === null ? '' : ` of version ${context.version}`;
  const advice = rows[0] === undefined ? undefined : adviceFor(stats, rows[0]);
  return [
    `Since ${formatMinute(turn.incident.since)}; ${formatCount(current)} rows${version} against a baseline of ${formatCount(baseline)}.`,
    ...(advice === undefined ? [] : [`Look first at ${rows[0]?.column}: ${advice}.`]),
    ...(context.uncalibrated ? [UNCALIBRATED] : []),
  ];
}

function adviceFor(stats: DriftStats, { column, outcome }: DriftRow): string {
  if (outcome === 'missing-column' || outcome === 'all-missing') return ADVICE.missing as string;
  if (outcome === 'type-change') return ADVICE.type as string;
  const decisive = stats.select({ column }).find((row) => row.drift && row.statistic !== 'mean');
  const unseen = stats.select({ column, statistic: 'unseen' })[0];
  if (decisive?.statistic === 'chisq' && (unseen?.metric ?? 0) > 0.01)
    return ADVICE.unseen as string;
  if (decisive?.statistic === 'residual') return ADVICE.repeated as string;
  if (decisive?.statistic === 'chisq' && familyOf(decisive.type) === 'numeric')
    return ADVICE.repeated as string;
  if (decisive !== undefined && RANKS.has(decisive.statistic) && familyOf(decisive.type) === 'text')
    return ADVICE.text as string;
  return ADVICE[decisive?.statistic ?? 'numeric'] ?? (ADVICE.numeric as string);
}

function describeState(
  { incident, transition }: Turn,
  who: string,
  { now, reason }: TextContext,
): AlertText {
  const what = incident.event === 'no-data' ? 'no data' : 'monitoring fails';
  if (transition === 'resolved') {
    const over = incident.event === 'no-data' ? 'data again' : 'monitoring works again';
    return { title: `${who}: ${over}`, message: `It lasted ${formatAge(now - incident.since)}.` };
  }
  const advice =
    incident.event === 'no-data'
      ? 'Check first whether the model still receives calls, and whether `match` still matches its route.'
      : 'Look first at drift.status() and at the store.';
  return {
    title: `${who}: ${what}`,
    message: [...(reason === undefined ? [] : [sentence(reason)]), advice].join('\n'),
  };
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
