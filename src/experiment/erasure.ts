import { yieldToEventLoop } from '../leaves/async.js';
import { LeewayError } from '../leaves/errors.js';
import type { EventKind } from '../tracking/event.js';
import type { LogEntry, NewEntry } from '../tracking/log-entry.js';
import type { TrackingStore } from '../tracking/store.js';
import type { ReadPart } from '../tracking/upkeep.js';
import type { LivePart } from '../tracking/window-part.js';
import type { Erased, ErasureQuery } from './erasure-query.js';
import { RowsOfFolds } from './kept-rows.js';
import { type Change, RowEraser } from './row-eraser.js';

const MAX_ATTEMPTS = 20;
/**
 * Takes calls or rows out of an experiment: out of the chunks that hold rows, the answers kept for late labels, labels that were
 * logged, and the samples of rows in profiles. The runs stay, without rows. What was done is logged, without the value.
 *
 * Profiles of windows are made anew from the rows that are left, where these are still kept; where not, and in snapshots, only the samples of
 * whole rows are emptied, and how many profiles may go on holding single values of single columns is told. Columns that identify people
 * should never get there; `redact` is for that.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where nothing, or both, is asked for; `ERR_LEEWAY_CONFLICT` where the log changed under
 *   it again and again.
 */
export async function erase(
  store: TrackingStore,
  experiment: string,
  query: ErasureQuery,
  entryOf: (event: 'system', key: string, value: NewEntry['value']) => NewEntry,
): Promise<Erased> {
  const eraser = new RowEraser(query);
  const apply = async (make: () => Promise<Change | undefined>): Promise<void> => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const change = await make();
      if (change === undefined) return;
      const { entries = [], folds = [] } = change;
      if (await store.rewrite({ experiment, entries, folds, predictions: {}, log: [] })) {
        eraser.count(change);
        return;
      }
    }
    throw new LeewayError(
      'ERR_LEEWAY_CONFLICT',
      'the log was changed repeatedly while it was erased; erase again',
    );
  };
  const each = async (
    events: readonly EventKind[],
    visit: (pos: number) => Promise<void>,
  ): Promise<void> => {
    for await (const { pos } of store.query(experiment, { events }, { withBytes: false })) {
      await visit(pos);
      await yieldToEventLoop();
    }
  };
  const folds = new FoldPass(store, experiment, eraser, apply);
  // Chunks tell what the rows of a call were, by which samples find them. So they are looked at first and rewritten last: where this is
  // interrupted, it can be done again.
  await each(['predict', 'fit'], async (pos) => eraser.look(await entryAt(store, experiment, pos)));
  await each(['snapshot', 'system'], (pos) =>
    apply(async () => eraser.rewriteSnapshot(await entryAt(store, experiment, pos))),
  );
  await folds.run();
  await each(['predict', 'fit', 'actual'], (pos) =>
    apply(async () => eraser.rewriteEntry(await entryAt(store, experiment, pos))),
  );
  // What was folded meanwhile may hold rows that were still there.
  await folds.run();
  const log = [entryOf('system', 'erasure', { ...eraser.said, ...eraser.erased })];
  const predictions = { ids: eraser.ids, runs: eraser.runs };
  await store.rewrite({ experiment, entries: [], folds: [], predictions, log });
  return { ...eraser.erased, scrubbed: await store.scrub() };
}

type Apply = (make: () => Promise<Change | undefined>) => Promise<void>;

/** Takes rows out of all folds that were not seen before. */
class FoldPass {
  readonly #store: TrackingStore;
  readonly #experiment: string;
  readonly #eraser: RowEraser;
  readonly #apply: Apply;
  readonly #seen = new Set<string>();

  constructor(store: TrackingStore, experiment: string, eraser: RowEraser, apply: Apply) {
    this.#store = store;
    this.#experiment = experiment;
    this.#eraser = eraser;
    this.#apply = apply;
  }

  async run(): Promise<void> {
    // What is folded on meanwhile stands in a fold that isn't on the list: then there is another list.
    for (let pass = 0, whole = false; !whole && pass < MAX_ATTEMPTS; pass += 1) {
      whole = true;
      const { folds, kept } = await this.#list();
      for (const fold of folds) {
        const name = JSON.stringify([fold.key, fold.level, fold.posFrom]);
        if (this.#seen.has(name)) continue;
        this.#seen.add(name);
        await this.#apply(async () => {
          const part = await partAt(this.#store, this.#experiment, fold);
          if (part === undefined) whole = false;
          return part === undefined
            ? undefined
            : this.#eraser.rewriteFold(part, await kept.of(part));
        });
        await yieldToEventLoop();
      }
    }
  }

  async #list() {
    const folds: LivePart[] = [];
    const live = new Set<number>();
    for await (const part of this.#store.parts(this.#experiment)) {
      if (part.level > 0) folds.push(part);
      else live.add(part.posFrom);
    }
    const { erasedAt: erased } = this.#eraser;
    return { folds, kept: new RowsOfFolds(this.#store, this.#experiment, { live, erased }) };
  }
}

async function partAt(
  store: TrackingStore,
  experiment: string,
  part: LivePart,
): Promise<ReadPart | undefined> {
  const { key, level, posFrom, posTo } = part;
  const filter = { keys: [key], levels: [level], after: posFrom - 1, upTo: posTo };
  for await (const found of store.parts(experiment, filter, { withBytes: true })) {
    if (found.posFrom === posFrom && found.bytes !== undefined)
      return { ...found, bytes: found.bytes };
  }
  return undefined;
}

async function entryAt(
  store: TrackingStore,
  experiment: string,
  pos: number,
): Promise<LogEntry | undefined> {
  for await (const entry of store.query(experiment, { after: pos - 1, upTo: pos })) return entry;
  return undefined;
}
