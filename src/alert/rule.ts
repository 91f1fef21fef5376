import type { DriftStats } from '../drift/drift-stats.js';
import { STATISTIC_KEYS, type StatisticKey } from '../drift/statistic.js';
import { describeMovement, describeVerdict, listed } from '../drift/words.js';
import { LeewayError, shown } from '../errors.js';

/**
 * When to raise an alert. Without a bound it follows the monitor's own verdict, on the columns it names or on all; with
 * `above` or `below` it looks at the score (0…1) of a statistic instead.
 */
export interface AlertRule {
  /** Said in the alert. @default 'rule 1', 'rule 2' … */
  readonly name?: string;
  /** Columns to look at, as `X_<name>` or `Y_<name>`. @default all */
  readonly columns?: readonly string[];
  /** The statistic whose score the bounds are for. @default 'mean' */
  readonly statistic?: StatisticKey;
  /** Fires where the score is above this. */
  readonly above?: number;
  /** Fires where the score is below this. */
  readonly below?: number;
}

/** What a rule says about a capture. */
export interface Alert {
  /** One line: model and columns. */
  readonly title: string;
  /** What moved, and by how much, a line per column. It holds no value from a request. */
  readonly message: string;
  readonly rule: string;
  readonly experiment: string;
  readonly model: string;
  /** The columns that made it fire, the largest change first. */
  readonly columns: readonly string[];
  /** The run of the capture. Given when the alert is logged. */
  readonly run?: number;
  /** The snapshots compared; `null` for a pinned baseline. */
  readonly seqFrom: number | null;
  readonly seqTo: number | null;
  /** When it was raised, ISO 8601. */
  readonly at: string;
}

/** The rule of those who name none: the monitor's calibrated verdict. */
export const DEFAULT_RULES: readonly AlertRule[] = [{ name: 'drift' }];

const RULE_OPTIONS: readonly (keyof AlertRule)[] = ['name', 'columns', 'statistic', 'above', 'below'];
/**
 * Checks rules when they are given.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` naming the rule and the field.
 */
export function checkRules(rules: readonly AlertRule[]): void {
  if (!Array.isArray(rules)) {
    throw new LeewayError('ERR_LEEWAY_OPTION', `rules must be an array of rules, got ${shown(rules)}`);
  }
  rules.forEach((rule: AlertRule, index) => {
    const refuse = (what: string, value: unknown): never => {
      throw new LeewayError('ERR_LEEWAY_OPTION', `rules[${index}]${what}, got ${shown(value)}`);
    };
    if (rule === null || typeof rule !== 'object') refuse(' must be an object', rule);
    for (const name of Object.keys(rule)) {
      if (!RULE_OPTIONS.includes(name as keyof AlertRule)) refuse(` knows only ${RULE_OPTIONS.join(', ')}`, name);
    }
    if (
      rule.columns !== undefined &&
      !(Array.isArray(rule.columns) && rule.columns.every((c) => typeof c === 'string'))
    ) {
      refuse('.columns must be an array of column names', rule.columns);
    }
    if (rule.statistic !== undefined && !(STATISTIC_KEYS as readonly string[]).includes(rule.statistic)) {
      refuse(`.statistic must be one of ${STATISTIC_KEYS.join(', ')}`, rule.statistic);
    }
    for (const bound of ['above', 'below'] as const) {
      const value = rule[bound];
      if (value !== undefined && !(typeof value === 'number' && value >= 0 && value <= 1)) {
        refuse(`.${bound} must be a score between 0 and 1`, value);
      }
    }
  });
}

/** Whose capture the rules look at. */
export interface RuleContext {
  readonly experiment: string;
  readonly model: string;
  /** Epoch ms. */
  readonly now: number;
}

/** Runs the rules over a comparison: an alert for each that fires. */
export function runRules(rules: readonly AlertRule[], stats: DriftStats, context: RuleContext): Alert[] {
  return rules.flatMap((rule, index) => {
    const columns = firingColumns(rule, stats);
    if (columns.length === 0) return [];
    return [alertOf(rule.name ?? `rule ${index + 1}`, columns, stats, context)];
  });
}

/** Columns that make the rule fire, the largest change first. */
function firingColumns(rule: AlertRule, stats: DriftStats): string[] {
  const { above, below, statistic = 'mean' } = rule;
  const bounded = above !== undefined || below !== undefined;
  if (bounded && stats.outcome === 'too-few') return [];
  const fires = (score: number): boolean =>
    (above === undefined || score > above) && (below === undefined || score < below);
  return stats
    .summary()
    .filter((row) => rule.columns === undefined || rule.columns.includes(row.column))
    .filter((row) => {
      if (!bounded) return row.drift;
      const [found] = stats.select({ column: row.column, statistic });
      return found !== undefined && fires(found.score);
    })
    .map((row) => row.column);
}

function alertOf(rule: string, columns: readonly string[], stats: DriftStats, context: RuleContext): Alert {
  const lines = columns.slice(0, 20).map((column) => {
    const [row] = stats.select({ column, statistic: 'mean' });
    return row === undefined ? column : `${column}: ${describeMovement(stats, row, { values: false })}`;
  });
  return {
    title: `${context.model}: drift in ${listed(columns, 3)}`,
    message: [describeVerdict(stats), ...lines].join('\n'),
    rule,
    experiment: context.experiment,
    model: context.model,
    columns,
    seqFrom: stats.windows.from.seq,
    seqTo: stats.windows.to.seq,
    at: new Date(context.now).toISOString(),
  };
}
