import type { NewEntry } from '../tracking/log-entry.js';
import type { Restored, RestoredEntry, StoredMonitor } from '../tracking/restored.js';
import type { TrackingStore } from '../tracking/store.js';
import {
  at,
  chunk,
  collect,
  commit,
  entry,
  errorCodeOf,
  fold,
  positions,
  STRANGE_NAMES,
  window,
} from './samples.js';
import type { Suite } from './suite.js';

const placed = (
  pos: number,
  run: number,
  fields: Partial<NewEntry> & { folded?: boolean } = {},
): RestoredEntry => {
  const made = chunk(2, pos, fields);
  return { ...made, pos, run, runs: 2, rows: 2, dtEnd: made.dt };
};

const foldOf = (posFrom: number, posTo: number, rows: number, mark: number) => {
  return {
    key: 'm',
    level: 2,
    posFrom,
    posTo,
    rows,
    dt: 1,
    dtEnd: 2,
    bytes: new Uint8Array([mark]),
  };
};

const monitorAt = (cursor: number, fields: Partial<StoredMonitor> = {}): StoredMonitor => {
  return {
    monitor: 'mon',
    key: 'm',
    version: 3,
    seq: 7,
    cursor,
    captured: 6,
    tick: 1.5e12,
    ...fields,
  };
};

/** The cases on a log that comes from another store. */
export function restoringCases({ name, describe, promise, expect }: Suite): void {
  const restore = (store: TrackingStore, restored: Restored) => store.restore('e', restored);

  describe(`${name}: restoring`, () => {
    promise(
      'writes entries at their places, gaps and all, and goes on after the end',
      async ({ store }) => {
        const predictions = [{ id: 'a', offset: 1, value: 1, dt: 1 }];
        await restore(store, {
          entries: [placed(3, 5, { predictions }), placed(4, 2)],
          head: { pos: 4, run: 9 },
        });
        await restore(store, { entries: [placed(7, 10)], head: { pos: 9, run: 20 } });
        expect((await collect(store.query('e'))).map(({ pos, run }) => [pos, run])).toEqual([
          [3, 5],
          [4, 2],
          [7, 10],
        ]);
        expect(await window(store, 0, 9)).toEqual(['0:3-3=2#3', '0:4-4=2#4', '0:7-7=2#7']);
        expect((await collect(store.predictions('e'))).map(({ run }) => run)).toEqual([6]);
        expect(await store.append('e', [entry()])).toEqual([{ pos: 10, run: 21 }]);
      },
    );

    promise(
      'writes folds; chunks that are folded are in the log only, and go with it',
      async (b) => {
        const { store } = b;
        const folds = [foldOf(6, 8, 9, 68), foldOf(1, 3, 6, 13)];
        await restore(store, { folds, head: { pos: 0, run: 0 } });
        const entries = [
          placed(2, 3, { folded: true, dt: -1e9 }),
          placed(4, 5),
          placed(6, 9, { folded: true }),
        ];
        await restore(store, { entries, head: { pos: 8, run: 20 } });
        expect(await window(store, 0, 8)).toEqual(['2:1-3=6#13', '0:4-4=2#4', '2:6-8=9#68']);
        expect(await store.windowRows('e', 'm', 0, 8)).toBe(17);
        expect(await positions(store)).toEqual([2, 4, 6]);
        expect(await store.fold(fold(3, at('2:1 0:4 2:6'), 99))).toBe(true);
        b.advance(1_000_000);
        expect((await store.prune('e', { rowsMs: 1e8 })).chunks).toBe(1);
        expect(await positions(store)).toEqual([4, 6]);
        expect(await window(store, 0, 8)).toEqual(['3:1-8=17#99']);
      },
    );

    promise('writes monitors, which go on where they stood', async ({ store }) => {
      const monitors = [monitorAt(4), monitorAt(2, { monitor: 'an"other\0', key: 'k' })];
      const deliveries = ['d2', 'd1'].map((id, attempts) => ({
        monitor: 'mon',
        id,
        payload: { id },
        attempts,
      }));
      await restore(store, {
        entries: [placed(4, 1), placed(5, 3)],
        monitors,
        deliveries,
        head: { pos: 5, run: 9 },
      });
      expect(await store.monitors('e')).toEqual([monitors[1], monitors[0]]);
      const { monitor: _, key: __, ...head } = monitors[0] as StoredMonitor;
      expect(await store.monitorHead('e', 'mon')).toEqual(head);
      expect(await store.pendingDeliveries('e', 9)).toEqual(
        deliveries.map((delivery) => ({ experiment: 'e', ...delivery })),
      );
      // Its cut holds, its tick counts, and its next version follows.
      expect(await store.fold(fold(1, at('0:4 0:5'), 1))).toBe(false);
      const next = { seq: 8, cursor: 5, captured: 8 };
      expect(await store.commitWindow(commit({ expectedVersion: 3, tick: 1.5e12, next }))).toBe(
        undefined,
      );
      expect(
        (await store.commitWindow(commit({ expectedVersion: 3, tick: 1.6e12, next })))?.version,
      ).toBe(4);
      expect(await store.monitors('other')).toEqual([]);
    });

    promise('writes cuts, which no fold may cross', async ({ store }) => {
      const entries = [placed(1, 1), placed(2, 3), placed(3, 5)];
      await restore(store, { entries, cuts: [{ key: 'm', pos: 2 }], head: { pos: 3, run: 6 } });
      expect((await collect(store.parts('e'))).map(({ cutBefore }) => cutBefore)).toEqual([
        0, 0, 2,
      ]);
      expect(await store.fold(fold(1, at('0:2 0:3'), 1))).toBe(false);
      expect(await store.fold(fold(1, at('0:1 0:2'), 1))).toBe(true);
    });

    promise('takes any name', async ({ store }) => {
      for (const strange of STRANGE_NAMES) {
        const monitors = [monitorAt(1, { monitor: strange, key: strange })];
        const folds = [{ ...foldOf(1, 1, 2, 1), key: strange }];
        const deliveries = [{ monitor: strange, id: strange, payload: strange, attempts: 1 }];
        await store.restore(strange, { folds, monitors, deliveries, head: { pos: 1, run: 1 } });
        expect(await store.monitors(strange)).toEqual(monitors);
        expect(await store.windowRows(strange, strange, 0, 1)).toBe(2);
        expect(await store.pendingDeliveries(strange, 9)).toEqual([
          { experiment: strange, ...deliveries[0] },
        ]);
      }
    });

    promise('writes over nothing, and nothing at all where a part is wrong', async ({ store }) => {
      await store.append('e', [entry(), entry()]);
      const head = { pos: 5, run: 5 };
      expect(await errorCodeOf(restore(store, { entries: [placed(2, 1)], head }))).toBe(
        'ERR_LEEWAY_CONFLICT',
      );
      expect(await errorCodeOf(restore(store, { folds: [foldOf(2, 3, 1, 1)], head }))).toBe(
        'ERR_LEEWAY_CONFLICT',
      );
      await store.commitWindow(
        commit({ experiment: 'f', deliveries: [{ id: 'taken', payload: 1 }] }),
      );
      const wrong: Partial<Restored>[] = [
        { entries: [placed(9, 1)] },
        { entries: [placed(3, 5)] },
        { entries: [placed(4, 1), placed(3, 1)] },
        { folds: [foldOf(4, 3, 1, 1)] },
        { folds: [{ ...foldOf(3, 4, 1, 1), level: 0 }] },
        { folds: [{ ...foldOf(3, 4, 1, 1), dt: Number.NaN }] },
        { folds: [{ ...foldOf(3, 4, 1, 1), bytes: 'x' as never }] },
        { cuts: [{ key: 'm', pos: -1 }] },
        { monitors: [monitorAt(6)] },
        { monitors: [monitorAt(5, { version: 0 })] },
        { monitors: [monitorAt(5, { tick: Number.NaN })] },
        { deliveries: [{ monitor: 'm', id: 'x', payload: 1, attempts: -1 }] },
        { deliveries: [{ monitor: 'm', id: 'taken', payload: 1, attempts: 0 }] },
      ];
      for (const fields of wrong) {
        const restored = { entries: [placed(3, 1)], ...fields, head };
        expect(await errorCodeOf(restore(store, restored))).toBe('ERR_LEEWAY_OPTION');
      }
      expect(await store.head('e')).toEqual({ pos: 2, run: 2 });
      expect(await collect(store.parts('e'))).toEqual([]);
    });
  });
}
