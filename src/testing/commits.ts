import { defined } from '../leaves/defined.js';
import type { TrackingStore } from '../tracking/store.js';
import type { WindowCommit } from '../tracking/window-commit.js';
import { at, chunks, collect, commit, entry, errorCodeOf, fold, upTo } from './samples.js';
import type { Suite } from './suite.js';

/** The cases on commits of windows, and ticks. */
export function commitsCases({ name, describe, promise, expect }: Suite): void {
  describe(`${name}: commits`, () => {
    promise('a monitor never committed has the first head', async ({ store }) => {
      expect(await store.monitorHead('e', 'mon')).toEqual({
        version: 0,
        seq: -1,
        cursor: 0,
        captured: -1,
        tick: 0,
      });
    });

    promise(
      'writes entries, head and deliveries in one piece, and all entries share one new run',
      async ({ store }) => {
        await store.append('e', chunks(2));
        const entries = [
          entry({ event: 'snapshot', bytes: new Uint8Array([1]) }),
          entry({ run: 1 }),
          entry(),
        ];
        const deliveries = [
          { id: 'd1', payload: { a: 1 } },
          { id: 'd2', payload: null },
        ];
        const next = { seq: 0, cursor: 2, captured: 0 };
        expect(await store.commitWindow(commit({ next, entries, deliveries }))).toEqual({
          run: 4,
          version: 1,
        });
        expect((await collect(store.query('e', { after: 2 }))).map(({ run }) => run)).toEqual([
          4, 1, 4,
        ]);
        expect(await store.head('e')).toEqual({ pos: 5, run: 4 });
        expect(await store.monitorHead('e', 'mon')).toEqual({ version: 1, ...next, tick: 0 });
        expect(
          (await store.pendingDeliveries('e', 9)).map(({ id, payload }) => [id, payload]),
        ).toEqual([
          ['d1', { a: 1 }],
          ['d2', null],
        ]);
      },
    );

    promise('takes one run even without entries', async ({ store }) => {
      await store.append('e', [entry()]);
      expect(await store.commitWindow(commit())).toEqual({ run: 2, version: 1 });
      expect(await store.head('e')).toEqual({ pos: 1, run: 2 });
    });

    promise('somebody who saw an old head writes nothing', async ({ store }) => {
      await store.append('e', chunks(1));
      await store.commitWindow(commit({ next: { seq: 0, cursor: 1, captured: -1 } }));
      const before = [await store.head('e'), await store.monitorHead('e', 'mon')];
      for (const expectedVersion of [0, 2]) {
        const late = commit({
          expectedVersion,
          entries: [entry()],
          deliveries: [{ id: 'd', payload: 1 }],
        });
        expect(await store.commitWindow(late)).toBe(undefined);
      }
      expect([await store.head('e'), await store.monitorHead('e', 'mon')]).toEqual(before);
      expect(await store.pendingDeliveries('e', 9)).toEqual([]);
    });

    promise('of 20 commits at once exactly one wins', async ({ store, stores }) => {
      await store.append('e', chunks(1));
      const commits = upTo(20).map((index) =>
        (stores[index % stores.length] as TrackingStore).commitWindow(
          commit({
            entries: [entry({ step: index }), entry({ step: index })],
            deliveries: [{ id: `${index}`, payload: 0 }],
          }),
        ),
      );
      const won = (await Promise.all(commits)).filter((result) => result !== undefined);
      expect(won).toEqual([{ run: 2, version: 1 }]);
      const written = await collect(store.query('e', { after: 1 }));
      expect(written.length).toBe(2);
      expect(written[0]?.step).toBe(written[1]?.step);
      expect((await store.pendingDeliveries('e', 9)).map(({ id }) => id)).toEqual([
        `${written[0]?.step}`,
      ]);
    });

    promise('a wrong entry or a taken delivery id spoils the whole commit', async ({ store }) => {
      await store.append('e', chunks(1));
      await store.commitWindow(
        commit({ monitor: 'first', deliveries: [{ id: 'taken', payload: 1 }] }),
      );
      const before = await store.head('e');
      const wrong: Partial<WindowCommit>[] = [
        { entries: [entry(), entry({ run: 99 })] },
        { entries: [entry({ runs: 2 })] },
        {
          entries: [entry()],
          deliveries: [
            { id: 'new', payload: 1 },
            { id: 'taken', payload: 2 },
          ],
        },
        {
          deliveries: [
            { id: 'twice', payload: 1 },
            { id: 'twice', payload: 2 },
          ],
        },
        { next: { seq: 0, cursor: 2, captured: -1 } },
        { next: { seq: 0, cursor: -1, captured: -1 } },
      ];
      for (const fields of wrong) {
        expect(await errorCodeOf(store.commitWindow(commit(fields)))).toBe('ERR_LEEWAY_OPTION');
      }
      expect(await store.head('e')).toEqual(before);
      expect((await store.monitorHead('e', 'mon')).version).toBe(0);
      expect((await store.pendingDeliveries('e', 9)).map(({ id }) => id)).toEqual(['taken']);
    });

    promise('refuses a cursor inside a fold; at its end is fine', async ({ store }) => {
      await store.append('e', chunks(4));
      await store.fold(fold(1, at('0:2 0:3'), 1));
      const cutAt = (cursor: number) =>
        commit({ next: { seq: 0, cursor, captured: -1 }, entries: [entry()] });
      expect(await store.commitWindow(cutAt(2))).toBe(undefined);
      expect(await store.head('e')).toEqual({ pos: 4, run: 10 });
      expect(await store.commitWindow(cutAt(3))).toEqual({ run: 11, version: 1 });
    });

    promise('monitors have heads of their own', async ({ store }) => {
      await store.append('e', chunks(2));
      await store.commitWindow(commit({ next: { seq: 4, cursor: 1, captured: 3 } }));
      expect((await store.monitorHead('e', 'other')).version).toBe(0);
      expect((await store.monitorHead('f', 'mon')).version).toBe(0);
      expect(await store.commitWindow(commit({ monitor: 'other' }))).toEqual({
        run: 5,
        version: 1,
      });
    });
  });

  describe(`${name}: ticks`, () => {
    promise('each tick is committed once, whatever version the caller saw', async ({ store }) => {
      const commitAt = (expectedVersion: number, tick?: number) =>
        store.commitWindow(commit({ expectedVersion, ...defined({ tick }), entries: [entry()] }));
      expect(await commitAt(0, 5_000)).toEqual({ run: 1, version: 1 });
      expect((await store.monitorHead('e', 'mon')).tick).toBe(5_000);
      for (const late of [5_000, 4_000]) expect(await commitAt(1, late)).toBe(undefined);
      expect(await commitAt(1)).toEqual({ run: 2, version: 2 });
      expect((await store.monitorHead('e', 'mon')).tick).toBe(5_000);
      expect(await commitAt(2, 6_000)).toEqual({ run: 3, version: 3 });
      expect((await store.head('e')).pos).toBe(3);
    });
  });
}
