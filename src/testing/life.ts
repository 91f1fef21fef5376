import type { TrackingStore } from '../tracking/store.js';
import {
  at,
  chunks,
  collect,
  commit,
  entry,
  errorCodeOf,
  fold,
  positions,
  upTo,
  window,
} from './samples.js';
import type { Suite } from './suite.js';

/** The cases on the outbox, leases, clearing and closing. */
export function lifeCases({ name, describe, promise, expect }: Suite): void {
  describe(`${name}: outbox, leases and life`, () => {
    promise('deliveries stay, oldest first, until they are settled', async ({ store }) => {
      const deliveries = upTo(4).map((index) => ({ id: `d${5 - index}`, payload: { n: [index] } }));
      await store.commitWindow(commit({ deliveries }));
      await store.commitWindow(commit({ experiment: 'f', deliveries: [{ id: 'f1', payload: 1 }] }));
      expect((await store.pendingDeliveries('e', 2)).map(({ id }) => id)).toEqual(['d4', 'd3']);
      await store.settleDelivery('d4', { done: false });
      await store.settleDelivery('d4', { done: false });
      await store.settleDelivery('d3', { done: true });
      await store.settleDelivery('unknown', { done: true });
      expect(
        (await store.pendingDeliveries('e', 9)).map(({ id, attempts }) => [id, attempts]),
      ).toEqual([
        ['d4', 2],
        ['d2', 0],
        ['d1', 0],
      ]);
      expect(await store.pendingDeliveries('e', 0)).toEqual([]);
      expect(await store.pendingDeliveries('f', 9)).toEqual([
        { experiment: 'f', monitor: 'mon', id: 'f1', payload: 1, attempts: 0 },
      ]);
    });

    promise('a lease is one owner`s until it runs out', async ({ store, stores, advance }) => {
      const other = stores.at(-1) as TrackingStore;
      expect(await store.takeLease('l', 'a', 1_000)).toBe(true);
      expect(await other.takeLease('l', 'b', 1_000)).toBe(false);
      expect(await other.takeLease('l2', 'b', 1_000)).toBe(true);
      advance(999);
      expect(await other.takeLease('l', 'b', 1_000)).toBe(false);
      advance(1);
      expect(await other.takeLease('l', 'b', 1_000)).toBe(true);
      expect(await store.takeLease('l', 'a', 1_000)).toBe(false);
    });

    promise(
      'a lease can be renewed, and given back by its owner only',
      async ({ store, advance }) => {
        await store.takeLease('l', 'a', 1_000);
        advance(600);
        expect(await store.takeLease('l', 'a', 1_000)).toBe(true);
        advance(600);
        expect(await store.takeLease('l', 'b', 1_000)).toBe(false);
        await store.releaseLease('l', 'b');
        expect(await store.takeLease('l', 'b', 1_000)).toBe(false);
        await store.releaseLease('l', 'a');
        await store.releaseLease('l', 'a');
        expect(await store.takeLease('l', 'b', 1_000)).toBe(true);
      },
    );

    promise('of 10 owners at once one gets the lease', async ({ stores }) => {
      const tries = upTo(10).map((index) =>
        (stores[index % stores.length] as TrackingStore).takeLease('l', `owner ${index}`, 1_000),
      );
      expect((await Promise.all(tries)).filter(Boolean).length).toBe(1);
    });

    promise('refuses a lease without a time', async ({ store }) => {
      for (const ttlMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(await errorCodeOf(store.takeLease('l', 'a', ttlMs))).toBe('ERR_LEEWAY_OPTION');
      }
    });

    promise('clear removes all of one experiment and nothing else', async ({ store }) => {
      for (const experiment of ['e', 'f']) {
        const predictions = [{ id: 'p', offset: 0, value: 1, dt: 1 }];
        await store.append(experiment, [...chunks(3), entry({ predictions })]);
        await store.fold({
          ...fold(1, at('0:1 0:2'), 1),
          experiment,
        });
        const deliveries = [{ id: `d ${experiment}`, payload: 1 }];
        await store.commitWindow(
          commit({ experiment, next: { seq: 0, cursor: 2, captured: -1 }, deliveries }),
        );
      }
      await store.clear('e');
      await store.clear('never written');
      expect(await store.experiments()).toEqual(['f']);
      expect(await store.head('e')).toEqual({ pos: 0, run: 0 });
      expect(await positions(store)).toEqual([]);
      expect(await window(store, 0, 9)).toEqual([]);
      expect((await store.monitorHead('e', 'mon')).version).toBe(0);
      expect(await store.pendingDeliveries('e', 9)).toEqual([]);
      expect((await store.pendingDeliveries('f', 9)).length).toBe(1);
      expect(await collect(store.predictions('e'))).toEqual([]);
      expect((await collect(store.predictions('f'))).length).toBe(1);
      expect(await store.windowRows('f', 'm', 0, 9)).toBe(6);
      // Neither an old cut nor an old fold is left behind.
      await store.append('e', chunks(3));
      expect(await store.fold(fold(1, at('0:1 0:2 0:3'), 1))).toBe(true);
    });

    promise(
      'after close every method rejects with ERR_LEEWAY_CLOSED, and close can be called again',
      async (b) => {
        const { store } = b;
        await store.append('e', chunks(2));
        const query = store.query('e')[Symbol.asyncIterator]();
        await query.next();
        await Promise.all([store.close(), store.close()]);
        await store.close();
        const calls = [
          store.append('e', [entry()]),
          store.append('e', []),
          store.head('e'),
          query.next(),
          collect(store.query('e')),
          store.experiments(),
          store.monitorHead('e', 'mon'),
          store.monitors('e'),
          collect(store.windowParts('e', 'm', 0, 1)),
          store.windowRows('e', 'm', 0, 1),
          store.fold(fold(1, at('0:1'), 1)),
          store.commitWindow(commit()),
          store.pendingDeliveries('e', 1),
          store.settleDelivery('d', { done: true }),
          store.takeLease('l', 'a', 1),
          store.releaseLease('l', 'a'),
          collect(store.parts('e')),
          collect(store.predictions('e')),
          store.prune('e', {}),
          store.rewrite({ experiment: 'e', entries: [], folds: [], predictions: {}, log: [] }),
          store.scrub(),
          store.restore('e', { head: { pos: 0, run: 0 } }),
          store.migrate(),
          store.clear('e'),
        ];
        expect(await Promise.all(calls.map(errorCodeOf))).toEqual(
          calls.map(() => 'ERR_LEEWAY_CLOSED'),
        );
      },
    );

    promise('a store never used closes too', async ({ store }) => {
      await store.close();
      expect(await errorCodeOf(store.head('e'))).toBe('ERR_LEEWAY_CLOSED');
    });

    promise(
      'close lets calls under way finish, the first call of all too',
      async ({ store, reopen }) => {
        const closeBusy = async (busy: TrackingStore, count: number) => {
          let settled = 0;
          const calls = upTo(count).map(async () => {
            await busy.append('e', [entry()]);
            settled += 1;
          });
          await busy.close();
          // The calls' own promises settle within the turn.
          await new Promise((resolve) => setImmediate(resolve));
          expect(settled).toBe(count);
          await Promise.all(calls);
        };
        await closeBusy(store, 20);
        if (reopen === undefined) return;
        const again = reopen();
        expect((await again.head('e')).pos).toBe(20);
        await closeBusy(again, 20);
        expect((await reopen().head('e')).pos).toBe(40);
      },
    );

    promise(
      'what one instance wrote another one sees, and goes on from',
      async ({ store, reopen }) => {
        if (reopen === undefined) return;
        await store.append('e', chunks(3));
        await store.fold(fold(1, at('0:1 0:2'), 1));
        await store.commitWindow(
          commit({
            next: { seq: 0, cursor: 2, captured: -1 },
            deliveries: [{ id: 'd', payload: 1 }],
          }),
        );
        await store.close();
        const again = reopen();
        expect(await again.head('e')).toEqual({ pos: 3, run: 7 });
        expect(await window(again, 0, 3)).toEqual(['1:1-2=3#1', '0:3-3=3#2']);
        expect((await again.monitorHead('e', 'mon')).version).toBe(1);
        expect((await again.pendingDeliveries('e', 1)).length).toBe(1);
        expect(await again.append('e', [entry()])).toEqual([{ pos: 4, run: 8 }]);
      },
    );
  });
}
