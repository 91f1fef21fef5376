import { isChunk } from '../tracking/chunk.js';
import type { LogEntry } from '../tracking/log-entry.js';
import type { TrackingStore } from '../tracking/store.js';
import type { LivePart } from '../tracking/window-part.js';

/** The rows of folds, as far as the log still has them: chunks are kept for a while after they were folded. */
export class RowsOfFolds {
  readonly #store: TrackingStore;
  readonly #experiment: string;
  /** Positions of chunks that are parts of windows themselves. */
  readonly #live: ReadonlySet<number>;
  /** How many rows were erased from the chunk at a position: folds still count them. */
  readonly #erased: ReadonlyMap<number, number>;

  constructor(
    store: TrackingStore,
    experiment: string,
    {
      live,
      erased,
    }: { readonly live: ReadonlySet<number>; readonly erased: ReadonlyMap<number, number> },
  ) {
    this.#store = store;
    this.#experiment = experiment;
    this.#live = live;
    this.#erased = erased;
  }

  /**
   * The chunks that a fold was made of, or `undefined` where some are gone or it can't be told which they were. A fold doesn't
   * say: they are those between its ends, or those of them that the same node wrote, whose rows add up to its own.
   */
  async of({ key, posFrom, posTo, rows }: LivePart): Promise<readonly LogEntry[] | undefined> {
    const between: LogEntry[] = [];
    const filter = { events: ['predict'], keys: [key], after: posFrom - 1, upTo: posTo } as const;
    for await (const entry of this.#store.query(this.#experiment, filter)) {
      if (entry.bytes !== undefined && !this.#live.has(entry.pos)) between.push(entry);
    }
    const [first] = between;
    if (first?.pos !== posFrom || between.at(-1)?.pos !== posTo) return undefined;
    const candidates = [between, between.filter(({ node }) => node === first.node)];
    const found = candidates.find(
      (chunks) => chunks.reduce((sum, chunk) => sum + this.#rowsBefore(chunk), 0) === rows,
    );
    return found?.every(({ bytes }) => isChunk(bytes as Uint8Array)) ? found : undefined;
  }

  #rowsBefore({ pos, rows }: LogEntry): number {
    return rows + (this.#erased.get(pos) ?? 0);
  }
}
