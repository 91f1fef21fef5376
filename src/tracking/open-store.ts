import type { Clock } from '../clock.js';
import { LeewayError, shown } from '../errors.js';
import type { TrackingStore } from './store.js';
import { memoryStore } from './stores/memory.js';

export interface OpenStoreOptions {
  /** Told once where the default store can't be used and a lesser one takes its place. */
  readonly onWarning: (warning: LeewayError) => void;
  readonly clock?: Clock;
}

/** A store and who has to close it. */
export interface OpenedStore {
  readonly store: TrackingStore;
  /** `true` where `openStore` made the store, so that its user closes it; `false` where it was handed in. */
  readonly owned: boolean;
  /** Why the store is less than the default one. Known after the first call of the store, hence read it late. */
  readonly degraded: string | undefined;
}

function refuse(expected: string, got: string): never {
  throw new LeewayError('ERR_LEEWAY_OPTION', `store must be ${expected}, got ${got}`);
}

export function openStore(spec: string | TrackingStore | undefined, options: OpenStoreOptions): OpenedStore {
  const clock = options.clock === undefined ? {} : { clock: options.clock };
  if (typeof spec === 'object' && spec !== null) return { store: spec, owned: false, degraded: undefined };
  if (spec === 'memory:') return { store: memoryStore(clock), owned: true, degraded: undefined };
  return refuse("'memory:'", shown(spec));
}
