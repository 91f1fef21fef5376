import type { NewEntry } from '../tracking/log-entry.js';
import type { NewPrediction, PredictionFilter } from '../tracking/prediction.js';
import type { Pruned } from '../tracking/retention.js';
import type { Rewrite } from '../tracking/rewrite.js';
import type { TrackingStore } from '../tracking/store.js';
import type { Fold, PartFilter } from '../tracking/window-part.js';
import {
  chunk,
  chunks,
  collect,
  commit,
  entry,
  errorCodeOf,
  pairFold,
  positions,
  STRANGE_NAMES,
  upTo,
  window,
} from './samples.js';
import type { Bench, Suite } from './suite.js';

/** The cases on parts, predictions, pruning, erasure and migration. */
export function upkeepCases({ name, describe, promise, expect }: Suite): void {
  describe(`${name}: parts`, () => {
    const told = async (store: TrackingStore, filter?: PartFilter, options?: { limit?: number }) =>
      (await collect(store.parts('e', filter, options)))
        // The order of keys is the store's own.
        .sort((left, right) => Number(left.key > right.key) - Number(left.key < right.key))
        .map(
          (part) =>
            `${part.key} ${part.level}:${part.posFrom}-${part.posTo}=${part.rows} after ${part.cutBefore}`,
        );

    promise(
      'lists what stands, by key and position, with the cut before each',
      async ({ store }) => {
        await store.append('e', [...chunks(5), chunk(9, 9, { key: 'a' })]);
        await store.commitWindow(commit({ next: { seq: 0, cursor: 3, captured: -1 } }));
        await store.fold(pairFold(1, 2));
        expect(await told(store)).toEqual([
          'a 0:6-6=9 after 0',
          'm 1:1-2=3 after 0',
          'm 0:3-3=3 after 0',
          'm 0:4-4=4 after 3',
          'm 0:5-5=5 after 3',
        ]);
        expect((await collect(store.parts('never written'))).length).toBe(0);
      },
    );

    promise(
      'narrows by key, level, place and age, and gives bytes where asked',
      async ({ store, advance }) => {
        await store.append('e', [...chunks(3), chunk(9, 9, { key: 'a', dt: 999_990 })]);
        await store.fold(pairFold(1, 2));
        expect(await told(store, { keys: ['a', 'zzz'] })).toEqual(['a 0:4-4=9 after 0']);
        expect(await told(store, { levels: [1, 2] })).toEqual(['m 1:1-2=3 after 0']);
        expect(await told(store, { after: 1 })).toEqual(['a 0:4-4=9 after 0', 'm 0:3-3=3 after 0']);
        expect(await told(store, { upTo: 2 })).toEqual(['m 1:1-2=3 after 0']);
        expect(await told(store, { keys: [] })).toEqual([]);
        expect(await told(store, { levels: [] })).toEqual([]);
        expect((await told(store, {}, { limit: 1 })).length).toBe(1);
        expect(await told(store, { keys: ['m'] }, { limit: 1 })).toEqual(['m 1:1-2=3 after 0']);
        expect(await told(store, { keys: ['a'], olderThanMs: 10 })).toEqual([]);
        advance(1);
        expect(await told(store, { keys: ['a'], olderThanMs: 10 })).toEqual(['a 0:4-4=9 after 0']);
        const bytes = (await collect(store.parts('e', {}, { withBytes: true }))).map((part) =>
          part.bytes?.join(),
        );
        expect(bytes.sort()).toEqual(['12', '2', '9']);
        expect((await collect(store.parts('e'))).some((part) => 'bytes' in part)).toBe(false);
      },
    );
  });

  describe(`${name}: predictions`, () => {
    const prediction = (
      id: string,
      offset = 0,
      fields: Partial<NewPrediction> = {},
    ): NewPrediction => ({
      id,
      offset,
      value: [{ y: offset }],
      dt: 1_000,
      ...fields,
    });
    const runsOf = async (store: TrackingStore, filter?: PredictionFilter): Promise<number[]> =>
      (await collect(store.predictions('e', filter))).map(({ run }) => run);

    promise(
      'are found by id, by model and by run, and are no part of the log',
      async ({ store }) => {
        const own = {
          predictions: [prediction('a'), prediction('b', 1, { version: 'v"2\0', value: 'x\0' })],
        };
        await store.append('e', [
          entry(),
          chunk(2, 1, own),
          chunk(3, 2, { key: 'n', predictions: [prediction('a', 2)] }),
        ]);
        expect(await collect(store.predictions('e', { ids: ['b'] }))).toEqual([
          { key: 'm', id: 'b', run: 3, value: 'x\0', dt: 1_000, version: 'v"2\0' },
        ]);
        expect(await runsOf(store)).toEqual([2, 3, 6]);
        expect(await runsOf(store, { ids: ['a', 'a', 'zzz'] })).toEqual([2, 6]);
        expect(await runsOf(store, { ids: ['a'], keys: ['n'] })).toEqual([6]);
        expect(await runsOf(store, { runFrom: 3, runTo: 5 })).toEqual([3]);
        expect(await runsOf(store, { ids: [] })).toEqual([]);
        expect(await runsOf(store, { keys: [] })).toEqual([]);
        const [, logged] = await collect(store.query('e'));
        expect(logged !== undefined && 'predictions' in logged).toBe(false);
        expect(await collect(store.predictions('never written'))).toEqual([]);
      },
    );

    promise(
      'with any id, many of them, and the later one where a run has the same id twice',
      async ({ store }) => {
        const strange = STRANGE_NAMES.map((id, offset) => prediction(id, offset));
        const many = upTo(1_500).map((offset) => prediction(`id ${offset}`, offset - 1));
        await store.append('e', [
          chunk(1, 1, { runs: 40, predictions: strange }),
          chunk(1, 1, { runs: 1_500, predictions: many }),
        ]);
        for (const id of STRANGE_NAMES) {
          expect(
            (await collect(store.predictions('e', { ids: [id] }))).map((found) => found.id),
          ).toEqual([id]);
        }
        expect((await runsOf(store, { keys: ['m'] })).length).toBe(1_500 + STRANGE_NAMES.length);
        await store.append('e', [
          entry({ run: 1, predictions: [prediction('id 1'), prediction('twice')] }),
        ]);
        await store.append('e', [
          entry({ run: 1, predictions: [prediction('twice', 0, { value: 'late' })] }),
        ]);
        expect(
          (await collect(store.predictions('e', { ids: ['twice'] }))).map(({ value }) => value),
        ).toEqual(['late']);
        expect(await runsOf(store, { ids: ['id 1'] })).toEqual([1, 41]);
      },
    );

    promise('that make no sense spoil their batch', async ({ store }) => {
      const wrong = [
        prediction('a', 2),
        prediction('a', -1),
        prediction(5 as unknown as string),
        { ...prediction('a'), dt: Number.NaN },
      ];
      for (const one of wrong) {
        expect(await errorCodeOf(store.append('e', [chunk(2, 1, { predictions: [one] })]))).toBe(
          'ERR_LEEWAY_OPTION',
        );
      }
      expect(await store.head('e')).toEqual({ pos: 0, run: 0 });
    });
  });

  describe(`${name}: pruning`, () => {
    const gone = (fields: Partial<Pruned>): Pruned => ({
      chunks: 0,
      rows: 0,
      folds: 0,
      predictions: 0,
      ...fields,
    });
    const aged = (age: number, rows: number, fields: Partial<NewEntry> = {}): NewEntry =>
      chunk(rows, rows, { dt: 1_000_000 - age, dtEnd: 1_000_000 - age, ...fields });

    /** Past the time that replaced parts are kept for readers. */
    async function foldAndWait({ store, advance }: Bench, ...pairs: Fold[]): Promise<void> {
      for (const pair of pairs) expect(await store.fold(pair)).toBe(true);
      advance(3_600_000);
    }

    promise(
      'takes chunks that are folded and old, and leaves windows, runs and all else as they are',
      async (b) => {
        const { store } = b;
        await store.append('e', [
          aged(9_000, 1),
          aged(9_000, 2),
          aged(9_000, 3),
          aged(100, 4),
          aged(100, 5),
          entry({ dt: 1 }),
        ]);
        await foldAndWait(b, pairFold(1, 2), pairFold(4, 5));
        const rowsMs = 3_600_000 + 5_000;
        expect(await store.prune('e', { rowsMs })).toEqual(gone({ chunks: 2, rows: 3 }));
        expect(await positions(store)).toEqual([3, 4, 5, 6]);
        expect(await store.windowRows('e', 'm', 0, 6)).toBe(15);
        expect((await window(store, 0, 6)).length).toBe(3);
        expect(await store.append('e', [entry()])).toEqual([{ pos: 7, run: 17 }]);
        expect(await store.prune('e', { rowsMs })).toEqual(gone({}));
      },
    );

    promise('takes chunks beyond so many rows of a model, the oldest first', async (b) => {
      const { store } = b;
      await store.append('e', [
        aged(5, 1),
        aged(5, 2),
        aged(5, 3),
        aged(5, 4),
        aged(5, 7, { key: 'n' }),
      ]);
      await foldAndWait(b, pairFold(1, 2), pairFold(3, 4));
      expect(await store.prune('e', { maxRows: 7 })).toEqual(gone({ chunks: 2, rows: 3 }));
      expect(await positions(store)).toEqual([3, 4, 5]);
      expect(await store.prune('e', { maxRows: 0 })).toEqual(gone({ chunks: 2, rows: 7 }));
      expect(await positions(store)).toEqual([5]);
      expect(await store.windowRows('e', 'm', 0, 9)).toBe(10);
    });

    promise('takes folds that are old and that no open window needs', async (b) => {
      const { store } = b;
      await store.append('e', [
        aged(9_000, 1),
        aged(9_000, 2),
        aged(9_000, 3),
        aged(9_000, 4),
        aged(9, 5),
        aged(9, 6),
      ]);
      await store.commitWindow(commit({ next: { seq: 0, cursor: 2, captured: 0 } }));
      await store.commitWindow(
        commit({ monitor: 'other', next: { seq: 0, cursor: 6, captured: 0 } }),
      );
      await foldAndWait(b, pairFold(1, 2), pairFold(3, 4), pairFold(5, 6));
      const profilesMs = 3_600_000 + 5_000;
      expect(await store.prune('e', { profilesMs })).toEqual(gone({ folds: 1 }));
      expect(await window(store, 2, 6)).toEqual(['1:3-4=7#34', '1:5-6=11#56']);
      await store.commitWindow(
        commit({ expectedVersion: 1, next: { seq: 1, cursor: 4, captured: 0 } }),
      );
      expect(await store.prune('e', { profilesMs })).toEqual(gone({ folds: 1 }));
    });

    promise('takes old predictions', async ({ store }) => {
      const old = (id: string, dt: number, offset: number): NewPrediction => ({
        id,
        offset,
        value: 1,
        dt,
      });
      const predictions = [old('a', 990_000, 0), old('b', 999_999, 1), old('c', 990_000, 2)];
      await store.append('e', [chunk(3, 1, { predictions })]);
      expect(await store.prune('e', { predictionsMs: 5_000 })).toEqual(gone({ predictions: 2 }));
      expect((await collect(store.predictions('e'))).map(({ id }) => id)).toEqual(['b']);
    });

    promise('of nothing, of everything kept, and of other experiments takes nothing', async (b) => {
      const { store } = b;
      await store.append('e', [aged(9_000, 1), aged(9_000, 2)]);
      await foldAndWait(b, pairFold(1, 2));
      expect(await store.prune('never written', { rowsMs: 0 })).toEqual(gone({}));
      expect(
        await store.prune('other', { rowsMs: 0, maxRows: 0, profilesMs: 0, predictionsMs: 0 }),
      ).toEqual(gone({}));
      expect(await store.prune('e', {})).toEqual(gone({}));
      expect(await positions(store)).toEqual([1, 2]);
      for (const wrong of [{ rowsMs: -1 }, { maxRows: 0.5 }, { profilesMs: Number.NaN }]) {
        expect(await errorCodeOf(store.prune('e', wrong))).toBe('ERR_LEEWAY_OPTION');
      }
    });

    promise('works beside writers and readers, in many steps', async (b) => {
      const { store } = b;
      await store.append(
        'e',
        upTo(400).map((pos) => aged(9_000, 1, { step: pos })),
      );
      const pairs = upTo(200).map((pair) => pairFold(2 * pair - 1, 2 * pair));
      await foldAndWait(b, ...pairs);
      const [pruned] = await Promise.all([
        store.prune('e', { rowsMs: 3_600_000 }),
        ...upTo(20).map(() => store.append('e', [entry()])),
        window(store, 0, 400),
      ]);
      expect(pruned).toEqual(gone({ chunks: 400, rows: 400 }));
      expect((await positions(store)).length).toBe(20);
      expect(await store.windowRows('e', 'm', 0, 400)).toBe(400);
    });
  });

  describe(`${name}: erasure`, () => {
    const nothing = { experiment: 'e', entries: [], folds: [], predictions: {}, log: [] };
    const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

    promise(
      'replaces bytes, rows and values of entries, and the part follows',
      async ({ store }) => {
        await store.append('e', [
          chunk(3, 7, { value: 'a' }),
          entry({ value: 'secret' }),
          chunk(2, 8),
        ]);
        const entries = [
          { pos: 1, before: bytes(7), bytes: bytes(70), rows: 1 },
          { pos: 2, value: null },
        ];
        const predictions = { ids: ['gone'] };
        expect(
          await store.rewrite({
            ...nothing,
            entries,
            predictions,
            log: [entry({ key: 'erasure' })],
          }),
        ).toBe(true);
        const all = await collect(store.query('e'));
        expect(all.map(({ rows, value, bytes: own }) => [rows, value, own?.join()])).toEqual([
          [1, 'a', '70'],
          [0, null, undefined],
          [2, null, '8'],
          [0, null, undefined],
        ]);
        expect([all[0]?.runs, all[3]?.key]).toEqual([3, 'erasure']);
        expect(await window(store, 0, 9)).toEqual(['0:1-1=1#70', '0:3-3=2#8']);
        expect(await store.windowRows('e', 'm', 0, 9)).toBe(3);
      },
    );

    promise('replaces folds', async ({ store }) => {
      await store.append('e', chunks(4));
      await store.fold(pairFold(1, 2));
      const folds = [
        { key: 'm', level: 1, posFrom: 1, before: bytes(12), bytes: bytes(99), rows: 2 },
      ];
      expect(await store.rewrite({ ...nothing, folds })).toBe(true);
      expect(await window(store, 0, 4)).toEqual(['1:1-2=2#99', '0:3-3=3#2', '0:4-4=4#3']);
    });

    promise('scrubs what was replaced, also where nothing was', async ({ store, stores }) => {
      await store.append('e', chunks(2));
      await Promise.all(stores.map((each) => each.head('e')));
      expect(await store.scrub()).toBe(true);
      await store.rewrite({ ...nothing, entries: [{ pos: 1, before: bytes(0), bytes: bytes(7) }] });
      expect(await store.scrub()).toBe(true);
      expect(await window(store, 0, 9)).toEqual(['0:1-1=1#7', '0:2-2=2#1']);
    });

    promise('removes predictions by id and by run', async ({ store }) => {
      const predictions = ['a', 'b', 'c', 'd'].map((id, offset) => ({
        id,
        offset,
        value: 1,
        dt: 1,
      }));
      await store.append('e', [chunk(4, 1, { predictions })]);
      expect(
        await store.rewrite({ ...nothing, predictions: { ids: ['a', 'zzz'], runs: [3] } }),
      ).toBe(true);
      expect((await collect(store.predictions('e'))).map(({ id }) => id)).toEqual(['b', 'd']);
    });

    promise('of what is gone, or has other bytes, changes nothing at all', async ({ store }) => {
      const predictions = [{ id: 'a', offset: 0, value: 1, dt: 1 }];
      await store.append('e', [...chunks(3), chunk(1, 9, { predictions })]);
      await store.fold(pairFold(1, 2));
      const good = { pos: 3, before: bytes(2), bytes: bytes(99) };
      const goodFold = { key: 'm', level: 1, posFrom: 1, before: bytes(12), bytes: bytes(99) };
      const wrong: Partial<Rewrite>[] = [
        { entries: [good, { pos: 99, before: bytes(1), bytes: bytes(1) }] },
        { entries: [good, { pos: 4, before: bytes(8), bytes: bytes(1) }] },
        { entries: [good, { pos: 4, value: 1 }] },
        { entries: [good], folds: [goodFold, { ...goodFold, posFrom: 3 }] },
        { entries: [good], folds: [{ ...goodFold, level: 2 }] },
        { entries: [good], folds: [{ ...goodFold, before: bytes(13) }] },
      ];
      for (const fields of wrong) {
        const rewrite = { ...nothing, predictions: { ids: ['a'] }, log: [entry()], ...fields };
        expect(await store.rewrite(rewrite)).toBe(false);
      }
      expect(await window(store, 0, 4)).toEqual(['1:1-2=3#12', '0:3-3=3#2', '0:4-4=1#9']);
      expect((await collect(store.predictions('e'))).length).toBe(1);
      expect((await store.head('e')).pos).toBe(4);
    });
  });

  describe(`${name}: migration`, () => {
    promise('tells the layout, which is this version`s', async ({ store }) => {
      const { to, minWriter } = await store.migrate();
      expect(minWriter <= to).toBe(true);
      const again = await store.migrate();
      expect(again.to).toBe(to);
    });
  });
}
