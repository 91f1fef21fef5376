import { bareName, meansColumn } from '../leaves/column-pattern.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { checkOptionNames, nearestName } from '../leaves/option-names.js';
import type { BlockRing } from '../profile/block-ring.js';
import type { ColumnFamily } from '../profile/schema.js';
import { type EffectGates, resolveGates, type Sensitivity } from './statistics/effect-gates.js';
import { guarded } from './statistics/sound-finding.js';
import { STATISTIC_KEYS, type Statistic, type StatisticKey } from './statistics/statistic.js';
import type { Window } from './verdict/drift-row.js';

/** How one column, or all of a kind, is judged. What is left out is as everywhere. */
export interface ColumnRule {
  /** The statistics that decide. @default the kind's own set */
  readonly decide?: StatisticKey | readonly StatisticKey[];
  /** The column drifts where the score of a deciding statistic is above this, whatever the p-value. @default p-values decide */
  readonly above?: number;
  /** The column is compared and never drifts. @default false */
  readonly ignore?: boolean;
  /** As in `CompareOptions`, for this column. */
  readonly minEffect?: number | Partial<EffectGates>;
}

/** How two profiles are compared. */
export interface CompareOptions {
  /** The chance that a table without any drift is called drifting, in (0, 1). @default 0.05 */
  readonly falseAlarmRate?: number;
  /** Below so many rows on either side there is no verdict (`too-few`). @default 1 */
  readonly minRows?: number;
  /** How small a change still counts: `low` wants twice the usual size, `high` half of it. @default 'normal' */
  readonly sensitivity?: Sensitivity;
  /** The smallest shift that matters, in standard deviations (the gates of all statistics go with it), or single gates. @default 0.05 */
  readonly minEffect?: number | Partial<EffectGates>;
  /** Statistics of your own, beside ours in rows, rules and reports. */
  readonly statistics?: readonly Statistic[];
  /** Rules for columns by name. A rule changes nothing for any other column. */
  readonly columns?: Readonly<Record<string, ColumnRule>>;
  /** Rules for all columns of a kind; a column's own rule goes before. */
  readonly kinds?: Readonly<Partial<Record<ColumnFamily, ColumnRule>>>;
  /** Whether the baseline's blocks of time, if it has enough of them, tell how much windows vary by themselves. @default true */
  readonly calibrate?: boolean;
  /**
   * How much windows vary by themselves, in place of the baseline's own blocks: blocks of other rows, such as those that a model was
   * asked since it is used. What is usual stays what the baseline says. @default the baseline's blocks, if it has any
   */
  readonly history?: BlockRing | undefined;
  /** Which windows the two profiles are of, for rows and reports. */
  readonly windows?: { readonly baseline?: Window; readonly current?: Window };
}

/** The options of a comparison that stay the same from capture to capture. */
export type ComparisonSettings = Pick<
  CompareOptions,
  'sensitivity' | 'minEffect' | 'columns' | 'kinds' | 'statistics'
>;

/** How a column is judged, with everything filled in. */
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

/** By default a table without drift is called drifting once in twenty comparisons. */
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
/** These have no p-value: to decide they need a bound. */
const DISTANCES: ReadonlySet<string> = new Set([
  ...['wasserstein', 'energy', 'psi', 'jsd', 'kld', 'hellinger', 'tv', 'linf', 'mean'],
]);

/**
 * Checks how profiles are to be compared.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` naming the option, what was expected, and what came.
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
