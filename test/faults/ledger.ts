import { type Cell, decodeChunk } from '../../src/tracking/chunk.js';
import type { NewEntry } from '../../src/tracking/log-entry.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import type { WindowCommit } from '../../src/tracking/window-commit.js';

/** What was written into a store, whatever the store let go of since. */
export class Ledger {
  readonly chunks: { readonly key: string; readonly pos: number; readonly rows: number }[] = [];
  /** When each entry was appended, true time, by its position. */
  readonly appendedAt = new Map<number, number>();
  /** Rows by their values, with how often each was written. */
  readonly rows = new Map<Cell, number>();
  readonly snapshots: {
    readonly key: string;
    readonly seq: number;
    readonly rows: number;
    readonly after: number;
    readonly upTo: number;
    /** True time. */
    readonly at: number;
  }[] = [];
  readonly alerts: {
    readonly id: string;
    readonly transition: string;
    readonly event: string;
    readonly at: number;
  }[] = [];
  readonly ticks = new Map<string, number[]>();
  /** Positions that were not given in their order. */
  outOfOrder = 0;
  #end = 0;
  readonly #trueTime: () => number;
  readonly #column: string;

  /** @param column the column whose values tell rows from each other */
  constructor(trueTime: () => number, column: string) {
    this.#trueTime = trueTime;
    this.#column = column;
  }

  /** The store, with what it takes in noted. */
  around(store: TrackingStore): TrackingStore {
    return new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        if (name === 'append') {
          return async (experiment: string, entries: readonly NewEntry[]) => {
            const places = await target.append(experiment, entries);
            this.#appended(entries, places);
            return places;
          };
        }
        if (name !== 'commitWindow') return value.bind(target);
        return async (commit: WindowCommit) => {
          const done = await target.commitWindow(commit);
          if (done !== undefined) this.#committed(commit);
          return done;
        };
      },
    });
  }

  #appended(entries: readonly NewEntry[], places: readonly { readonly pos: number }[]): void {
    entries.forEach(({ event, key, bytes, rows = 0 }, index) => {
      const pos = places[index]?.pos ?? 0;
      if (pos <= this.#end) this.outOfOrder += 1;
      this.#end = Math.max(this.#end, pos);
      if (event !== 'predict' || bytes === undefined) return;
      this.chunks.push({ key, pos, rows });
      this.appendedAt.set(pos, this.#trueTime());
      for (const id of decodeChunk(bytes).columns.get(this.#column) ?? []) {
        this.rows.set(id, (this.rows.get(id) ?? 0) + 1);
      }
    });
  }

  #committed({ key, entries, tick }: WindowCommit): void {
    const at = this.#trueTime();
    if (tick !== undefined) this.ticks.set(key, [...(this.ticks.get(key) ?? []), tick]);
    for (const { event, value } of entries) {
      if (event === 'snapshot') {
        const told = value as {
          readonly seq: number;
          readonly rows: number;
          readonly after: number;
          readonly upTo: number;
        };
        this.snapshots.push({ key, at, ...told });
      }
      if (event === 'alert') {
        const told = value as {
          readonly id: string;
          readonly transition: string;
          readonly event: string;
        };
        this.alerts.push({ at, id: told.id, transition: told.transition, event: told.event });
      }
    }
  }
}
