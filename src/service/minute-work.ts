import type { Lazy } from '../leaves/async.js';
import type { RecordingPipeline } from '../record/recording-pipeline.js';
import type { Upkeep } from '../tracking/upkeep.js';
import type { Deliveries } from './deliveries.js';
import type { HousekeepingOptions } from './housekeeping.js';
import type { Monitors } from './monitors.js';
import type { Replicas } from './replicas.js';
import type { UnusualCalls } from './unusual-calls.js';

/** Whoever has something to do every minute. */
export interface MinuteWorkParts {
  readonly pipeline: RecordingPipeline;
  readonly monitors: Monitors;
  readonly replicas: Replicas;
  readonly deliveries: Deliveries;
  readonly upkeep: Lazy<Upkeep>;
  readonly unusual: UnusualCalls | undefined;
  /** Whether alerts are left to a process that has their sinks. */
  readonly visiting: boolean;
}

/** What is done every minute, by its name in sentences, in this order. */
export function minuteWork(parts: MinuteWorkParts): HousekeepingOptions['work'] {
  const { pipeline, monitors, replicas, deliveries, upkeep, unusual, visiting } = parts;
  return {
    summaries: () => pipeline.writeSummaries(),
    folds: () => pipeline.fold(),
    'check of what other replicas did': () => monitors.keepUp(),
    'check for a baseline of unusual calls': async () => unusual?.refresh(),
    "check of other replicas' options": () => replicas.look(),
    'upkeep of the log': async () => (await upkeep.get()).round(),
    // What could not be delivered when it was raised, perhaps before a restart.
    deliveries: () => (visiting ? Promise.resolve() : deliveries.deliver()),
  };
}
