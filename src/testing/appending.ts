import type { NewEntry } from '../tracking/log-entry.js';
import type { TrackingStore } from '../tracking/store.js';
import { collect, entry, errorCodeOf, positions, upTo } from './samples.js';
import type { Suite } from './suite.js';

/** The cases on appending: order, runs, atomic batches. */
export function appendingCases({ name, describe, promise, expect }: Suite): void {
  describe(`${name}: appending`, () => {
    promise('an untouched experiment has head 0, 0 and nothing in it', async ({ store }) => {
      expect(await store.head('e')).toEqual({ pos: 0, run: 0 });
      expect(await positions(store)).toEqual([]);
      expect(await store.experiments()).toEqual([]);
    });

    promise(
      'gives positions and runs in the order of the batch, and a chunk as many runs as it covers',
      async (b) => {
        expect(await b.store.append('e', [entry(), entry({ runs: 5 }), entry()])).toEqual([
          { pos: 1, run: 1 },
          { pos: 2, run: 2 },
          { pos: 3, run: 7 },
        ]);
        expect(await b.store.append('e', [entry()])).toEqual([{ pos: 4, run: 8 }]);
        expect(await b.store.head('e')).toEqual({ pos: 4, run: 8 });
      },
    );

    promise('an entry with its own run takes no number', async ({ store }) => {
      await store.append('e', [entry({ runs: 3 })]);
      expect(await store.append('e', [entry({ run: 2 }), entry(), entry({ run: 4 })])).toEqual([
        { pos: 2, run: 2 },
        { pos: 3, run: 4 },
        { pos: 4, run: 4 },
      ]);
      expect(await store.head('e')).toEqual({ pos: 4, run: 4 });
    });

    promise(
      'refuses a run that the store has not given out, and the whole batch with it',
      async ({ store }) => {
        await store.append('e', [entry()]);
        expect(await errorCodeOf(store.append('e', [entry(), entry({ run: 9 })]))).toBe(
          'ERR_LEEWAY_OPTION',
        );
        expect(await errorCodeOf(store.append('e', [entry({ run: 1, runs: 2 })]))).toBe(
          'ERR_LEEWAY_OPTION',
        );
        expect(await store.head('e')).toEqual({ pos: 1, run: 1 });
        expect(await positions(store)).toEqual([1]);
      },
    );

    promise('refuses a batch with a wrong entry as a whole', async ({ store }) => {
      const wrong: Partial<Record<keyof NewEntry, unknown>>[] = [
        { event: 'nonsense' },
        { key: 1 },
        { node: undefined },
        { dt: Number.NaN },
        { dtEnd: Number.POSITIVE_INFINITY },
        { run: 0 },
        { runs: 0 },
        { rows: -1 },
        { step: Number.NaN },
        { value: undefined },
        { bytes: 'text' },
      ];
      for (const fields of wrong) {
        const batch = [entry(), { ...entry(), ...fields } as NewEntry];
        expect([Object.keys(fields)[0], await errorCodeOf(store.append('e', batch))]).toEqual([
          Object.keys(fields)[0],
          'ERR_LEEWAY_OPTION',
        ]);
      }
      expect(await store.head('e')).toEqual({ pos: 0, run: 0 });
    });

    promise('an empty batch changes nothing', async ({ store }) => {
      expect(await store.append('e', [])).toEqual([]);
      expect(await store.head('e')).toEqual({ pos: 0, run: 0 });
      expect(await store.experiments()).toEqual([]);
    });

    promise(
      'keeps a batch together, and runs and positions unique and gapless, with many writers',
      async (b) => {
        const batches = Array.from({ length: 40 }, (_, index) => {
          const writer = b.stores[index % b.stores.length] as TrackingStore;
          return writer.append('e', [
            entry({ step: index }),
            entry({ step: index, runs: 3 }),
            entry({ step: index }),
          ]);
        });
        const placed = await Promise.all(batches);
        for (const batch of placed) {
          const [first, second, third] = batch.map(({ pos }) => pos);
          expect([second, third]).toEqual([Number(first) + 1, Number(first) + 2]);
        }
        const all = await collect(b.store.query('e'));
        expect(all.map(({ pos }) => pos)).toEqual(upTo(120));
        expect(
          all.flatMap(({ run, runs }) => Array.from({ length: runs }, (_, index) => run + index)),
        ).toEqual(upTo(200));
        expect(await b.store.head('e')).toEqual({ pos: 120, run: 200 });
      },
    );

    promise('counts each experiment by itself', async ({ store }) => {
      await store.append('a', [entry(), entry()]);
      expect(await store.append('b', [entry()])).toEqual([{ pos: 1, run: 1 }]);
      expect((await collect(store.query('b'))).map(({ experiment }) => experiment)).toEqual(['b']);
    });

    promise('takes a batch of 1,500 entries', async ({ store }) => {
      await store.append(
        'e',
        Array.from({ length: 1_500 }, (_, step) => entry({ step })),
      );
      expect((await collect(store.query('e'))).map(({ step }) => step)).toEqual(
        upTo(1_500).map((pos) => pos - 1),
      );
    });
  });
}
