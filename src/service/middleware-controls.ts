import type { OutboxStatus } from '../alert/outbox.js';
import type { Experiment } from '../experiment/experiment.js';
import type { DriftMonitor } from '../monitor/monitor.js';
import type { MonitorState, MonitorStatus } from '../monitor/status/state.js';
import type { Counters } from '../record/counters.js';
import type { SeenColumn } from '../record/seen-columns.js';

/** What `drift.status()` says. */
export interface DriftStatus {
  /**
   * Whether leeway itself works: calls are recorded, rows written, captures made, and alerts delivered.
   * Drift never makes it false; closing does.
   */
  readonly ok: boolean;
  /** The most pressing state of all models; `learning` before there is one. */
  readonly state: MonitorState | 'disabled';
  readonly reasons: readonly string[];
  readonly counters: Readonly<Counters>;
  readonly store: StoreStatus;
  /** Alerts on their way: how many wait, how many deliveries failed, and why. */
  readonly alerts: OutboxStatus;
  readonly models: readonly ModelStatus[];
}

/** A monitor's state, and what came to it in this process. */
export interface ModelStatus extends MonitorStatus {
  /** The columns that are recorded, inputs before outputs, with the types of their values. */
  readonly columns: readonly SeenColumn[];
  /** When the next capture is made, epoch ms; `null` where no time is set for it. */
  readonly nextCaptureAt: number | null;
}

/** How the store is doing. */
export interface StoreStatus {
  readonly location: string;
  /** Rows that are not in it yet. */
  readonly unflushedRows: number;
  /** Whether the last write failed and is waiting to be tried again. */
  readonly failing: boolean;
  /** Why a write failed last, until one succeeds. */
  readonly lastError?: string;
  /** Why it is less than the default store would be. */
  readonly degraded?: string;
}

/** A call recorded by hand: rows as objects, or as lists where columns have given names. */
export interface RecordedByHand {
  readonly X: readonly unknown[];
  readonly Y: readonly unknown[];
  /** The model's name. @default the `model` option, else `'default'` */
  readonly model?: string;
  /** The call's own id. */
  readonly id?: string;
}

/** What every adapter's middleware carries beside its work. */
export interface Drift {
  /** The monitor of a model; it is made where there is none yet. @param model default: the only model there is */
  monitor(model?: string): DriftMonitor;
  /** The log. */
  readonly experiment: Experiment;
  /** Synchronous and cheap. */
  status(): DriftStatus;
  /** Records a call that no route brings: a queue's, a websocket's. Never throws; what can't be read is counted. */
  record(call: RecordedByHand): void;
  /** Writes what is buffered into the log. Never rejects; gives whether everything is written. */
  flush(): Promise<boolean>;
  /**
   * Flushes, stops the jobs, and closes what was opened. Idempotent; always settles.
   *
   * @param options.timeout how long to wait, as a duration. @default '5s'
   */
  close(options?: { readonly timeout?: string }): Promise<void>;
}

/** The controls alone, as an adapter hangs them on its middleware. */
export function controlsOf(drift: Drift): Drift {
  return {
    experiment: drift.experiment,
    monitor: (model) => drift.monitor(model),
    status: () => drift.status(),
    record: (call) => drift.record(call),
    flush: () => drift.flush(),
    close: (options) => drift.close(options),
  };
}
