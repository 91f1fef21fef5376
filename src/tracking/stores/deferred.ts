import type { EntryFilter, LogEntry, LogHead, NewEntry, QueryOptions } from '../log-entry.js';
import type { Prediction, PredictionFilter } from '../prediction.js';
import type { Restored, StoredMonitor } from '../restored.js';
import type { Pruned, Retention } from '../retention.js';
import type { Rewrite } from '../rewrite.js';
import type { Migration, TrackingStore } from '../store.js';
import type { Delivery, MonitorHead, WindowCommit } from '../window-commit.js';
import type { Fold, LivePart, PartFilter, WindowPart } from '../window-part.js';
import { closedError } from './closed-error.js';

/** A copy for a call that has to wait, so that the caller may go on changing what it holds. */
function own<T>(value: T): T {
  try {
    return structuredClone(value);
  } catch {
    // What can't be cloned is no JSON either: the store will refuse it.
    return value;
  }
}

class DeferredStore implements TrackingStore {
  readonly #location: string;
  readonly #choose: () => Promise<TrackingStore>;
  #store: TrackingStore | undefined;
  #choosing: Promise<TrackingStore> | undefined;
  #closing: Promise<void> | undefined;

  constructor(location: string, choose: () => Promise<TrackingStore>) {
    this.#location = location;
    this.#choose = choose;
  }

  get location(): string {
    return this.#store?.location ?? this.#location;
  }

  async append(
    experiment: string,
    entries: readonly NewEntry[],
  ): Promise<{ pos: number; run: number }[]> {
    if (this.#store !== undefined) return this.#store.append(experiment, entries);
    const waiting = own(entries);
    return (await this.#chosen()).append(experiment, waiting);
  }

  async now(): Promise<number> {
    const store = await this.#chosen();
    return (await store.now?.()) ?? Date.now();
  }

  async head(experiment: string): Promise<LogHead> {
    return (await this.#chosen()).head(experiment);
  }

  async *query(
    experiment: string,
    filter?: EntryFilter,
    options?: QueryOptions,
  ): AsyncGenerator<LogEntry> {
    yield* (await this.#chosen()).query(experiment, filter, options);
  }

  async experiments(): Promise<string[]> {
    return (await this.#chosen()).experiments();
  }

  async monitorHead(experiment: string, monitor: string): Promise<MonitorHead> {
    return (await this.#chosen()).monitorHead(experiment, monitor);
  }

  async monitors(experiment: string): Promise<StoredMonitor[]> {
    return (await this.#chosen()).monitors(experiment);
  }

  async *windowParts(
    experiment: string,
    key: string,
    after: number,
    upTo: number,
  ): AsyncGenerator<WindowPart> {
    yield* (await this.#chosen()).windowParts(experiment, key, after, upTo);
  }

  async windowRows(experiment: string, key: string, after: number, upTo: number): Promise<number> {
    return (await this.#chosen()).windowRows(experiment, key, after, upTo);
  }

  async fold(fold: Fold): Promise<boolean> {
    if (this.#store !== undefined) return this.#store.fold(fold);
    const waiting = own(fold);
    return (await this.#chosen()).fold(waiting);
  }

  async commitWindow(commit: WindowCommit): Promise<{ run: number; version: number } | undefined> {
    if (this.#store !== undefined) return this.#store.commitWindow(commit);
    const waiting = own(commit);
    return (await this.#chosen()).commitWindow(waiting);
  }

  async pendingDeliveries(experiment: string, limit: number, after?: string): Promise<Delivery[]> {
    return (await this.#chosen()).pendingDeliveries(experiment, limit, after);
  }

  async settleDelivery(id: string, outcome: { readonly done: boolean }): Promise<void> {
    return (await this.#chosen()).settleDelivery(id, outcome);
  }

  async takeLease(name: string, owner: string, ttlMs: number): Promise<boolean> {
    return (await this.#chosen()).takeLease(name, owner, ttlMs);
  }

  async releaseLease(name: string, owner: string): Promise<void> {
    return (await this.#chosen()).releaseLease(name, owner);
  }

  async *parts(
    experiment: string,
    filter?: PartFilter,
    options?: { readonly limit?: number; readonly withBytes?: boolean },
  ): AsyncGenerator<LivePart> {
    yield* (await this.#chosen()).parts(experiment, filter, options);
  }

  async *predictions(experiment: string, filter?: PredictionFilter): AsyncGenerator<Prediction> {
    yield* (await this.#chosen()).predictions(experiment, filter);
  }

  async prune(experiment: string, retention: Retention): Promise<Pruned> {
    return (await this.#chosen()).prune(experiment, retention);
  }

  async rewrite(rewrite: Rewrite): Promise<boolean> {
    if (this.#store !== undefined) return this.#store.rewrite(rewrite);
    const waiting = own(rewrite);
    return (await this.#chosen()).rewrite(waiting);
  }

  async scrub(): Promise<boolean> {
    return (await this.#chosen()).scrub();
  }

  async restore(experiment: string, restored: Restored): Promise<void> {
    if (this.#store !== undefined) return this.#store.restore(experiment, restored);
    const waiting = own(restored);
    return (await this.#chosen()).restore(experiment, waiting);
  }

  async migrate(): Promise<Migration> {
    return (await this.#chosen()).migrate();
  }

  async clear(experiment: string): Promise<void> {
    return (await this.#chosen()).clear(experiment);
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    // Calls that wait for the choice asked for it before, so they reach the store before this does.
    const store = await this.#choosing?.catch(() => undefined);
    await store?.close();
  }

  /** The store, chosen by the first call; a choice that failed is made again by the next. */
  #chosen(): Promise<TrackingStore> {
    if (this.#closing !== undefined) return Promise.reject(closedError(this.location));
    this.#choosing ??= this.#choose().then(
      (store) => {
        this.#store = store;
        return store;
      },
      (error) => {
        this.#choosing = undefined;
        throw error;
      },
    );
    return this.#choosing;
  }
}

/**
 * A store that is chosen by its first call, for where the choice takes loading something.
 *
 * @param location - what it calls itself until then
 */
export function deferredStore(
  location: string,
  choose: () => Promise<TrackingStore>,
): TrackingStore {
  return new DeferredStore(location, choose);
}
