import type { Clock } from '../leaves/clock.js';
import type { ByteBudget } from '../record/byte-budget.js';
import type { ColumnRules } from '../record/column-rules.js';
import type { Counters } from '../record/counters.js';
import type { LostCalls } from '../record/lost-calls.js';
import type { Recording } from '../record/recording.js';
import type { Draw } from '../record/row-choice.js';
import type { Sampler } from '../record/sampler.js';
import type { DecodeLimits } from '../wire/decoded-table.js';
import type { Request, Route } from './route.js';
import type { Taps } from './tap.js';

/** Bounds on what one call may bring. */
export interface CallLimits extends DecodeLimits {
  /** Bytes of a body that is followed on the wire. */
  readonly bytes: number;
}

/** How calls are told apart and read. */
export interface InterceptorOptions {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly lost: LostCalls;
  /** The first that fits a request is taken. */
  readonly routes: readonly Route[];
  readonly rules: ColumnRules;
  readonly sampler: Sampler;
  readonly memory: ByteBudget;
  readonly taps: Taps;
  /** @default the header `x-request-id` */
  readonly requestId: ((call: Request) => string | readonly string[] | undefined) | undefined;
  readonly version: ((call: Request) => string | readonly string[] | undefined) | undefined;
  /** Puts a model's name within bounds. */
  readonly admitModel: (name: string) => string;
  /** Puts a version's name within bounds. */
  readonly admitVersion: (model: string, version: string) => string;
  readonly limits: CallLimits;
  readonly activeRun: () => number | undefined;
  /** Chooses which rows of a call are worth copying. */
  readonly choose: Draw;
  readonly record: (recording: Recording) => void;
  /** Reports what the user should know, in a line. */
  readonly say: (line: string) => unknown;
  /** Counts and reports what went wrong on our side. */
  readonly onError: (error: unknown) => void;
}
