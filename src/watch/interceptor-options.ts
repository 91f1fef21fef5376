import type { Clock } from '../leaves/clock.js';
import type { RecordingPipeline } from '../record/recording-pipeline.js';
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
  /** What counts calls and accepts those that are recorded. */
  readonly pipeline: RecordingPipeline;
  /** The first that fits a request is taken. */
  readonly routes: readonly Route[];
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
  /** Reports what the user should know, in a line. */
  readonly say: (line: string) => unknown;
  /** Counts and reports what went wrong on our side. */
  readonly onError: (error: unknown) => void;
}
