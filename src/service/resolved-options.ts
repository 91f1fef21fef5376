import type { Alert } from '../alert/alert.js';
import { type AlertRule, checkRules } from '../alert/rule.js';
import { missingWords } from '../cells/missing.js';
import type { ComparisonSettings } from '../drift/compare-options.js';
import { resolveCompare } from '../drift/compare-options.js';
import { isSided } from '../drift/verdict/drift-row.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { checkOptionNames } from '../leaves/option-names.js';
import { DAY_MS, parseDuration } from '../leaves/time.js';
import type { ColumnRulesOptions, Redaction } from '../record/column-rules.js';
import type { UnusualCall } from '../record/usual-inputs.js';
import { parseSchedule, type Schedule } from '../schedule/schedule.js';
import type { Retention } from '../tracking/retention.js';
import { DEFAULT_RETENTION } from '../tracking/retention.js';
import type { TrackingStore } from '../tracking/store.js';
import type { CallLimits } from '../watch/interceptor-options.js';
import type { Request, Route } from '../watch/route.js';
import { expectOption, isBaseline } from './expect-option.js';
import type { DriftOptions, Limits } from './options.js';
import { type ResolvedModel, resolveModels } from './resolved-models.js';
import { resolveRoutes } from './routes.js';

const COMPARISON_NAMES = ['sensitivity', 'minEffect', 'columns', 'kinds', 'statistics'] as const;

/** The options, checked and with defaults. */
export interface ResolvedOptions {
  readonly experiment: string;
  readonly model: string | ((call: Request) => string) | undefined;
  readonly routes: readonly Route[];
  readonly features: readonly string[];
  readonly outputs: readonly string[];
  readonly store: string | TrackingStore | undefined;
  /** Whether `store` was named and is undefined, as an unset variable of the environment is. */
  readonly storeIsUnset: boolean;
  readonly baseline: Exclude<DriftOptions['baseline'], undefined>;
  readonly schedule: Schedule | undefined;
  readonly rules: readonly AlertRule[] | undefined;
  /** What models have of their own, by name. */
  readonly models: ReadonlyMap<string, ResolvedModel>;
  /** How windows are compared, as far as the user says. */
  readonly comparison: ComparisonSettings;
  /** False alarms allowed per millisecond. */
  readonly falseAlarmsPerMs: number;
  readonly minRows: number;
  /** Columns by whose values rows are judged apart. */
  readonly groupby: readonly string[];
  /** The strings that stand for a missing value. `undefined`: the usual ones. */
  readonly missing: readonly string[] | undefined;
  readonly rowsPerSecond: number;
  readonly retain: 'rows' | 'profiles';
  readonly onAlert: ((alert: Alert) => unknown) | undefined;
  readonly onError: ((error: unknown) => void) | undefined;
  readonly onInfo: ((line: string) => unknown) | undefined;
  readonly onUnusual: ((call: UnusualCall) => unknown) | undefined;
  readonly requestId: DriftOptions['requestId'];
  readonly sample: number;
  readonly columnRules: ColumnRulesOptions;
  readonly version: DriftOptions['version'];
  readonly limits: Limits;
  /** Of what is read, to one column more than is kept, so that it is seen and counted where there are more. */
  readonly readingLimits: CallLimits;
  /** How long the log keeps what. */
  readonly retention: Retention;
  readonly enabled: boolean;
}

/** Every option of `driftMiddleware`. */
export const OPTION_NAMES: readonly (keyof DriftOptions)[] = [
  'experiment',
  'model',
  'models',
  'sample',
  'redact',
  'include',
  'exclude',
  'segments',
  'missing',
  'version',
  'match',
  'codec',
  'features',
  'outputs',
  'store',
  'baseline',
  'schedule',
  'timeZone',
  'rules',
  'falseAlarms',
  ...COMPARISON_NAMES,
  'minRows',
  'onAlert',
  'onError',
  'onInfo',
  'onUnusual',
  'budget',
  'retain',
  'requestId',
  'labels',
  'limits',
  'enabled',
];

/** No limit goes further. */
const HIGHEST_LIMITS: Limits = {
  models: 10_000,
  versions: 10_000,
  segmentValues: 10_000,
  columns: 100_000,
  cells: 100_000_000,
  bytes: 32 * 1_048_576,
};
const DEFAULT_LIMITS: Limits = {
  models: 64,
  versions: 20,
  segmentValues: 50,
  columns: 1_000,
  cells: 1_000_000,
  bytes: 1_048_576,
};
const PERIODS: Readonly<Record<string, string>> = {
  hour: '1h',
  day: '1d',
  week: '1w',
  month: '1M',
  year: '1y',
};

/**
 * Checks the options of a middleware and fills in defaults. The caller's object is left as it is.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` naming the option, what was expected, and what came.
 */
export function resolveDriftOptions(options: DriftOptions): ResolvedOptions {
  checkOptionNames('driftMiddleware', options, OPTION_NAMES);
  const { model, schedule = 'daily', falseAlarms = { atMost: 1, per: 'month' } } = options;
  expectOption(
    'experiment',
    options.experiment,
    'a name',
    (value) => typeof value === 'string' && value !== '',
  );
  expectOption(
    'model',
    model,
    'a name or a function',
    (v) => v === undefined || (typeof v === 'string' && v !== '') || isFunction(v),
  );
  for (const name of ['features', 'outputs', 'include', 'exclude', 'segments'] as const) {
    expectOption(
      name,
      options[name],
      'an array of distinct names',
      (v) => v === undefined || isNameList(v),
    );
  }
  for (const name of [
    'onAlert',
    'onError',
    'onInfo',
    'onUnusual',
    'requestId',
    'version',
  ] as const) {
    expectOption(
      name,
      options[name],
      'a function',
      (value) => value === undefined || isFunction(value),
    );
  }
  const {
    minRows = 100,
    enabled = true,
    baseline = 'first',
    sample = 1,
    retain = 'rows',
  } = options;
  expectOption(
    'retain',
    retain,
    "'rows' or 'profiles'",
    (value) => value === 'rows' || value === 'profiles',
  );
  expectOption(
    'minRows',
    minRows,
    'a whole number, 1 or more',
    (value) => Number.isInteger(value) && (value as number) >= 1,
  );
  expectOption(
    'sample',
    sample,
    'a number from 0 to 1',
    (value) => typeof value === 'number' && value >= 0 && value <= 1,
  );
  expectOption('enabled', enabled, 'true or false', (value) => typeof value === 'boolean');
  expectOption('baseline', baseline, "'first', a file, a profile or a table", isBaseline);
  const comparison = resolveComparison(options);
  const ownKeys = (comparison.statistics ?? []).map(({ key }) => key);
  if (options.rules !== undefined) checkRules(options.rules, ownKeys);
  const limits = resolveLimits(options.limits ?? {});
  missingWords(options.missing);
  // A segment is told by an input unless its name says otherwise.
  const segments = (options.segments ?? []).map((name) => (isSided(name) ? name : `X_${name}`));
  return {
    experiment: options.experiment,
    model,
    routes: resolveRoutes(options),
    features: options.features ?? [],
    outputs: options.outputs ?? [],
    store: options.store,
    storeIsUnset: 'store' in options && options.store === undefined,
    baseline,
    schedule: schedule === false ? undefined : parseSchedule(schedule, options.timeZone),
    rules: options.rules,
    models: resolveModels(options),
    comparison,
    falseAlarmsPerMs: resolveFalseAlarms(falseAlarms),
    minRows,
    groupby: segments,
    missing: options.missing,
    rowsPerSecond: resolveBudget(options.budget),
    retain,
    onAlert: options.onAlert,
    onError: options.onError,
    onInfo: options.onInfo,
    onUnusual: options.onUnusual,
    requestId: options.requestId,
    sample,
    columnRules: {
      redact: resolveRedact(options.redact ?? []),
      include: new Set(options.include),
      exclude: new Set(options.exclude),
      segments: new Set(segments),
      segmentValues: limits.segmentValues,
    },
    version: options.version,
    limits,
    readingLimits: { ...limits, columns: limits.columns + 1 },
    retention: { ...DEFAULT_RETENTION, predictionsMs: resolveLabels(options.labels ?? {}) },
    enabled: enabled && process.env.LEEWAY_DISABLED !== '1',
  };
}

const isFunction = (value: unknown): boolean => typeof value === 'function';

const isNameList = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every((name) => typeof name === 'string') &&
  new Set(value).size === value.length;

function resolveComparison(options: DriftOptions): ComparisonSettings {
  const given = COMPARISON_NAMES.flatMap((name) =>
    options[name] === undefined ? [] : [[name, options[name]]],
  );
  const comparison = Object.fromEntries(given) as ComparisonSettings;
  resolveCompare(comparison);
  return comparison;
}

function resolveRedact(redact: Exclude<DriftOptions['redact'], undefined>): Map<string, Redaction> {
  const entries = Array.isArray(redact)
    ? redact.map((name: unknown) => [name, 'drop'] as const)
    : Object.entries(redact as Readonly<Record<string, Redaction>>);
  for (const [name, how] of entries) {
    expectOption(
      'redact',
      name,
      'a list of names, or an object of redactions',
      (value) => typeof value === 'string',
    );
    const salted =
      typeof how === 'object' && how !== null && typeof how.hash === 'string' && how.hash !== '';
    expectOption(
      `redact.${name}`,
      how,
      "'drop', { hash: salt } or a function",
      () => how === 'drop' || salted || isFunction(how),
    );
  }
  return new Map(entries as [string, Redaction][]);
}

function resolveFalseAlarms(falseAlarms: {
  readonly atMost: number;
  readonly per: string;
}): number {
  checkOptionNames('falseAlarms', falseAlarms, ['atMost', 'per']);
  const { atMost, per } = falseAlarms;
  expectOption(
    'falseAlarms.atMost',
    atMost,
    'a number above 0',
    (value) => typeof value === 'number' && value > 0 && value < 1e6,
  );
  const periodMs = typeof per === 'string' ? parseDuration(PERIODS[per] ?? per) : undefined;
  if (periodMs === undefined || periodMs === 0) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `falseAlarms.per must be ${Object.keys(PERIODS).join(', ')} or a duration such as '30d', got ${shown(per)}`,
    );
  }
  return atMost / periodMs;
}

function resolveBudget(budget: DriftOptions['budget'] = { rowsPerSecond: 1_000 }): number {
  checkOptionNames('budget', budget, ['rowsPerSecond']);
  const { rowsPerSecond } = budget;
  expectOption(
    'budget.rowsPerSecond',
    rowsPerSecond,
    'a whole number, 1 or more, or Infinity',
    (value) =>
      value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && (value as number) >= 1),
  );
  return rowsPerSecond;
}

function resolveLabels(labels: { readonly keep?: string }): number {
  checkOptionNames('labels', labels, ['keep']);
  const { keep } = labels;
  if (keep === undefined) return DEFAULT_RETENTION.predictionsMs;
  const keepMs = typeof keep === 'string' ? parseDuration(keep) : undefined;
  if (keepMs !== undefined) return keepMs;
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `labels.keep must be a duration such as '30d', got ${shown(keep)}`,
  );
}

function resolveLimits(limits: Partial<Limits>): Limits {
  checkOptionNames('limits', limits, Object.keys(DEFAULT_LIMITS));
  for (const [name, value] of Object.entries(limits)) {
    const most = HIGHEST_LIMITS[name as keyof Limits];
    const fits = (given: unknown): boolean =>
      Number.isInteger(given) && (given as number) >= 1 && (given as number) <= most;
    expectOption(`limits.${name}`, value, `a whole number, 1 to ${most}`, fits);
  }
  return { ...DEFAULT_LIMITS, ...limits };
}

/** A monitor that is captured by hand is taken to be captured once a day. */
export const PERIOD_BY_HAND_MS: number = DAY_MS;
