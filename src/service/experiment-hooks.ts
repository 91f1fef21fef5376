import type { Experiment, ExperimentHooks, TrackOptions } from '../experiment/experiment.js';
import { jobEntries } from '../experiment/job-records.js';
import type { FollowCall } from '../experiment/wrap.js';
import { followCalls } from '../experiment/wrapped-call.js';
import type { Clock } from '../leaves/clock.js';
import { LeewayError } from '../leaves/errors.js';
import type { DriftMonitor } from '../monitor/monitor.js';
import type { RecordingPipeline } from '../record/recording-pipeline.js';
import type { TrackingStore } from '../tracking/store.js';
import type { ModelSettingsBook } from './model-settings.js';
import type { Monitors } from './monitors.js';
import type { Reporter } from './reporter.js';
import { resolveTrackedModel } from './resolved-models.js';
import type { ResolvedOptions } from './resolved-options.js';

/** Time for an experiment that is closed by itself. */
const CLOSE_TIMEOUT_MS = 5_000;

/** Whoever records and monitors for an experiment. */
export interface ExperimentHost {
  readonly experiment: Experiment;
  readonly monitors: Monitors;
  readonly pipeline: RecordingPipeline;
  readonly reporter: Reporter;
  readonly clock: Clock;
  start(): void;
  flush(): Promise<boolean>;
  close(timeoutMs: number): Promise<void>;
}

/** What an experiment's features need of the process that records and monitors for it. */
export interface ExperimentHooksOptions {
  readonly host: ExperimentHost;
  readonly resolved: ResolvedOptions;
  readonly settings: ModelSettingsBook;
  readonly store: TrackingStore;
  /** Whether wrapped models are logged. */
  readonly autotrack: boolean;
}

/** Lets an experiment record and monitor through a host. */
export function experimentHooks(options: ExperimentHooksOptions): ExperimentHooks {
  const { host, autotrack } = options;
  return {
    autotrack,
    flush: () => host.flush(),
    close: () => host.close(CLOSE_TIMEOUT_MS),
    follow: (model) => follow(options, model),
    monitor: (model, kind) => {
      host.start();
      return host.monitors.of(model, kind);
    },
    track: (model, own) => track(options, model, own),
    warn: (message) => process.emitWarning(`leeway: ${message}`, { code: 'LEEWAY_AUTOTRACK' }),
  };
}

/** Decides how a model is monitored, before anybody monitors it. */
async function track(
  { host, resolved, settings, store }: ExperimentHooksOptions,
  model: string,
  own: TrackOptions,
): Promise<DriftMonitor | undefined> {
  const { monitor = false, kind, ...options } = own;
  const { monitors, experiment } = host;
  if (Object.keys(options).length > 0 && monitors.has(model)) {
    throw new LeewayError(
      'ERR_LEEWAY_STATE',
      `${JSON.stringify(model)} is monitored already; track it before its first call`,
    );
  }
  settings.set(model, resolveTrackedModel(model, options, resolved));
  if (!monitor) return undefined;
  host.start();
  const watched = monitors.of(model, kind);
  await experiment.append(await jobEntries(store, experiment, monitors.recordOf(model, kind)));
  return watched;
}

function follow({ host, resolved }: ExperimentHooksOptions, name: string): FollowCall {
  const { features, outputs, readingLimits: limits, retain } = resolved;
  const { pipeline, experiment, clock, reporter } = host;
  return followCalls({
    model: host.monitors.admit(name),
    log: experiment,
    limits,
    now: () => clock.now(),
    record: (recording) => pipeline.accept(recording),
    permit: (table, side) => pipeline.rules.apply(table, side, side === 'X_' ? features : outputs),
    undecodable: () => {
      pipeline.counters.undecodable += 1;
    },
    keepsRows: retain === 'rows',
    onError: (error) => reporter.error(error),
  });
}
