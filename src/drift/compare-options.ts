import { bareName, meansColumn } from '../leaves/column-pattern.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { checkOptionNames, nearestName } from '../leaves/option-names.js';
import type { BlockRing } from '../profile/block-ring.js';
import type { ColumnFamily } from '../profile/schema.js';
import { type EffectGates, resolveGates, type Sensitivity } from './statistics/effect-gates.js';
import { guarded } from './statistics/sound-finding.js';
import { STATISTIC_KEYS, type Statistic, type StatisticKey } from './statistics/statistic.js';
import type { Window } from './verdict/drift-row.js';

/** How one column, or all columns of a kind, are judged. Fields that are left out have the general value. */
export interface ColumnRule {
  /** The statistics that decide. @default the kind's own set */
  readonly decide?: StatisticKey | readonly StatisticKey[];
  /** The column drifts if the score of a deciding statistic is above this, whatever the p-value. @default p-values decide */
  readonly above?: number;
  /** Whether the column is compared but never reported as drifted. @default false */
  readonly ignore?: boolean;
  /** Like `minEffect` of `CompareOptions`, for this column. */
  readonly minEffect?: number | Partial<EffectGates>;
}

/** How two profiles are compared. */
export interface CompareOptions {
  /** The probability of reporting drift in a table without any drift, in (0, 1). @default 0.05 */
  readonly falseAlarmRate?: number;
  /** The minimum number of rows on either side. With fewer rows there is no verdict (`too-few`). @default 1 */
  readonly minRows?: number;
  /** How small a change counts: `low` requires twice the usual size, `high` half of it. @default 'normal' */
  readonly sensitivity?: Sensitivity;
  /** The smallest shift that counts, in standard deviations (it scales the gates of all statistics), or single gates. @default 0.05 */
  readonly minEffect?: number | Partial<EffectGates>;
  /** Statistics of your own. They appear in rows, rules and reports like the built-in ones. */
  readonly statistics?: readonly Statistic[];
  /** Rules for columns by name. A rule changes nothing for any other column. */
  readonly columns?: Readonly<Record<string, ColumnRule>>;
  /** Rules for all columns of a kind. A column's own rule has precedence. */
  readonly kinds?: Readonly<Partial<Record<ColumnFamily, ColumnRule>>>;
  /** Whether the baseline's blocks of time, if it has enough, determine how much windows vary by themselves. @default true */
  readonly calibrate?: boolean;
  /**
   * Blocks of other rows that determine how much windows vary, instead of the baseline's own blocks: for instance of the calls
   * since the model went live. What is normal is still defined by the baseline. @default the baseline's blocks, if it has any
   */
  readonly history?: BlockRing | undefined;
  /** The windows that the two profiles summarise, for rows and reports. */
  readonly windows?: { readonly baseline?: Window; readonly current?: Window };
}

/** The options of a comparison that are the same for every capture. */
export type ComparisonSettings = Pick<
  CompareOptions,
  'sensitivity' | 'minEffect' | 'columns' | 'kinds' | 'statistics'
>;

/** How a column is judged, with all defaults. */
export interface ResolvedRule {
  /** `undefined`: the statistics that decide by themselves. */
  readonly decide: ReadonlySet<string> | undefined;
  readonly above: number | undefined;
  readonly ignore: boolean;
  readonly gates: EffectGates;
}

/** The options, checked and with defaults. */
export interface ResolvedCompare {
  readonly alpha: number;
  readonly minRows: number;
  readonly sensitivity: Sensitivity;
  /** The user's own statistics. */
  readonly ownStatistics: readonly Statistic[];
  readonly calibrate: boolean;
  readonly history: BlockRing | undefined;
  readonly ruleOf: (column: string, family: ColumnFamily) => ResolvedRule;
}

/** By default 5 % of tables without drift are reported as drifting. */
export const DEFAULT_FALSE_ALARM_RATE = 0.05;

const OPTION_NAMES: readonly (keyof CompareOptions)[] = [
  'falseAlarmRate',
  'minRows',
  'sensitivity',
  'minEffect',
  'statistics',
  'columns',
  'kinds',
  'calibrate',
  'history',
  'windows',
];
const RULE_NAMES: readonly (keyof ColumnRule)[] = ['decide', 'above', 'ignore', 'minEffect'];
const FAMILIES: readonly ColumnFamily[] = ['numeric', 'categorical', 'text', 'embedding'];
/** Statistics without a p-value. To decide, they need a bound. */
const DISTANCES: ReadonlySet<string> = new Set([
  ...['wasserstein', 'energy', 'psi', 'jsd', 'kld', 'hellinger', 'tv', 'linf', 'mean'],
]);

/**
 * Checks the options of a comparison.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` with the option, the expected value, and the given value.
 */
export function resolveCompare(options: CompareOptions): ResolvedCompare {
  checkOptionNames('compareProfiles', options, OPTION_NAMES);
  const alpha = options.falseAlarmRate ?? DEFAULT_FALSE_ALARM_RATE;
  if (!(alpha > 0 && alpha < 1)) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `falseAlarmRate must be between 0 and 1, got ${shown(alpha)}`,
    );
  }
  const { sensitivity = 'normal', minEffect, calibrate = true } = options;
  const own = checkedStatistics(options.statistics ?? []);
  const known = new Set<string>([...STATISTIC_KEYS, ...own.map(({ key }) => key)]);
  const resolve = (where: string, rule: ColumnRule): ResolvedRule => {
    checkRule(where, rule, known);
    return {
      decide: rule.decide === undefined ? undefined : new Set([rule.decide].flat()),
      above: rule.above,
      ignore: rule.ignore ?? false,
      gates: resolveGates(sensitivity, rule.minEffect ?? minEffect),
    };
  };
  checkOptionNames('kinds', options.kinds ?? {}, FAMILIES);
  const named = new Map(
    Object.entries(options.columns ?? {}).map(([name, rule]) => [
      name,
      resolve(`columns[${shown(name)}]`, rule),
    ]),
  );
  const byKind = new Map<string, ResolvedRule>(
    FAMILIES.map((family) => [family, resolve(`kinds.${family}`, options.kinds?.[family] ?? {})]),
  );
  return {
    alpha,
    minRows: Math.max(1, options.minRows ?? 1),
    sensitivity,
    history: options.history,
    ownStatistics: own.map(guarded),
    calibrate,
    ruleOf: (column, family) =>
      named.get(nameFor(column, [...named.keys()]) ?? '') ?? (byKind.get(family) as ResolvedRule),
  };
}

function checkedStatistics(statistics: readonly Statistic[]): readonly Statistic[] {
  if (!Array.isArray(statistics)) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `statistics must be an array of statistics, got ${shown(statistics)}`,
    );
  }
  const taken = new Set<string>(STATISTIC_KEYS);
  for (const [index, statistic] of statistics.entries()) {
    const { key, families, compare } = (statistic ?? {}) as Partial<Statistic>;
    const sound = typeof key === 'string' && /^[\w.-]{1,40}$/.test(key) && Array.isArray(families);
    if (
      !sound ||
      typeof compare !== 'function' ||
      !families.every((family) => FAMILIES.includes(family))
    ) {
      const expected = `{ key, families, decides, compare }, families out of ${FAMILIES.join(', ')}`;
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `statistics[${index}] must be ${expected}, got ${shown(statistic)}`,
      );
    }
    if (taken.has(key)) {
      throw new LeewayError('ERR_LEEWAY_OPTION', `statistics[${index}].key ${shown(key)} is taken`);
    }
    taken.add(key);
  }
  return statistics;
}

function checkRule(where: string, rule: ColumnRule, known: ReadonlySet<string>): void {
  checkOptionNames(where, rule, RULE_NAMES);
  const keys = rule.decide === undefined ? [] : [rule.decide].flat();
  for (const key of keys) {
    if (!known.has(key)) {
      const nearest = nearestName(String(key), [...known]);
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `${where}.decide: there is no statistic ${shown(key)}; did you mean ${shown(nearest)}?`,
      );
    }
    if (rule.above === undefined && DISTANCES.has(key)) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `${where}.decide: ${key} has no p-value and needs above, a score`,
      );
    }
  }
  if (rule.above !== undefined && !(rule.above >= 0 && rule.above <= 1)) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `${where}.above must be a score in 0…1, got ${shown(rule.above)}`,
    );
  }
}

/** The name among those of rules that means a column: its own, that without prefix, else the first pattern. */
function nameFor(column: string, names: readonly string[]): string | undefined {
  const own =
    names.find((name) => name === column) ?? names.find((name) => name === bareName(column));
  return own ?? names.find((name) => meansColumn(name, column));
}

/** Rules for columns that are not there: `columns has a rule for "X_wnid", which is no column; nearest X_wind`. */
export function unmatchedColumns(
  rules: CompareOptions['columns'],
  columns: readonly string[],
): string[] {
  return Object.keys(rules ?? {})
    .filter((name) => !columns.some((column) => meansColumn(name, column)))
    .map(
      (name) =>
        `columns has a rule for ${shown(name)}, but there is no such column; did you mean ${nearestName(name, columns)}?`,
    );
}
