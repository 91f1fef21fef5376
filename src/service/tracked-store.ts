import { systemClock } from '../leaves/clock.js';
import { defined } from '../leaves/defined.js';
import { type OpenedStore, openStore } from '../tracking/open-store.js';
import type { TrackingStore } from '../tracking/store.js';
import { deferredStore } from '../tracking/stores/deferred.js';
import { timedStore } from '../tracking/stores/timed.js';
import type { ResolvedOptions } from './resolved-options.js';
import type { TrackerInternals } from './tracker-internals.js';

/** A store that was opened, and the same with a time limit for each call. */
export interface TrackedStore {
  readonly opened: OpenedStore;
  readonly store: TrackingStore;
}

/** Opens the store that the options name. A host that turned leeway off gets no files from it either. */
export function openTrackedStore(
  { enabled, store: named, experiment }: ResolvedOptions,
  { clock, patience = systemClock, recreate = false }: TrackerInternals,
  onWarning: (warning: unknown) => void,
): TrackedStore {
  // A database has a clock of its own, which is the same to all replicas.
  const opened = openStore(enabled ? named : 'memory:', {
    ...defined({ clock }),
    onWarning,
  });
  const store = timedStore(opened.store, { clock: patience });
  return { opened, store: recreate ? cleared(store, experiment) : store };
}

/** The store, without what the experiment held before. */
function cleared(store: TrackingStore, experiment: string): TrackingStore {
  return deferredStore(store.location, async () => {
    await store.clear(experiment);
    return store;
  });
}
