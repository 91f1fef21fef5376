import type { JsonValue } from '../tracking/json-value.js';
import type { LogEntry } from '../tracking/log-entry.js';
import { at, chunk, collect, commit, entry, fold, STRANGE_NAMES, window } from './samples.js';
import type { Suite } from './suite.js';

/** The cases on that what comes back is what went in. */
export function roundTripCases({ name, describe, promise, expect }: Suite): void {
  describe(`${name}: what comes back is what went in`, () => {
    promise('an entry with all fields, and one with the fewest', async ({ store }) => {
      const full = chunk(4, 7, {
        key: 'm',
        parent: 3,
        step: -2.5,
        dt: 1.5,
        dtEnd: 9,
        value: { a: 1 },
      });
      await store.append('e', [full, entry()]);
      const [first, second] = (await collect(store.query('e'))) as [LogEntry, LogEntry];
      expect(first).toEqual({ ...full, experiment: 'e', pos: 1, run: 1, runs: 4 });
      expect(second).toEqual({
        ...entry(),
        experiment: 'e',
        pos: 2,
        run: 5,
        runs: 1,
        rows: 0,
        dtEnd: 1_000,
      });
      expect(['bytes', 'step', 'parent'].filter((field) => field in second)).toEqual([]);
    });

    promise('any name, in every place a name can be', async ({ store }) => {
      for (const strange of STRANGE_NAMES) {
        await store.append(strange, [
          chunk(1, 1, { key: strange, node: strange, userid: strange }),
        ]);
        const own = { experiment: strange, monitor: strange, key: strange };
        const deliveries = [{ id: strange, payload: strange }];
        await store.commitWindow(
          commit({ ...own, next: { seq: 0, cursor: 1, captured: 0 }, deliveries }),
        );
      }
      for (const strange of STRANGE_NAMES) {
        const [found, ...others] = await collect(store.query(strange, { keys: [strange] }));
        expect(others).toEqual([]);
        expect([found?.experiment, found?.key, found?.node, found?.userid]).toEqual(
          Array(4).fill(strange),
        );
        expect((await store.monitorHead(strange, strange)).version).toBe(1);
        expect(await store.windowRows(strange, strange, 0, 1)).toBe(1);
        expect(await store.pendingDeliveries(strange, 9)).toEqual([
          { experiment: strange, monitor: strange, id: strange, payload: strange, attempts: 0 },
        ]);
        expect(await store.takeLease(strange, strange, 1_000)).toBe(true);
        expect(await store.takeLease(strange, `${strange}!`, 1_000)).toBe(false);
      }
      expect(await store.experiments()).toEqual([...STRANGE_NAMES].sort());
    });

    promise(
      'values: nested, empty, large, with any text and any finite number',
      async ({ store }) => {
        const values: JsonValue[] = [
          null,
          true,
          0,
          -1.5e-300,
          1.7976931348623157e308,
          0.1 + 0.2,
          Number.MAX_SAFE_INTEGER,
          '',
          'a\0b\ud800 "\u2028 🛥️',
          [],
          {},
          [[[[[]]]], { a: [{ b: null }] }],
          JSON.parse('{"__proto__": {"x": 1}, "constructor": 2, "": 3, "a\\u0000": 4}'),
          Array.from({ length: 50_000 }, (_, index) => `item ${index}`),
        ];
        await store.append(
          'e',
          values.map((value) => entry({ value })),
        );
        const back = (await collect(store.query('e'))).map(({ value }) => JSON.stringify(value));
        expect(back).toEqual(values.map((value) => JSON.stringify(value)));
      },
    );

    promise(
      'bytes: none, empty, every value, a view into a larger buffer, 5 MB',
      async ({ store }) => {
        const every = Uint8Array.from({ length: 256 }, (_, value) => value);
        const large = Uint8Array.from({ length: 5_000_000 }, (_, index) => index % 251);
        const payloads = [
          new Uint8Array(0),
          every,
          every.subarray(3, 9),
          Buffer.from('a buffer'),
          large,
        ];
        for (const bytes of payloads) await store.append('e', [entry({ bytes })]);
        const back = await collect(store.query('e'));
        for (const [index, bytes] of payloads.entries()) {
          expect(back[index]?.bytes instanceof Uint8Array).toBe(true);
          expect(Buffer.compare(back[index]?.bytes as Uint8Array, bytes)).toBe(0);
        }
      },
    );

    promise('later changes of what the caller holds change nothing', async ({ store }) => {
      const bytes = new Uint8Array([1, 2]);
      const value = { a: [1] };
      const appended = store.append('e', [chunk(1, 0, { bytes, value })]);
      bytes[0] = 99;
      value.a[0] = 99;
      await appended;
      for (const read of await collect(store.query('e'))) (read.bytes as Uint8Array)[1] = 99;
      for (const part of await collect(store.windowParts('e', 'm', 0, 1))) part.bytes[1] = 99;
      const [back] = await collect(store.query('e'));
      expect([...(back?.bytes ?? [])]).toEqual([1, 2]);
      expect(back?.value).toEqual({ a: [1] });
      const folded = new Uint8Array([5]);
      const folding = store.fold({ ...fold(1, at('0:1'), 0), bytes: folded });
      folded[0] = 99;
      await folding;
      expect(await window(store, 0, 1)).toEqual(['1:1-1=1#5']);
    });
  });
}
