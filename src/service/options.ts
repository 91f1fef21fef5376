import type { Alert } from '../alert/alert.js';
import type { AlertRule } from '../alert/rule.js';
import type { CompareOptions } from '../drift/compare-options.js';
import type { BaselineOption } from '../experiment/tracked-model.js';
import type { Redaction } from '../record/column-rules.js';
import type { UnusualCall } from '../record/usual-inputs.js';
import type { ScheduleSpec } from '../schedule/schedule.js';
import type { TrackingStore } from '../tracking/store.js';
import type { Match } from '../watch/matcher.js';
import type { Request } from '../watch/route.js';
import type { CodecOption, ModelOptions } from './routes.js';

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
   * hash, or a function of the value. `email` is the column on either side, `X_email` that of inputs, `*mail*` all that
   * fit; nested values go with the column they lie in, and case does not matter. @default none
   */
  readonly redact?: readonly string[] | Readonly<Record<string, Redaction>>;
  /** Only these columns are kept; names as for `redact`. @default all */
  readonly include?: readonly string[];
  /** These columns are not kept; names as for `redact`. @default none */
  readonly exclude?: readonly string[];
  /**
   * Columns that tell segments of the traffic: rows are profiled and judged by their values too, of several columns by their combinations, at
   * most 50. A name without prefix is that of an input. Further values than `limits.segmentValues` become `other`. @default none
   */
  readonly segments?: readonly string[];
  /**
   * The strings that stand for a missing value, in requests as in a baseline. With a pinned baseline that was read with
   * others, these go before. @default those of pandas: '', NA, N/A, NaN, nan, null, None and the like
   */
  readonly missing?: readonly string[];
  /** The model's version that answered; of several values of a header the first. @default what the route says */
  readonly version?: (call: Request) => string | readonly string[] | undefined;
  /** `'memory:'`, `'sqlite:FILE'`, `'postgres://…'`, or a store. @default SQLite in ./.leeway/ */
  readonly store?: string | TrackingStore;
  /**
   * What windows are compared with: the first window, that of a number, the one before, the latest few, or those of the same hour of the week;
   * a profile, or the file of one; or a table of training data, whose columns are outputs where `outputs` names them or they begin
   * with `Y_`, and inputs else. @default 'first'
   */
  readonly baseline?: BaselineOption;
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
  /** Rules for single columns, `X_age`, `age` on either side, or `*_price`: what decides, from what score on, or not at all. They change no other column. */
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
  readonly requestId?: (call: Request) => string | readonly string[] | undefined;
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
