import type { DriftStats } from '../drift/drift-stats.js';
import { STATISTIC_KEYS, type StatisticKey } from '../drift/statistics/statistic.js';
import type { ColumnKind, DriftRow } from '../drift/verdict/drift-row.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { nearestName } from '../leaves/option-names.js';
import { atOnce } from '../leaves/require-sync.js';
import { parseDuration } from '../leaves/time.js';
import { ALERT_EVENTS, type AlertEvent, SEVERITIES, type Severity } from './alert.js';
import { isGlob, matchesGlob } from './glob.js';
import type { AlertSink } from './sink.js';

/** The context that a predicate receives with the comparison. */
export interface RuleContext {
  readonly experiment: string;
  readonly model: string;
  readonly segment: string | null;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * When to raise an alert. Without a bound the rule follows the monitor's own calibrated verdict, on its columns or on all. With
 * `above` or `below` it uses the score (0 to 1) of a statistic instead.
 */
export interface AlertRule {
  /** The name in the alert. @default 'rule 1', 'rule 2' … */
  readonly name?: string;
  /** The subject: drift, no data, or a monitor that fails. @default 'drift' */
  readonly event?: AlertEvent;
  /** The columns that the rule applies to, by name or by pattern: `X_wind`, `X_*`, `Y_?`. @default all */
  readonly columns?: readonly string[];
  /** Only inputs (`feature`), outputs (`label`) … @default all */
  readonly kind?: ColumnKind;
  /** The statistic whose score is compared with the bounds. @default 'mean' */
  readonly statistic?: StatisticKey;
  /** Fires if the score is above this. */
  readonly above?: number;
  /** Fires if the score is below this. */
  readonly below?: number;
  /** A column that fired continues to fire until its score is back inside the bound by this much. @default 0 */
  readonly hysteresis?: number;
  /** @default 'warning' */
  readonly severity?: Severity;
  /** `[n, m]`: fires only if n of the last m windows would have fired. @default [1, 1] */
  readonly windows?: readonly [atLeast: number, of: number];
  /** Ignores windows with fewer rows. @default 0: only the monitor's own minimum applies */
  readonly minRows?: number;
  /** After the rule opened an incident, it opens no other for this time, such as `'6h'`. @default none */
  readonly cooldown?: string;
  /**
   * Fires if this returns true, or on the columns that it returns. The other conditions apply too. It must return its answer at
   * once, not a promise. If it throws, or returns something else, the rule is reported as failed. Other rules are not affected.
   */
  readonly when?: (stats: DriftStats, context: RuleContext) => boolean | readonly string[];
  /** The sinks that receive the alert. @default `onAlert` */
  readonly notify?: readonly AlertSink[];
}

/** The default rule: the monitor's calibrated verdict. */
export const DEFAULT_RULES: readonly AlertRule[] = [{ name: 'drift' }];

const RULE_OPTIONS: readonly (keyof AlertRule)[] = [
  'name',
  'event',
  'columns',
  'kind',
  'statistic',
  'above',
  'below',
  'hysteresis',
  'severity',
  'windows',
  'minRows',
  'cooldown',
  'when',
  'notify',
];
const KINDS: readonly ColumnKind[] = ['feature', 'label', 'metrics', 'data'];
const MAX_WINDOWS = 1_000;

/** The name of a rule. */
export const ruleName = (rule: AlertRule, index: number): string =>
  rule.name ?? `rule ${index + 1}`;

/**
 * Checks the rules in the options.
 *
 * @param ownKeys the keys of the user's own statistics.
 * @throws LeewayError `ERR_LEEWAY_OPTION` with the rule and the field.
 */
export function checkRules(rules: readonly AlertRule[], ownKeys: readonly string[] = []): void {
  if (!Array.isArray(rules)) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `rules must be an array of rules, got ${shown(rules)}`,
    );
  }
  rules.forEach((rule: AlertRule, index) => {
    checkRule(rule, [...STATISTIC_KEYS, ...ownKeys], (what, value) => {
      throw new LeewayError('ERR_LEEWAY_OPTION', `rules[${index}]${what}, got ${shown(value)}`);
    });
  });
  const names = rules.map(ruleName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `two rules are called ${shown(twice)}; give each a name of its own`,
    );
  }
}

function checkRule(
  rule: AlertRule,
  statistics: readonly string[],
  refuse: (what: string, value: unknown) => never,
): void {
  if (rule === null || typeof rule !== 'object') refuse(' must be an object', rule);
  for (const name of Object.keys(rule)) {
    if (RULE_OPTIONS.includes(name as keyof AlertRule)) continue;
    refuse(
      ` has no field ${JSON.stringify(name)}, did you mean ${JSON.stringify(nearestName(name, RULE_OPTIONS))}?`,
      name,
    );
  }
  const { name, columns, above, below, hysteresis, windows, minRows, cooldown, when, notify } =
    rule;
  const oneOf = (
    field: 'event' | 'kind' | 'statistic' | 'severity',
    known: readonly string[],
  ): void => {
    const value = rule[field];
    if (value === undefined || known.includes(value)) return;
    const nearest =
      typeof value === 'string' ? `, such as ${JSON.stringify(nearestName(value, known))}` : '';
    refuse(`.${field} must be one of ${known.join(', ')}${nearest}`, value);
  };
  oneOf('event', ALERT_EVENTS);
  oneOf('kind', KINDS);
  oneOf('statistic', statistics);
  oneOf('severity', SEVERITIES);
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    refuse('.name must be a name', name);
  if (
    columns !== undefined &&
    !(Array.isArray(columns) && columns.every((c) => typeof c === 'string'))
  ) {
    refuse('.columns must be an array of column names', columns);
  }
  const isShare = (value: unknown): boolean =>
    typeof value === 'number' && value >= 0 && value <= 1;
  for (const bound of ['above', 'below', 'hysteresis'] as const) {
    if (rule[bound] !== undefined && !isShare(rule[bound]))
      refuse(`.${bound} must be between 0 and 1`, rule[bound]);
  }
  if (hysteresis !== undefined && above === undefined && below === undefined) {
    refuse('.hysteresis needs above or below', hysteresis);
  }
  if (windows !== undefined && !isNOfM(windows))
    refuse('.windows must be [n, m] with 1 ≤ n ≤ m', windows);
  if (minRows !== undefined && !(Number.isSafeInteger(minRows) && minRows >= 0)) {
    refuse('.minRows must be a whole number', minRows);
  }
  if (
    cooldown !== undefined &&
    (typeof cooldown !== 'string' || parseDuration(cooldown) === undefined)
  ) {
    refuse(".cooldown must be a duration such as '6h'", cooldown);
  }
  if (when !== undefined && typeof when !== 'function') refuse('.when must be a function', when);
  if (notify !== undefined && !(Array.isArray(notify) && notify.every(isSink))) {
    refuse('.notify must be an array of sinks, objects with a name and deliver(alert)', notify);
  }
  const aboutColumns = [
    'columns',
    'kind',
    'statistic',
    'above',
    'below',
    'minRows',
    'when',
  ] as const;
  const needless = aboutColumns.find((field) => rule[field] !== undefined);
  if (rule.event !== undefined && rule.event !== 'drift' && needless !== undefined) {
    refuse(
      `.${needless} has no effect for the event ${JSON.stringify(rule.event)}`,
      rule[needless],
    );
  }
}

function isNOfM(windows: readonly unknown[]): boolean {
  if (!Array.isArray(windows) || windows.length !== 2) return false;
  const [atLeast, of] = windows as [number, number];
  return (
    Number.isSafeInteger(atLeast) &&
    Number.isSafeInteger(of) &&
    1 <= atLeast &&
    atLeast <= of &&
    of <= MAX_WINDOWS
  );
}

const isSink = (sink: unknown): boolean =>
  sink !== null &&
  typeof sink === 'object' &&
  'name' in sink &&
  typeof sink.name === 'string' &&
  'deliver' in sink &&
  typeof sink.deliver === 'function';

/**
 * What the rule says about one comparison, its bounds alone: the columns that make it hit, the largest change first.
 *
 * @throws whatever `when` throws, and LeewayError `ERR_LEEWAY_OPTION` where it answers otherwise than it should.
 */
export function hitColumns(
  rule: AlertRule,
  stats: DriftStats,
  context: RuleContext,
  firing: ReadonlySet<string>,
): string[] {
  const { above, below, statistic = 'mean' } = rule;
  const bounded = above !== undefined || below !== undefined;
  if (stats.outcome === 'too-few' || stats.counts.current < (rule.minRows ?? 0)) return [];
  const asked = rule.when === undefined ? true : answerOf(rule.when(stats, context));
  if (asked === false) return [];
  const rows = stats
    .summary()
    .filter((row) => isAbout(rule, row) && (asked === true || asked.includes(row.column)));
  if (bounded) {
    const scores = new Map(stats.select({ statistic }).map((row) => [row.column, row.score]));
    return rows
      .map(({ column }) => column)
      .filter((column) => isBeyond(rule, scores.get(column), firing.has(column)));
  }
  const drifted = rows.filter((row) => row.drift);
  // A predicate that says so fires also where no column drifted: on those it named, else on the largest change.
  const isNamed = drifted.length === 0 && rule.when !== undefined;
  const named = asked === true ? rows.slice(0, 1) : rows;
  return (isNamed ? named : drifted).map((row) => row.column);
}

function answerOf(answer: unknown): boolean | readonly string[] {
  const given = atOnce(answer, 'when');
  if (typeof given === 'boolean') return given;
  if (Array.isArray(given) && given.every((column) => typeof column === 'string')) return given;
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `when must answer true, false or an array of columns, got ${shown(given)}`,
  );
}

/** Once out of bounds, a score has to come back by the hysteresis to be in. */
function isBeyond(
  { above, below, hysteresis = 0 }: AlertRule,
  score: number | undefined,
  firing: boolean,
): boolean {
  if (score === undefined) return false;
  const slack = firing ? hysteresis : 0;
  return (
    (above === undefined || score > above - slack) && (below === undefined || score < below + slack)
  );
}

function isAbout(rule: AlertRule, row: Pick<DriftRow, 'column' | 'kind'>): boolean {
  if (rule.kind !== undefined && rule.kind !== row.kind) return false;
  return (
    rule.columns === undefined || rule.columns.some((pattern) => matchesGlob(pattern, row.column))
  );
}

/**
 * What is wrong with rules as soon as the columns are known: `rule 2 matches no column "X_MedIn"; nearest X_MedInc`.
 * Without columns nothing is known yet, and nothing is said.
 */
export function unmatchedRules(rules: readonly AlertRule[], columns: readonly string[]): string[] {
  if (columns.length === 0) return [];
  return rules.flatMap((rule, index) =>
    (rule.columns ?? [])
      .filter((pattern) => !columns.some((column) => matchesGlob(pattern, column)))
      .map((pattern) => {
        const nearest = isGlob(pattern) ? '' : `; did you mean ${nearestName(pattern, columns)}?`;
        return `${ruleName(rule, index)} matches no column: ${JSON.stringify(pattern)}${nearest}`;
      }),
  );
}
