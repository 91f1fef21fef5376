import type { EntryFilter, QueryOptions } from '../tracking/log-entry.js';
import type { TrackingStore } from '../tracking/store.js';
import { chunk, collect, entry, errorCodeOf, positions, upTo } from './samples.js';
import type { Suite } from './suite.js';

/** The cases on queries. */
export function queriesCases({ name, describe, promise, expect }: Suite): void {
  describe(`${name}: queries`, () => {
    const events = ['predict', 'drift', 'alert'] as const;
    /** 30 entries: three events in turn, keys a and b, step 0 to 4, one run and 10 ms each, lasting 5 ms. */
    async function fill(store: TrackingStore): Promise<void> {
      const batch = upTo(30).map((pos) => {
        const event = events[(pos - 1) % 3] ?? 'predict';
        return entry({
          event,
          key: pos % 2 === 1 ? 'a' : 'b',
          step: pos % 5,
          dt: pos * 10,
          dtEnd: pos * 10 + 5,
        });
      });
      await store.append('e', batch);
    }

    const cases: [title: string, filter: EntryFilter, expected: (pos: number) => boolean][] = [
      ['nothing', {}, () => true],
      ['one event', { events: ['drift'] }, (pos) => pos % 3 === 2],
      ['two events, one twice', { events: ['alert', 'predict', 'alert'] }, (pos) => pos % 3 !== 2],
      ['no event', { events: [] }, () => false],
      ['an event that is not there', { events: ['stop'] }, () => false],
      ['a key', { keys: ['b'] }, (pos) => pos % 2 === 0],
      ['keys', { keys: ['b', 'a', 'zzz', 'a'] }, () => true],
      ['no key', { keys: [] }, () => false],
      ['many keys', { keys: ['a', ...upTo(300).map(String)] }, (pos) => pos % 2 === 1],
      ['steps', { steps: [0, 3] }, (pos) => pos % 5 === 0 || pos % 5 === 3],
      ['no step', { steps: [] }, () => false],
      ['runs from', { runFrom: 28 }, (pos) => pos >= 28],
      ['runs to', { runTo: 3 }, (pos) => pos <= 3],
      ['one run', { runFrom: 7, runTo: 7 }, (pos) => pos === 7],
      ['a time from, closed, by the end', { since: 105 }, (pos) => pos >= 10],
      ['a time just after', { since: 106 }, (pos) => pos >= 11],
      ['a time to, open, by the start', { end: 100 }, (pos) => pos < 10],
      ['a time to just after', { end: 101 }, (pos) => pos <= 10],
      ['after, open', { after: 25 }, (pos) => pos > 25],
      ['up to, closed', { upTo: 5 }, (pos) => pos <= 5],
      [
        'bounds beyond all',
        { after: -5, upTo: Number.POSITIVE_INFINITY, since: Number.NEGATIVE_INFINITY },
        () => true,
      ],
      ['bounds the wrong way round', { after: 9, upTo: 3 }, () => false],
      [
        'event and key',
        { events: ['drift', 'alert'], keys: ['a'] },
        (pos) => pos % 3 !== 1 && pos % 2 === 1,
      ],
      [
        'all at once',
        {
          events: ['predict', 'drift'],
          keys: ['a', 'b'],
          steps: [1, 2, 3],
          runFrom: 4,
          runTo: 26,
          since: 60,
          end: 240,
          after: 6,
          upTo: 23,
        },
        (pos) => pos % 3 !== 0 && [1, 2, 3].includes(pos % 5) && pos > 6 && pos <= 23,
      ],
    ];
    for (const [title, filter, expected] of cases) {
      promise(`narrows by ${title}, in every order and with limits`, async ({ store }) => {
        await fill(store);
        const wanted = upTo(30).filter(expected);
        const newest = [...wanted].reverse();
        expect(await positions(store, filter)).toEqual(wanted);
        for (const order of ['newest-first', 'latest-run-first'] as const) {
          expect(await positions(store, filter, { order })).toEqual(newest);
          expect(await positions(store, filter, { order, limit: 1 })).toEqual(newest.slice(0, 1));
        }
        expect(await positions(store, filter, { limit: 4 })).toEqual(wanted.slice(0, 4));
        expect(await positions(store, filter, { limit: 0 })).toEqual([]);
      });
    }

    promise('finds every entry that covers a run, chunks and late ones too', async ({ store }) => {
      await store.append('e', [
        entry({ runs: 10 }),
        entry(),
        entry({ run: 4 }),
        entry({ run: 10, runs: 2 }),
        entry(),
      ]);
      expect(await positions(store, { runFrom: 4, runTo: 4 })).toEqual([1, 3]);
      expect(await positions(store, { runFrom: 10, runTo: 11 })).toEqual([1, 2, 4]);
      expect(await positions(store, { runFrom: 5, runTo: 5 })).toEqual([1]);
      expect(await positions(store, { runFrom: 12 })).toEqual([5]);
      expect(await positions(store, { runTo: 3 })).toEqual([1]);
    });

    promise(
      'orders by the last run covered, then by position, both downwards',
      async ({ store }) => {
        await store.append('e', [
          entry({ runs: 4 }),
          entry(),
          entry({ run: 2 }),
          entry({ run: 4 }),
          entry({ run: 1 }),
        ]);
        const order = 'latest-run-first';
        expect(await positions(store, {}, { order })).toEqual([2, 4, 1, 3, 5]);
        expect(
          await positions(store, { events: ['metric'], keys: ['k'] }, { order, limit: 2 }),
        ).toEqual([2, 4]);
        expect(await positions(store, { after: 2 }, { order })).toEqual([4, 3, 5]);
      },
    );

    promise('orders by run over many pages', async ({ store }) => {
      await store.append('e', [entry({ runs: 100 })]);
      const runs = upTo(1_200).map((step) => ((step * 37) % 100) + 1);
      await store.append(
        'e',
        runs.map((run) => entry({ run })),
      );
      const found = await collect(
        store.query('e', { events: ['metric'] }, { order: 'latest-run-first' }),
      );
      const places = found.map(({ run, runs: covered, pos }) => [run + covered - 1, pos] as const);
      const sorted = [...places].sort((left, right) => right[0] - left[0] || right[1] - left[1]);
      expect(places.length).toBe(1_201);
      expect(places).toEqual(sorted);
    });

    promise('leaves the bytes out where told, and only them', async ({ store }) => {
      await store.append('e', [chunk(3, 1), entry()]);
      const [first] = await collect(store.query('e', {}, { withBytes: false }));
      expect([first?.rows, first !== undefined && 'bytes' in first]).toEqual([3, false]);
    });

    promise('sees each entry once while others are written', async ({ store }) => {
      await store.append(
        'e',
        Array.from({ length: 700 }, () => entry()),
      );
      for (const order of ['oldest-first', 'newest-first', 'latest-run-first'] as const) {
        const seen: number[] = [];
        for await (const { pos } of store.query('e', {}, { order })) {
          if (pos <= 700) seen.push(pos);
          if (pos % 100 === 0 && pos <= 700) await store.append('e', [entry(), entry({ run: 1 })]);
        }
        expect([...seen].sort((left, right) => left - right)).toEqual(upTo(700));
      }
    });

    promise('lets others read and write while a consumer thinks', async ({ store }) => {
      await store.append(
        'e',
        Array.from({ length: 50 }, () => entry()),
      );
      const query = store.query('e')[Symbol.asyncIterator]();
      await query.next();
      await store.append('e', [entry()]);
      expect((await store.head('e')).pos).toBe(51);
      expect((await query.next()).value.pos).toBe(2);
      await query.return?.();
    });

    promise('rejects a filter or an option of the wrong kind', async ({ store }) => {
      const wrong: [EntryFilter, QueryOptions][] = [
        [{ since: Number.NaN }, {}],
        [{ after: '3' as unknown as number }, {}],
        [{ keys: 'a' as unknown as string[] }, {}],
        [{ keys: [5] as unknown as string[] }, {}],
        [{}, { limit: -1 }],
        [{}, { order: 'random' as unknown as 'newest-first' }],
      ];
      for (const [filter, options] of wrong) {
        expect(await errorCodeOf(positions(store, filter, options))).toBe('ERR_LEEWAY_OPTION');
      }
    });

    promise('lists experiments by name, in code unit order', async ({ store }) => {
      for (const experiment of ['b', 'a', 'Z', 'ä', '🛥️', '\uffff'])
        await store.append(experiment, [entry()]);
      expect(await store.experiments()).toEqual(['Z', 'a', 'b', 'ä', '🛥️', '\uffff']);
    });
  });
}
