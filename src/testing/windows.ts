import type { TrackingStore } from '../tracking/store.js';
import {
  at,
  chunk,
  chunks,
  collect,
  commit,
  entry,
  errorCodeOf,
  fold,
  upTo,
  window,
} from './samples.js';
import type { Suite } from './suite.js';

/** The cases on windows and folds. */
export function windowsCases({ name, describe, promise, expect }: Suite): void {
  describe(`${name}: windows and folds`, () => {
    promise(
      'a window is its chunks of rows, open at the start and closed at the end',
      async ({ store }) => {
        await store.append('e', [
          ...chunks(3),
          chunk(9, 9, { key: 'other' }),
          entry({ key: 'm', rows: 4 }),
        ]);
        expect(await window(store, 0, 5)).toEqual(['0:1-1=1#0', '0:2-2=2#1', '0:3-3=3#2']);
        expect(await window(store, 1, 2)).toEqual(['0:2-2=2#1']);
        expect(await window(store, 3, 3)).toEqual([]);
        expect(await store.windowRows('e', 'm', 0, Number.POSITIVE_INFINITY)).toBe(6);
        expect(await store.windowRows('e', 'm', 1, 2)).toBe(2);
        expect(await store.windowRows('x', 'm', 0, 9)).toBe(0);
        const [part] = await collect(store.windowParts('e', 'm', 1, 2));
        expect([part?.dt, part?.dtEnd]).toEqual([10, 15]);
      },
    );

    promise('a fold stands for its parts, and a fold of folds for those', async ({ store }) => {
      await store.append('e', chunks(6));
      expect(await store.fold(fold(1, at('0:1 0:2'), 101))).toBe(true);
      expect(await store.fold(fold(1, at('0:3 0:4'), 102))).toBe(true);
      expect(await window(store, 0, 6)).toEqual([
        '1:1-2=3#101',
        '1:3-4=7#102',
        '0:5-5=5#4',
        '0:6-6=6#5',
      ]);
      expect(await store.fold(fold(2, at('1:1 1:3 0:5'), 103))).toBe(true);
      expect(await window(store, 0, 6)).toEqual(['2:1-5=15#103', '0:6-6=6#5']);
      expect(await store.windowRows('e', 'm', 0, 6)).toBe(21);
      const [part] = await collect(store.windowParts('e', 'm', 0, 5));
      expect([part?.dt, part?.dtEnd]).toEqual([0, 45]);
    });

    promise('folds of two writers may lie across each other', async ({ store }) => {
      await store.append('e', chunks(4));
      expect(await store.fold(fold(1, at('0:1 0:3'), 101))).toBe(true);
      expect(await store.fold(fold(1, at('0:2 0:4'), 102))).toBe(true);
      expect(await window(store, 0, 4)).toEqual(['1:1-3=4#101', '1:2-4=6#102']);
    });

    promise('refuses a fold of a part that is gone, and changes nothing', async ({ store }) => {
      await store.append('e', chunks(3));
      await store.fold(fold(1, at('0:1 0:2'), 101));
      const before = await window(store, 0, 3);
      expect(await store.fold(fold(1, at('0:2 0:3'), 102))).toBe(false);
      expect(await store.fold(fold(1, at('0:1 0:3'), 102))).toBe(false);
      expect(await store.fold(fold(1, at('0:99'), 102))).toBe(false);
      expect(await store.fold({ ...fold(1, at('0:3'), 102), key: 'other' })).toBe(false);
      expect(await store.fold({ ...fold(1, at('0:3'), 102), experiment: 'other' })).toBe(false);
      expect(await window(store, 0, 3)).toEqual(before);
    });

    promise('refuses a fold whose parts have another number of rows by now', async ({ store }) => {
      await store.append('e', chunks(4));
      const told = (rows: number, parts: string, level = 1) =>
        store.fold({ ...fold(level, at(parts), 9), rows });
      expect(await told(4, '0:1 0:2')).toBe(false);
      expect(await told(3, '0:1 0:2')).toBe(true);
      const entries = [
        { pos: 3, before: new Uint8Array([2]), bytes: new Uint8Array([5]), rows: 1 },
      ];
      await store.rewrite({ experiment: 'e', entries, folds: [], predictions: {}, log: [] });
      expect(await told(6, '1:1 0:3', 2)).toBe(false);
      expect(await told(4, '1:1 0:3', 2)).toBe(true);
      expect(await errorCodeOf(told(-1, '2:1 0:4', 3))).toBe('ERR_LEEWAY_OPTION');
      expect(await window(store, 0, 4)).toEqual(['2:1-3=4#9', '0:4-4=4#3']);
    });

    promise('refuses a fold that makes no sense', async ({ store }) => {
      await store.append('e', chunks(3));
      const wrong = [
        fold(1, [], 0),
        fold(1, at('0:2 0:1'), 0),
        fold(1, at('1:1'), 0),
        fold(0, at('0:1'), 0),
      ];
      for (const senseless of wrong)
        expect(await errorCodeOf(store.fold(senseless))).toBe('ERR_LEEWAY_OPTION');
    });

    promise('only one of many folds of the same parts wins', async ({ store, stores }) => {
      await store.append('e', chunks(2));
      const folds = upTo(10).map((mark) =>
        (stores[mark % stores.length] as TrackingStore).fold(fold(1, at('0:1 0:2'), mark)),
      );
      expect((await Promise.all(folds)).filter(Boolean).length).toBe(1);
      expect((await window(store, 0, 2)).length).toBe(1);
    });

    promise(
      'refuses a fold across a cut of its key, now or long ago; up to it, and beyond it, are fine',
      async (b) => {
        const { store } = b;
        await store.append('e', chunks(8));
        await store.commitWindow(commit({ next: { seq: 0, cursor: 3, captured: -1 } }));
        await store.commitWindow(
          commit({ expectedVersion: 1, next: { seq: 1, cursor: 6, captured: -1 } }),
        );
        await store.commitWindow(
          commit({ monitor: 'x', key: 'other', next: { seq: 0, cursor: 1, captured: -1 } }),
        );
        expect(await store.fold(fold(1, at('0:3 0:4'), 1))).toBe(false);
        expect(await store.fold(fold(1, at('0:2 0:5'), 1))).toBe(false);
        expect(await store.fold(fold(1, at('0:6 0:7'), 1))).toBe(false);
        expect(await store.fold(fold(1, at('0:1 0:3'), 1))).toBe(true);
        expect(await store.fold(fold(1, at('0:4 0:6'), 2))).toBe(true);
        expect(await window(store, 3, 6)).toEqual(['1:4-6=10#2', '0:5-5=5#4']);
      },
    );

    promise(
      'a window with an edge inside a fold is a conflict, not a wrong answer',
      async ({ store }) => {
        await store.append('e', chunks(4));
        await store.fold(fold(1, at('0:2 0:3'), 1));
        expect(await errorCodeOf(window(store, 0, 2))).toBe('ERR_LEEWAY_CONFLICT');
        expect(await errorCodeOf(window(store, 2, 4))).toBe('ERR_LEEWAY_CONFLICT');
        expect(await errorCodeOf(store.windowRows('e', 'm', 0, 2))).toBe('ERR_LEEWAY_CONFLICT');
        expect(await window(store, 1, 3)).toEqual(['1:2-3=5#1']);
      },
    );

    promise(
      'a reader under way covers each row once, whatever is folded meanwhile',
      async ({ store }) => {
        await store.append('e', chunks(40));
        await store.fold(fold(1, at('0:1 0:2'), 1));
        await store.fold(fold(1, at('0:30 0:31'), 2));
        let rows = 0;
        let read = 0;
        for await (const part of store.windowParts('e', 'm', 0, 40)) {
          rows += part.rows;
          read += 1;
          if (read !== 3) continue;
          expect(await store.fold(fold(1, at('0:32 0:33'), 3))).toBe(true);
          const rest = upTo(29).slice(2);
          const parts = [[1, 1], ...rest.map((pos) => [0, pos]), [1, 30], [1, 32]] as [
            number,
            number,
          ][];
          expect(await store.fold(fold(2, parts, 4))).toBe(true);
          expect(await store.fold(fold(1, at('0:36 0:37'), 5))).toBe(true);
        }
        expect(rows).toBe((40 * 41) / 2);
        expect(await store.windowRows('e', 'm', 0, 40)).toBe((40 * 41) / 2);
      },
    );

    promise('folded chunks stay in the log', async ({ store }) => {
      await store.append('e', chunks(2));
      await store.fold(fold(1, at('0:1 0:2'), 1));
      const back = await collect(store.query('e', { events: ['predict'] }));
      expect(back.map(({ bytes }) => bytes?.join())).toEqual(['0', '1']);
    });
  });
}
