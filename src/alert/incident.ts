import type { DriftStats } from '../drift/drift-stats.js';
import { parseDuration } from '../leaves/time.js';
import { type AlertEvent, SEVERITIES, type Severity, type Transition } from './alert.js';
import { type AlertRule, hitColumns, type RuleContext, ruleName } from './rule.js';

/** An incident, from the window in which it was first seen until it is resolved. */
export interface Incident {
  readonly id: string;
  readonly event: AlertEvent;
  readonly segment: string | null;
  readonly severity: Severity;
  /** The rules that fired so far. */
  readonly rules: readonly string[];
  /** The columns that made the rules fire so far, those of the latest window first. */
  readonly columns: readonly string[];
  /** Epoch ms: the start of the first window in which it was seen, and when it was opened. */
  readonly since: number;
  readonly openedAt: number;
  /** The snapshot in which it was first seen. */
  readonly openedSeq: number | null;
  /** The number of quiet windows in a row. */
  readonly quiet: number;
  readonly acknowledgedAt?: number;
  readonly acknowledgedBy?: string;
  /** Until then no alert is raised for updates. */
  readonly snoozedUntil?: number;
}

/** What is remembered of a rule from window to window, per segment. */
export interface RuleMemory {
  readonly rule: string;
  readonly segment: string | null;
  /** Whether each of the last windows hit, 1 or 0, latest last. */
  readonly recent: readonly number[];
  /** The columns that hit last. */
  readonly columns: readonly string[];
  /** When it last opened an incident. */
  readonly openedAt?: number;
}

/** All that is remembered from window to window: plain data, kept with the monitor. */
export interface AlertMemory {
  readonly rules: readonly RuleMemory[];
  readonly incidents: readonly Incident[];
}

export const NO_MEMORY: AlertMemory = { rules: [], incidents: [] };

/** A turn in an incident's life, which someone is to be told of. */
export interface Turn {
  readonly transition: Transition;
  readonly incident: Incident;
  /** Columns that were not in it before. */
  readonly added: readonly string[];
}

/** What is looked at: a comparison, or, for what is no comparison, whether it is so. */
export interface Observation {
  readonly event: AlertEvent;
  /** Of `drift`. */
  readonly stats?: DriftStats;
  /** Of other events: whether it is so now. */
  readonly holds?: boolean;
  readonly context: RuleContext;
  /** Begins the id of an incident that opens; it must be new with each observation. */
  readonly id: string;
  readonly seq: number | null;
  /** Start of the window, epoch ms. */
  readonly since: number;
}

/** So many quiet windows end a drift: one that is near what can be seen at all is not seen in every window. */
export const QUIET_WINDOWS = 3;

/** What rules made of one window. */
export interface Judged {
  readonly memory: AlertMemory;
  readonly turns: readonly Turn[];
  /** Which rules could not answer, and why: `rule 2 failed: …`. What they would have said is not known. */
  readonly failures: readonly string[];
}

/** A rule that fires, and on what. */
interface Firing {
  readonly rule: AlertRule;
  readonly name: string;
  readonly columns: readonly string[];
}

/**
 * Looks at one window: which rules fire, and what that means for the incidents. A window with too few rows says nothing
 * and changes nothing, and neither does a rule that fails. One observation opens at most one incident.
 */
export function judge(
  rules: readonly AlertRule[],
  observation: Observation,
  memory: AlertMemory,
): Judged {
  const { event, stats, context } = observation;
  if (event === 'drift' && (stats === undefined || stats.outcome === 'too-few'))
    return { memory, turns: [], failures: [] };
  const own = rules
    .map((rule, index) => ({ rule, name: ruleName(rule, index) }))
    .filter(({ rule }) => (rule.event ?? 'drift') === event);
  const failures: string[] = [];
  const looked = own.flatMap(({ rule, name }) => {
    try {
      return [look(rule, name, observation, memory)];
    } catch (error) {
      failures.push(`${name} failed: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
  const firing = looked.flatMap(({ firing: one }) => (one === undefined ? [] : [one]));
  const isOurs = (incident: Incident): boolean =>
    incident.event === event && incident.segment === context.segment;
  const open = memory.incidents.find(isOurs);
  // A rule that failed might have found the incident still there, so it does not end by that. Nor does it where nothing
  // was compared.
  const isSilent = event === 'drift' && stats?.verdict === 'none';
  const isUnknown = (failures.length > 0 || isSilent) && firing.length === 0;
  const turned = isUnknown
    ? { incident: open, turn: undefined }
    : turn(open, firing, observation, memory);
  const { incident, turn: turnOf } = turned;
  const openers =
    turnOf?.transition === 'opened' ? new Set(turnOf.incident.rules) : new Set<string>();
  const remembered = looked.map(({ memory: one }) =>
    openers.has(one.rule) ? { ...one, openedAt: context.now } : one,
  );
  return {
    memory: {
      rules: [
        ...memory.rules.filter((one) => !remembered.some((other) => isSame(one, other))),
        ...remembered,
      ],
      incidents: [
        ...memory.incidents.filter((one) => !isOurs(one)),
        ...(incident === undefined ? [] : [incident]),
      ],
    },
    turns: turnOf === undefined ? [] : [turnOf],
    failures,
  };
}

const isSame = (a: RuleMemory, b: RuleMemory): boolean =>
  a.rule === b.rule && a.segment === b.segment;

function look(
  rule: AlertRule,
  name: string,
  { event, stats, holds, context }: Observation,
  memory: AlertMemory,
): { readonly memory: RuleMemory; readonly firing: Firing | undefined } {
  const before = memory.rules.find((one) => one.rule === name && one.segment === context.segment);
  const columns =
    event === 'drift' && stats !== undefined
      ? hitColumns(rule, stats, context, new Set(before?.columns ?? []))
      : [];
  const hit = event === 'drift' ? columns.length > 0 : holds === true;
  const [atLeast, of] = rule.windows ?? [1, 1];
  const recent = [...(before?.recent ?? []), hit ? 1 : 0].slice(-of);
  const fires = hit && recent.reduce((sum, one) => sum + one, 0) >= atLeast;
  return {
    memory: { ...before, rule: name, segment: context.segment, recent, columns },
    firing: fires ? { rule, name, columns } : undefined,
  };
}

interface Turned {
  readonly incident: Incident | undefined;
  readonly turn: Turn | undefined;
}

const turn = (
  open: Incident | undefined,
  firing: readonly Firing[],
  observation: Observation,
  memory: AlertMemory,
): Turned =>
  open === undefined ? opened(firing, observation, memory) : continued(open, firing, observation);

function opened(firing: readonly Firing[], observation: Observation, memory: AlertMemory): Turned {
  const { context, event, id, seq, since } = observation;
  const awake = firing.filter(({ rule, name }) => {
    const last = memory.rules.find(
      (one) => one.rule === name && one.segment === context.segment,
    )?.openedAt;
    const cooldownMs = rule.cooldown === undefined ? 0 : (parseDuration(rule.cooldown) ?? 0);
    return last === undefined || context.now - last >= cooldownMs;
  });
  if (awake.length === 0) return { incident: undefined, turn: undefined };
  const incident: Incident = {
    id: `${id}/${event}`,
    event,
    segment: context.segment,
    severity: worst(awake),
    rules: awake.map(({ name }) => name),
    columns: columnsOf(awake),
    since,
    openedAt: context.now,
    openedSeq: seq,
    quiet: 0,
  };
  return { incident, turn: { transition: 'opened', incident, added: incident.columns } };
}

function continued(
  open: Incident,
  firing: readonly Firing[],
  { context, stats }: Observation,
): Turned {
  // Nor is one in which what drifted could not be compared.
  const isSeen = !stats?.notCompared.some(({ column }) => open.columns.includes(column));
  if (firing.length === 0 && !isSeen) return { incident: open, turn: undefined };
  if (firing.length === 0) {
    const incident = { ...open, quiet: open.quiet + 1 };
    // Whether there is data, and whether the monitor works, is not a matter of chance.
    if (incident.quiet < (open.event === 'drift' ? QUIET_WINDOWS : 1))
      return { incident, turn: undefined };
    return { incident: undefined, turn: { transition: 'resolved', incident, added: [] } };
  }
  const now = columnsOf(firing);
  const added = now.filter((column) => !open.columns.includes(column));
  const severity = SEVERITIES[Math.max(rank(open.severity), rank(worst(firing)))] as Severity;
  const incident: Incident = {
    ...open,
    severity,
    rules: [...new Set([...open.rules, ...firing.map(({ name }) => name)])],
    columns: [...new Set([...now, ...open.columns])],
    quiet: 0,
  };
  const isWorse = severity !== open.severity;
  const isNews = isWorse || (added.length > 0 && open.acknowledgedAt === undefined);
  const isSnoozed = open.snoozedUntil !== undefined && context.now < open.snoozedUntil;
  return {
    incident,
    turn: isNews && !isSnoozed ? { transition: 'updated', incident, added } : undefined,
  };
}

const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);

const worst = (firing: readonly Firing[]): Severity =>
  SEVERITIES[Math.max(...firing.map(({ rule }) => rank(rule.severity ?? 'warning')))] as Severity;

/** Each rule gives its columns by size of the change; they go together in that order. */
const columnsOf = (firing: readonly Firing[]): string[] => [
  ...new Set(firing.flatMap(({ columns }) => columns)),
];
