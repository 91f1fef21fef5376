import type { Clock } from '../clock.js';
import type { ByteBudget } from './byte-budget.js';
import type { ColumnRules } from './column-rules.js';
import type { Counters } from './counters.js';
import type { DecodeLimits } from './decoded-table.js';
import type { LostCalls } from './lost-calls.js';
import type { Recording } from './recording.js';
import type { Request, Route } from './route.js';
import type { Draw } from './row-choice.js';
import type { Sampler } from './sampler.js';
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
