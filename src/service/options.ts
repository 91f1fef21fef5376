import type { Alert } from '../alert/alert.js';
import { type AlertRule, checkRules } from '../alert/rule.js';
import { DURATION_MS, parseDuration } from '../clock.js';
import { type CompareOptions, resolveCompare } from '../drift/compare-options.js';
import { LeewayError, shown } from '../errors.js';
import type { ColumnRulesOptions, Redaction } from '../intercept/column-rules.js';
import type { Match } from '../intercept/matcher.js';
import type { Request, Route } from '../intercept/route.js';
import type { UnusualCall } from '../intercept/usual-inputs.js';
import { type BaselineChoice, baselineChoice } from '../monitor/baselines.js';
import { checkOptionNames } from '../option-names.js';
import type { Profile } from '../profile/profile.js';
import type { Table } from '../profile/profile-table.js';
import { parseSchedule, type Schedule, type ScheduleSpec } from '../schedule/schedule.js';
import type { Retention } from '../tracking/retention.js';
import { DEFAULT_RETENTION } from '../tracking/retention.js';
import type { TrackingStore } from '../tracking/store.js';
import { type CodecOption, type ModelOptions, resolveRoutes } from './routes.js';

export type { CodecOption, ModelOptions } from './routes.js';

/** The options of `driftMiddleware`, the same for every framework. */
export interface DriftOptions {
  /** The log that everything goes to. */
  readonly experiment: string;
  /** The model's name, or how to tell it from a request. @default the route's own name, else `'default'` */
  readonly model?: string | ((call: Request) => string);
  /**
   * Which requests are predict calls: `'POST /predict'`, `'/models/:name/predict'`, a RegExp on the path, or a function.
   * @default only routes that a wire format reserves, such as `/v1/models/<model>:predict`
   */
  readonly match?: Match;
  /** How X lies in the request and Y in the response. @default 'auto' */
  readonly codec?: CodecOption;
  /** Names for inputs that come by position. @default '0', '1', … */
  readonly features?: readonly string[];
  /** Names for outputs that come by position. @default '0', '1', … */
  readonly outputs?: readonly string[];
  /** Several models, by name, each with its routes and the names of its columns; in place of `model` and `match`. */
  readonly models?: Readonly<Record<string, ModelOptions>>;
  /** The share of calls that are recorded, 0 to 1: by the request's id where it has one, so always alike. @default 1 */
  readonly sample?: number;
  /**
   * Columns whose values are not kept as they are: a list of columns to leave out, or for each column `'drop'`, a salted
   * hash, or a function of the value. Nested values go with the column they lie in. @default none
   */
  readonly redact?: readonly string[] | Readonly<Record<string, Redaction>>;
  /** Only these columns are kept. @default all */
  readonly include?: readonly string[];
  /** These columns are not kept. @default none */
  readonly exclude?: readonly string[];
  /**
   * Columns that tell segments of the traffic: rows are profiled and judged by their values too, of several columns by their combinations, at
   * most 50. Further values than `limits.segmentValues` become `other`. @default none
   */
  readonly segments?: readonly string[];
  /** The model's version that answered. @default what the route says */
  readonly version?: (call: Request) => string | undefined;
  /** `'memory:'`, `'sqlite:FILE'`, `'postgres://…'`, or a store. @default SQLite in ./.leeway/ */
  readonly store?: string | TrackingStore;
  /**
   * What windows are compared with: the first window, that of a number, the one before, the latest few, or those of the same hour of the week;
   * a profile, or the file of one; or a table of training data, whose columns are outputs where `outputs` names them or they begin
   * with `Y_`, and inputs else. @default 'first'
   */
  readonly baseline?: BaselineChoice | (string & {}) | Profile | Table;
  /** When captures are made: a name, a duration, a cron pattern, or `false` for by hand. @default 'daily' */
  readonly schedule?: ScheduleSpec | false;
  /** IANA time zone of named and cron schedules. @default 'UTC' */
  readonly timeZone?: string;
  /** When to raise alerts. @default the monitor's own verdict */
  readonly rules?: readonly AlertRule[];
  /** The expected number of false alarms that is allowed per period, over all models. @default one a month */
  readonly falseAlarms?: { readonly atMost: number; readonly per: string };
  /** How small a change still counts: `low` wants twice the usual size, `high` half of it. @default 'normal' */
  readonly sensitivity?: CompareOptions['sensitivity'];
  /** The smallest shift that matters, in standard deviations (all else goes with it), or what single statistics need. @default 0.05 */
  readonly minEffect?: CompareOptions['minEffect'];
  /** Rules for single columns, `X_…` and `Y_…`: what decides, from what score on, or not at all. They change no other column. */
  readonly columns?: CompareOptions['columns'];
  /** Rules for all columns of a kind; a column's own rule goes before. */
  readonly kinds?: CompareOptions['kinds'];
  /** Statistics of your own, beside ours in rows, rules and reports. */
  readonly statistics?: CompareOptions['statistics'];
  /** Fewer rows than this make no window. @default 100 */
  readonly minRows?: number;
  /** Gets every alert. It may be asynchronous; if it fails it is called again. @default a process warning */
  readonly onAlert?: (alert: Alert) => unknown;
  /**
   * Gets each call with inputs that are outside of the baseline's range, or of categories that the baseline never saw, once it is
   * answered. With it all rows of a call are looked at, also those that the budget does not keep. @default nobody looks
   */
  readonly onUnusual?: (call: UnusualCall) => unknown;
  /** Gets what went wrong on our side. @default one process warning per kind of error */
  readonly onError?: (error: unknown) => void;
  /** Gets a line at the start for each model: what its windows are compared with, how old it is, and of how many rows. @default standard error */
  readonly onInfo?: (line: string) => unknown;
  /** Of each model's rows at most so many a second are kept, as a uniform sample with weights. @default 1000 */
  readonly budget?: { readonly rowsPerSecond: number };
  /**
   * `'rows'`: rows are kept for a while, as they came. `'profiles'`: no row is ever stored, only profiles of at least `minRows`
   * rows, in which rare categories are folded and numbers have five digits; docs/privacy.md says what that means. @default 'rows'
   */
  readonly retain?: 'rows' | 'profiles';
  /** A request's own id, to find it again by. @default the header `x-request-id` */
  readonly requestId?: (call: Request) => string | undefined;
  /**
   * How long what a model answered to a call with an id is kept, for labels that come late; for up to as many calls as the
   * store has room for. @default { keep: '30d' }
   */
  readonly labels?: { readonly keep?: string };
  /** Bounds on names and sizes that traffic brings. */
  readonly limits?: Partial<Limits>;
  /** `false` turns everything off, as the environment's LEEWAY_DISABLED=1 does. @default true */
  readonly enabled?: boolean;
}

/** Bounds on what traffic can bring. */
export interface Limits {
  /** Models told apart; the rest go under `other`. @default 64 */
  readonly models: number;
  /** Versions of a model told apart; the rest go under `other`. @default 20 */
  readonly versions: number;
  /** Values of a column of `segments`; the rest go under `other`. @default 50 */
  readonly segmentValues: number;
  /** Columns of a model; further ones are left out. @default 1000 */
  readonly columns: number;
  /** Cells of one body; larger ones are not decoded. @default 1000000 */
  readonly cells: number;
  /** Bytes of one body that is followed on the wire, where no parser is; longer ones are not read. @default 1048576 */
  readonly bytes: number;
}

/** What one of several models has of its own; what is left out is as for all. */
export interface ResolvedModel {
  readonly baseline?: Exclude<DriftOptions['baseline'], undefined>;
  readonly outputs: readonly string[];
  /** `null`: it is captured by hand. */
  readonly schedule?: Schedule | null;
  readonly rules?: readonly AlertRule[];
}

/** What of a comparison is up to the user of a monitor. */
export type Comparison = Pick<CompareOptions, (typeof COMPARISON_NAMES)[number]>;

const COMPARISON_NAMES = ['sensitivity', 'minEffect', 'columns', 'kinds', 'statistics'] as const;

/** The options, checked and with defaults. */
export interface ResolvedOptions {
  readonly experiment: string;
  readonly model: string | ((call: Request) => string) | undefined;
  readonly routes: readonly Route[];
  readonly features: readonly string[];
  readonly outputs: readonly string[];
  readonly store: string | TrackingStore | undefined;
  readonly baseline: Exclude<DriftOptions['baseline'], undefined>;
  readonly schedule: Schedule | undefined;
  readonly rules: readonly AlertRule[] | undefined;
  /** What models have of their own, by name. */
  readonly models: ReadonlyMap<string, ResolvedModel>;
  /** How windows are compared, as far as the user says. */
  readonly comparison: Comparison;
  /** False alarms allowed per millisecond. */
  readonly falseAlarmsPerMs: number;
  readonly minRows: number;
  /** Columns by whose values rows are judged apart. */
  readonly groupby: readonly string[];
  readonly rowsPerSecond: number;
  readonly retain: 'rows' | 'profiles';
  readonly onAlert: ((alert: Alert) => unknown) | undefined;
  readonly onError: ((error: unknown) => void) | undefined;
  readonly onInfo: ((line: string) => unknown) | undefined;
  readonly onUnusual: ((call: UnusualCall) => unknown) | undefined;
  readonly requestId: (call: Request) => string | undefined;
  readonly sample: number;
  readonly columnRules: ColumnRulesOptions;
  readonly version: ((call: Request) => string | undefined) | undefined;
  readonly limits: Limits;
  /** How long the log keeps what. */
  readonly retention: Retention;
  readonly enabled: boolean;
}

const OPTION_NAMES: readonly (keyof DriftOptions)[] = [
  'experiment',
  'model',
  'models',
  'sample',
  'redact',
  'include',
  'exclude',
  'segments',
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
const PERIODS: Readonly<Record<string, string>> = { hour: '1h', day: '1d', week: '1w', month: '1M', year: '1y' };

/**
 * Checks the options of a middleware and fills in defaults. The caller's object is left as it is.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` naming the option, what was expected, and what came.
 */
export function resolveOptions(options: DriftOptions): ResolvedOptions {
  checkOptionNames('driftMiddleware', options, OPTION_NAMES);
  const { model, schedule = 'daily', falseAlarms = { atMost: 1, per: 'month' } } = options;
  expect('experiment', options.experiment, 'a name', (value) => typeof value === 'string' && value !== '');
  expect(
    'model',
    model,
    'a name or a function',
    (v) => v === undefined || (typeof v === 'string' && v !== '') || isFunction(v),
  );
  for (const name of ['features', 'outputs', 'include', 'exclude', 'segments'] as const) {
    expect(name, options[name], 'an array of distinct names', (v) => v === undefined || isNameList(v));
  }
  for (const name of ['onAlert', 'onError', 'onInfo', 'onUnusual', 'requestId', 'version'] as const) {
    expect(name, options[name], 'a function', (value) => value === undefined || isFunction(value));
  }
  const { minRows = 100, enabled = true, baseline = 'first', sample = 1, retain = 'rows' } = options;
  expect('retain', retain, "'rows' or 'profiles'", (value) => value === 'rows' || value === 'profiles');
  expect('minRows', minRows, 'a whole number, 1 or more', (value) => Number.isInteger(value) && (value as number) >= 1);
  expect('sample', sample, 'a number from 0 to 1', (value) => typeof value === 'number' && value >= 0 && value <= 1);
  expect('enabled', enabled, 'true or false', (value) => typeof value === 'boolean');
  expect('baseline', baseline, "'first', a file, a profile or a table", isBaseline);
  const comparison = resolveComparison(options);
  const ownKeys = (comparison.statistics ?? []).map(({ key }) => key);
  if (options.rules !== undefined) checkRules(options.rules, ownKeys);
  const limits = resolveLimits(options.limits ?? {});
  return {
    experiment: options.experiment,
    model,
    routes: resolveRoutes(options),
    features: options.features ?? [],
    outputs: options.outputs ?? [],
    store: options.store,
    baseline,
    schedule: schedule === false ? undefined : parseSchedule(schedule, options.timeZone),
    rules: options.rules,
    models: resolveModels(options),
    comparison,
    falseAlarmsPerMs: resolveFalseAlarms(falseAlarms),
    minRows,
    groupby: options.segments ?? [],
    rowsPerSecond: resolveBudget(options.budget),
    retain,
    onAlert: options.onAlert,
    onError: options.onError,
    onInfo: options.onInfo,
    onUnusual: options.onUnusual,
    requestId: options.requestId ?? requestIdHeader,
    sample,
    columnRules: {
      redact: resolveRedact(options.redact ?? []),
      include: new Set(options.include),
      exclude: new Set(options.exclude),
      segments: new Set(options.segments),
      segmentValues: limits.segmentValues,
    },
    version: options.version,
    limits,
    retention: { ...DEFAULT_RETENTION, predictionsMs: resolveLabels(options.labels ?? {}) },
    enabled: enabled && process.env.LEEWAY_DISABLED !== '1',
  };
}

function resolveModels({ models = {}, outputs = [], timeZone }: DriftOptions): Map<string, ResolvedModel> {
  return new Map(
    Object.entries(models).map(([name, own]) => {
      const { baseline, schedule, rules } = own;
      if (baseline !== undefined) {
        expect(`models.${name}.baseline`, baseline, "'first', a file, a profile or a table", isBaseline);
      }
      if (rules !== undefined) checkRules(rules);
      const when = schedule === false ? null : schedule === undefined ? undefined : parseSchedule(schedule, timeZone);
      return [
        name,
        {
          outputs: own.outputs ?? outputs,
          ...(baseline !== undefined && { baseline }),
          ...(when !== undefined && { schedule: when }),
          ...(rules !== undefined && { rules }),
        },
      ];
    }),
  );
}

/** How one model is watched that was not named in the options. */
export type TrackedModel = Pick<ModelOptions, 'baseline' | 'schedule' | 'rules' | 'outputs'>;

/**
 * Checks how a model is to be watched.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` naming the option, what was expected, and what came.
 */
export function resolveTrackedModel(
  model: string,
  options: TrackedModel,
  { outputs }: Pick<ResolvedOptions, 'outputs'>,
): ResolvedModel {
  checkOptionNames('track', options, ['baseline', 'schedule', 'rules', 'outputs']);
  const resolved = resolveModels({ experiment: 'any', models: { [model]: options as ModelOptions }, outputs });
  return resolved.get(model) as ResolvedModel;
}

function expect(name: string, value: unknown, expected: string, holds: (value: unknown) => boolean): void {
  if (!holds(value)) throw new LeewayError('ERR_LEEWAY_OPTION', `${name} must be ${expected}, got ${shown(value)}`);
}

const isFunction = (value: unknown): boolean => typeof value === 'function';

const isNameList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((name) => typeof name === 'string') && new Set(value).size === value.length;

const isBaseline = (value: unknown): boolean =>
  baselineChoice(value) !== undefined ||
  (typeof value === 'string' && value !== '') ||
  (typeof value === 'object' && value !== null);

function resolveComparison(options: DriftOptions): Comparison {
  const given = COMPARISON_NAMES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]));
  const comparison = Object.fromEntries(given) as Comparison;
  resolveCompare(comparison);
  return comparison;
}

function requestIdHeader(call: Request): string | undefined {
  const id = call.headers['x-request-id'];
  return typeof id === 'string' ? id : undefined;
}

function resolveRedact(redact: Exclude<DriftOptions['redact'], undefined>): Map<string, Redaction> {
  const entries = Array.isArray(redact)
    ? redact.map((name: unknown) => [name, 'drop'] as const)
    : Object.entries(redact as Readonly<Record<string, Redaction>>);
  for (const [name, how] of entries) {
    expect('redact', name, 'a list of names, or an object of redactions', (value) => typeof value === 'string');
    const salted = typeof how === 'object' && how !== null && typeof how.hash === 'string' && how.hash !== '';
    expect(
      `redact.${name}`,
      how,
      "'drop', { hash: salt } or a function",
      () => how === 'drop' || salted || isFunction(how),
    );
  }
  return new Map(entries as [string, Redaction][]);
}

function resolveFalseAlarms(falseAlarms: { readonly atMost: number; readonly per: string }): number {
  checkOptionNames('falseAlarms', falseAlarms, ['atMost', 'per']);
  const { atMost, per } = falseAlarms;
  expect(
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
  expect(
    'budget.rowsPerSecond',
    rowsPerSecond,
    'a whole number, 1 or more, or Infinity',
    (value) => value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && (value as number) >= 1),
  );
  return rowsPerSecond;
}

function resolveLabels(labels: { readonly keep?: string }): number {
  checkOptionNames('labels', labels, ['keep']);
  const { keep } = labels;
  if (keep === undefined) return DEFAULT_RETENTION.predictionsMs;
  const keepMs = typeof keep === 'string' ? parseDuration(keep) : undefined;
  if (keepMs !== undefined) return keepMs;
  throw new LeewayError('ERR_LEEWAY_OPTION', `labels.keep must be a duration such as '30d', got ${shown(keep)}`);
}

function resolveLimits(limits: Partial<Limits>): Limits {
  checkOptionNames('limits', limits, Object.keys(DEFAULT_LIMITS));
  for (const [name, value] of Object.entries(limits)) {
    const most = HIGHEST_LIMITS[name as keyof Limits];
    const fits = (given: unknown): boolean =>
      Number.isInteger(given) && (given as number) >= 1 && (given as number) <= most;
    expect(`limits.${name}`, value, `a whole number, 1 to ${most}`, fits);
  }
  return { ...DEFAULT_LIMITS, ...limits };
}

/** A monitor that is captured by hand is taken to be captured once a day. */
export const PERIOD_BY_HAND_MS = DURATION_MS.d as number;
