import type { Clock } from '../../src/clock.js';
import { LeewayError } from '../../src/errors.js';
import type {
  EntryFilter,
  Fold,
  JsonValue,
  LogEntry,
  NewEntry,
  NewPrediction,
  PartFilter,
  PredictionFilter,
  Pruned,
  QueryOptions,
  Rewrite,
  TrackingStore,
  WindowCommit,
  WindowPart,
} from '../../src/tracking/store.js';

/** The test functions the suite is written with; vitest's and jest's fit. */
export interface TestFunctions {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => Promise<void>) => void;
  readonly expect: (actual: unknown) => { toBe(expected: unknown): void; toEqual(expected: unknown): void };
}

/** A fresh, empty store for one case. */
export interface StoreUnderTest {
  readonly store: TrackingStore;
  /** Another store on the same data, as another process would have it. Left out where a store can't have that. */
  readonly reopen?: () => TrackingStore;
  /** Called after the case; the suite has closed all stores by then. */
  readonly dispose?: () => Promise<void>;
}

export interface StoreSuiteOptions {
  /** The clock that leases are to run out by. */
  readonly clock: Clock;
}

/** Makes a fresh store; called once for each case. */
export type CreateStore = (options: StoreSuiteOptions) => StoreUnderTest | Promise<StoreUnderTest>;

interface Bench {
  readonly store: TrackingStore;
  /** All instances on the data: one, or two where the store can be reopened. */
  readonly stores: readonly TrackingStore[];
  readonly reopen: (() => TrackingStore) | undefined;
  advance(ms: number): void;
}

const STRANGE_NAMES = [
  '',
  ' ',
  '__proto__',
  'constructor',
  "it's",
  '"quoted"',
  '`; DROP TABLE entries; --',
  'a\0b',
  '\0',
  'back\\slash\\u0000',
  'line\nbreak\u2028',
  'naïve 模型 🛥️',
  'e\u0301',
  '\u00e9',
  'lone \ud800 surrogate',
  '%_*?',
  'x'.repeat(10_000),
];

function entry(fields: Partial<NewEntry> = {}): NewEntry {
  return { event: 'metric', key: 'k', value: null, dt: 1_000, node: 'n', userid: 'u', ...fields };
}

/** A chunk of rows; its only byte tells it from others. */
function chunk(rows: number, mark: number, fields: Partial<NewEntry> = {}): NewEntry {
  return entry({ event: 'predict', key: 'm', runs: rows, rows, bytes: new Uint8Array([mark]), ...fields });
}

function chunks(count: number): NewEntry[] {
  return Array.from({ length: count }, (_, index) =>
    chunk(index + 1, index, { dt: index * 10, dtEnd: index * 10 + 5 }),
  );
}

function fold(level: number, parts: readonly (readonly [level: number, posFrom: number])[], mark: number): Fold {
  const replaces = parts.map(([partLevel, posFrom]) => ({ level: partLevel, posFrom }));
  return { experiment: 'e', key: 'm', level, replaces, bytes: new Uint8Array([mark]) };
}

/** A fold of two chunks, its only byte told by their positions. */
function pairFold(first: number, second: number): Fold {
  const parts = [
    [0, first],
    [0, second],
  ] as const;
  return fold(1, parts, first * 10 + second);
}

function commit(fields: Partial<WindowCommit> = {}): WindowCommit {
  return {
    experiment: 'e',
    monitor: 'mon',
    key: 'm',
    expectedVersion: 0,
    next: { seq: 0, cursor: 0, captured: -1 },
    entries: [],
    deliveries: [],
    ...fields,
  };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    return error instanceof LeewayError ? error.code : `no LeewayError: ${String(error)}`;
  }
}

async function positions(store: TrackingStore, filter?: EntryFilter, options?: QueryOptions): Promise<number[]> {
  return (await collect(store.query('e', filter, options))).map(({ pos }) => pos);
}

/** Parts as `level:from-to=rows#mark`. */
async function window(store: TrackingStore, after: number, upTo: number): Promise<string[]> {
  const parts: WindowPart[] = await collect(store.windowParts('e', 'm', after, upTo));
  return parts.map((part) => `${part.level}:${part.posFrom}-${part.posTo}=${part.rows}#${part.bytes.join()}`);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/**
 * The contract every tracking store has to keep, one case for each promise of `TrackingStore`. Each case gets a store
 * of its own.
 *
 * @example
 * describeStore('memory', ({ clock }) => ({ store: memoryStore({ clock }) }), { describe, it, expect });
 */
export function describeStore(name: string, createStore: CreateStore, { describe, it, expect }: TestFunctions): void {
  function promise(title: string, body: (bench: Bench) => Promise<void>): void {
    it(title, async () => {
      let now = 1_000_000;
      const clock: Clock = { now: () => now, setTimer: () => ({ cancel() {} }) };
      const made = await createStore({ clock });
      const opened = [made.store];
      const reopen =
        made.reopen === undefined
          ? undefined
          : () => {
              const again = (made.reopen as () => TrackingStore)();
              opened.push(again);
              return again;
            };
      const stores = reopen === undefined ? [made.store] : [made.store, reopen()];
      try {
        await body({
          store: made.store,
          stores,
          reopen,
          advance(ms) {
            now += ms;
          },
        });
      } finally {
        await Promise.all(opened.map((store) => store.close()));
        await made.dispose?.();
      }
    });
  }

  describe(`${name}: appending`, () => {
    promise('an untouched experiment has head 0, 0 and nothing in it', async ({ store }) => {
      expect(await store.head('e')).toEqual({ pos: 0, run: 0 });
      expect(await positions(store)).toEqual([]);
      expect(await store.experiments()).toEqual([]);
    });

    promise('gives positions and runs in the order of the batch, and a chunk as many runs as it covers', async (b) => {
      expect(await b.store.append('e', [entry(), entry({ runs: 5 }), entry()])).toEqual([
        { pos: 1, run: 1 },
        { pos: 2, run: 2 },
        { pos: 3, run: 7 },
      ]);
      expect(await b.store.append('e', [entry()])).toEqual([{ pos: 4, run: 8 }]);
      expect(await b.store.head('e')).toEqual({ pos: 4, run: 8 });
    });

    promise('an entry with its own run takes no number', async ({ store }) => {
      await store.append('e', [entry({ runs: 3 })]);
      expect(await store.append('e', [entry({ run: 2 }), entry(), entry({ run: 4 })])).toEqual([
        { pos: 2, run: 2 },
        { pos: 3, run: 4 },
        { pos: 4, run: 4 },
      ]);
      expect(await store.head('e')).toEqual({ pos: 4, run: 4 });
    });

    promise('refuses a run that the store has not given out, and the whole batch with it', async ({ store }) => {
      await store.append('e', [entry()]);
      expect(await codeOf(store.append('e', [entry(), entry({ run: 9 })]))).toBe('ERR_LEEWAY_OPTION');
      expect(await codeOf(store.append('e', [entry({ run: 1, runs: 2 })]))).toBe('ERR_LEEWAY_OPTION');
      expect(await store.head('e')).toEqual({ pos: 1, run: 1 });
      expect(await positions(store)).toEqual([1]);
    });

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
        expect([Object.keys(fields)[0], await codeOf(store.append('e', batch))]).toEqual([
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

    promise('keeps a batch together, and runs and positions unique and gapless, with many writers', async (b) => {
      const batches = Array.from({ length: 40 }, (_, index) => {
        const writer = b.stores[index % b.stores.length] as TrackingStore;
        return writer.append('e', [entry({ step: index }), entry({ step: index, runs: 3 }), entry({ step: index })]);
      });
      const placed = await Promise.all(batches);
      for (const batch of placed) {
        const [first, second, third] = batch.map(({ pos }) => pos);
        expect([second, third]).toEqual([Number(first) + 1, Number(first) + 2]);
      }
      const all = await collect(b.store.query('e'));
      expect(all.map(({ pos }) => pos)).toEqual(upTo(120));
      expect(all.flatMap(({ run, runs }) => Array.from({ length: runs }, (_, index) => run + index))).toEqual(
        upTo(200),
      );
      expect(await b.store.head('e')).toEqual({ pos: 120, run: 200 });
    });

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
      expect((await collect(store.query('e'))).map(({ step }) => step)).toEqual(upTo(1_500).map((pos) => pos - 1));
    });
  });

  describe(`${name}: what comes back is what went in`, () => {
    promise('an entry with all fields, and one with the fewest', async ({ store }) => {
      const full = chunk(4, 7, { key: 'm', parent: 3, step: -2.5, dt: 1.5, dtEnd: 9, value: { a: 1 } });
      await store.append('e', [full, entry()]);
      const [first, second] = (await collect(store.query('e'))) as [LogEntry, LogEntry];
      expect(first).toEqual({ ...full, experiment: 'e', pos: 1, run: 1, runs: 4 });
      expect(second).toEqual({ ...entry(), experiment: 'e', pos: 2, run: 5, runs: 1, rows: 0, dtEnd: 1_000 });
      expect(['bytes', 'step', 'parent'].filter((field) => field in second)).toEqual([]);
    });

    promise('any name, in every place a name can be', async ({ store }) => {
      for (const strange of STRANGE_NAMES) {
        await store.append(strange, [chunk(1, 1, { key: strange, node: strange, userid: strange })]);
        const own = { experiment: strange, monitor: strange, key: strange };
        const deliveries = [{ id: strange, payload: strange }];
        await store.commitWindow(commit({ ...own, next: { seq: 0, cursor: 1, captured: 0 }, deliveries }));
      }
      for (const strange of STRANGE_NAMES) {
        const [found, ...others] = await collect(store.query(strange, { keys: [strange] }));
        expect(others).toEqual([]);
        expect([found?.experiment, found?.key, found?.node, found?.userid]).toEqual(Array(4).fill(strange));
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

    promise('values: nested, empty, large, with any text and any finite number', async ({ store }) => {
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
    });

    promise('bytes: none, empty, every value, a view into a larger buffer, 5 MB', async ({ store }) => {
      const every = Uint8Array.from({ length: 256 }, (_, value) => value);
      const large = Uint8Array.from({ length: 5_000_000 }, (_, index) => index % 251);
      const payloads = [new Uint8Array(0), every, every.subarray(3, 9), Buffer.from('a buffer'), large];
      for (const bytes of payloads) await store.append('e', [entry({ bytes })]);
      const back = await collect(store.query('e'));
      for (const [index, bytes] of payloads.entries()) {
        expect(back[index]?.bytes instanceof Uint8Array).toBe(true);
        expect(Buffer.compare(back[index]?.bytes as Uint8Array, bytes)).toBe(0);
      }
    });

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
      const folding = store.fold({ ...fold(1, [[0, 1]], 0), bytes: folded });
      folded[0] = 99;
      await folding;
      expect(await window(store, 0, 1)).toEqual(['1:1-1=1#5']);
    });
  });

  describe(`${name}: queries`, () => {
    const events = ['predict', 'drift', 'alert'] as const;
    /** 30 entries: three events in turn, keys a and b, step 0 to 4, one run and 10 ms each, lasting 5 ms. */
    async function fill(store: TrackingStore): Promise<void> {
      const batch = upTo(30).map((pos) => {
        const event = events[(pos - 1) % 3] ?? 'predict';
        return entry({ event, key: pos % 2 === 1 ? 'a' : 'b', step: pos % 5, dt: pos * 10, dtEnd: pos * 10 + 5 });
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
      ['bounds beyond all', { after: -5, upTo: Number.POSITIVE_INFINITY, since: Number.NEGATIVE_INFINITY }, () => true],
      ['bounds the wrong way round', { after: 9, upTo: 3 }, () => false],
      ['event and key', { events: ['drift', 'alert'], keys: ['a'] }, (pos) => pos % 3 !== 1 && pos % 2 === 1],
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
      await store.append('e', [entry({ runs: 10 }), entry(), entry({ run: 4 }), entry({ run: 10, runs: 2 }), entry()]);
      expect(await positions(store, { runFrom: 4, runTo: 4 })).toEqual([1, 3]);
      expect(await positions(store, { runFrom: 10, runTo: 11 })).toEqual([1, 2, 4]);
      expect(await positions(store, { runFrom: 5, runTo: 5 })).toEqual([1]);
      expect(await positions(store, { runFrom: 12 })).toEqual([5]);
      expect(await positions(store, { runTo: 3 })).toEqual([1]);
    });

    promise('orders by the last run covered, then by position, both downwards', async ({ store }) => {
      await store.append('e', [entry({ runs: 4 }), entry(), entry({ run: 2 }), entry({ run: 4 }), entry({ run: 1 })]);
      const order = 'latest-run-first';
      expect(await positions(store, {}, { order })).toEqual([2, 4, 1, 3, 5]);
      expect(await positions(store, { events: ['metric'], keys: ['k'] }, { order, limit: 2 })).toEqual([2, 4]);
      expect(await positions(store, { after: 2 }, { order })).toEqual([4, 3, 5]);
    });

    promise('orders by run over many pages', async ({ store }) => {
      await store.append('e', [entry({ runs: 100 })]);
      const runs = upTo(1_200).map((step) => ((step * 37) % 100) + 1);
      await store.append(
        'e',
        runs.map((run) => entry({ run })),
      );
      const found = await collect(store.query('e', { events: ['metric'] }, { order: 'latest-run-first' }));
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
        expect(await codeOf(positions(store, filter, options))).toBe('ERR_LEEWAY_OPTION');
      }
    });

    promise('lists experiments by name, in code unit order', async ({ store }) => {
      for (const experiment of ['b', 'a', 'Z', 'ä', '🛥️', '\uffff']) await store.append(experiment, [entry()]);
      expect(await store.experiments()).toEqual(['Z', 'a', 'b', 'ä', '🛥️', '\uffff']);
    });
  });

  describe(`${name}: windows and folds`, () => {
    promise('a window is its chunks of rows, open at the start and closed at the end', async ({ store }) => {
      await store.append('e', [...chunks(3), chunk(9, 9, { key: 'other' }), entry({ key: 'm', rows: 4 })]);
      expect(await window(store, 0, 5)).toEqual(['0:1-1=1#0', '0:2-2=2#1', '0:3-3=3#2']);
      expect(await window(store, 1, 2)).toEqual(['0:2-2=2#1']);
      expect(await window(store, 3, 3)).toEqual([]);
      expect(await store.windowRows('e', 'm', 0, Number.POSITIVE_INFINITY)).toBe(6);
      expect(await store.windowRows('e', 'm', 1, 2)).toBe(2);
      expect(await store.windowRows('x', 'm', 0, 9)).toBe(0);
      const [part] = await collect(store.windowParts('e', 'm', 1, 2));
      expect([part?.dt, part?.dtEnd]).toEqual([10, 15]);
    });

    promise('a fold stands for its parts, and a fold of folds for those', async ({ store }) => {
      await store.append('e', chunks(6));
      expect(
        await store.fold(
          fold(
            1,
            [
              [0, 1],
              [0, 2],
            ],
            101,
          ),
        ),
      ).toBe(true);
      expect(
        await store.fold(
          fold(
            1,
            [
              [0, 3],
              [0, 4],
            ],
            102,
          ),
        ),
      ).toBe(true);
      expect(await window(store, 0, 6)).toEqual(['1:1-2=3#101', '1:3-4=7#102', '0:5-5=5#4', '0:6-6=6#5']);
      expect(
        await store.fold(
          fold(
            2,
            [
              [1, 1],
              [1, 3],
              [0, 5],
            ],
            103,
          ),
        ),
      ).toBe(true);
      expect(await window(store, 0, 6)).toEqual(['2:1-5=15#103', '0:6-6=6#5']);
      expect(await store.windowRows('e', 'm', 0, 6)).toBe(21);
      const [part] = await collect(store.windowParts('e', 'm', 0, 5));
      expect([part?.dt, part?.dtEnd]).toEqual([0, 45]);
    });

    promise('folds of two writers may lie across each other', async ({ store }) => {
      await store.append('e', chunks(4));
      expect(
        await store.fold(
          fold(
            1,
            [
              [0, 1],
              [0, 3],
            ],
            101,
          ),
        ),
      ).toBe(true);
      expect(
        await store.fold(
          fold(
            1,
            [
              [0, 2],
              [0, 4],
            ],
            102,
          ),
        ),
      ).toBe(true);
      expect(await window(store, 0, 4)).toEqual(['1:1-3=4#101', '1:2-4=6#102']);
    });

    promise('refuses a fold of a part that is gone, and changes nothing', async ({ store }) => {
      await store.append('e', chunks(3));
      await store.fold(
        fold(
          1,
          [
            [0, 1],
            [0, 2],
          ],
          101,
        ),
      );
      const before = await window(store, 0, 3);
      expect(
        await store.fold(
          fold(
            1,
            [
              [0, 2],
              [0, 3],
            ],
            102,
          ),
        ),
      ).toBe(false);
      expect(
        await store.fold(
          fold(
            1,
            [
              [0, 1],
              [0, 3],
            ],
            102,
          ),
        ),
      ).toBe(false);
      expect(await store.fold(fold(1, [[0, 99]], 102))).toBe(false);
      expect(await store.fold({ ...fold(1, [[0, 3]], 102), key: 'other' })).toBe(false);
      expect(await store.fold({ ...fold(1, [[0, 3]], 102), experiment: 'other' })).toBe(false);
      expect(await window(store, 0, 3)).toEqual(before);
    });

    promise('refuses a fold that makes no sense', async ({ store }) => {
      await store.append('e', chunks(3));
      const wrong = [
        fold(1, [], 0),
        fold(
          1,
          [
            [0, 2],
            [0, 1],
          ],
          0,
        ),
        fold(1, [[1, 1]], 0),
        fold(0, [[0, 1]], 0),
      ];
      for (const senseless of wrong) expect(await codeOf(store.fold(senseless))).toBe('ERR_LEEWAY_OPTION');
    });

    promise('only one of many folds of the same parts wins', async ({ store, stores }) => {
      await store.append('e', chunks(2));
      const folds = upTo(10).map((mark) =>
        (stores[mark % stores.length] as TrackingStore).fold(
          fold(
            1,
            [
              [0, 1],
              [0, 2],
            ],
            mark,
          ),
        ),
      );
      expect((await Promise.all(folds)).filter(Boolean).length).toBe(1);
      expect((await window(store, 0, 2)).length).toBe(1);
    });

    promise('refuses a fold across a cut of its key, now or long ago; up to it, and beyond it, are fine', async (b) => {
      const { store } = b;
      await store.append('e', chunks(8));
      await store.commitWindow(commit({ next: { seq: 0, cursor: 3, captured: -1 } }));
      await store.commitWindow(commit({ expectedVersion: 1, next: { seq: 1, cursor: 6, captured: -1 } }));
      await store.commitWindow(commit({ monitor: 'x', key: 'other', next: { seq: 0, cursor: 1, captured: -1 } }));
      expect(
        await store.fold(
          fold(
            1,
            [
              [0, 3],
              [0, 4],
            ],
            1,
          ),
        ),
      ).toBe(false);
      expect(
        await store.fold(
          fold(
            1,
            [
              [0, 2],
              [0, 5],
            ],
            1,
          ),
        ),
      ).toBe(false);
      expect(
        await store.fold(
          fold(
            1,
            [
              [0, 6],
              [0, 7],
            ],
            1,
          ),
        ),
      ).toBe(false);
      expect(
        await store.fold(
          fold(
            1,
            [
              [0, 1],
              [0, 3],
            ],
            1,
          ),
        ),
      ).toBe(true);
      expect(
        await store.fold(
          fold(
            1,
            [
              [0, 4],
              [0, 6],
            ],
            2,
          ),
        ),
      ).toBe(true);
      expect(await window(store, 3, 6)).toEqual(['1:4-6=10#2', '0:5-5=5#4']);
    });

    promise('a window with an edge inside a fold is a conflict, not a wrong answer', async ({ store }) => {
      await store.append('e', chunks(4));
      await store.fold(
        fold(
          1,
          [
            [0, 2],
            [0, 3],
          ],
          1,
        ),
      );
      expect(await codeOf(window(store, 0, 2))).toBe('ERR_LEEWAY_CONFLICT');
      expect(await codeOf(window(store, 2, 4))).toBe('ERR_LEEWAY_CONFLICT');
      expect(await codeOf(store.windowRows('e', 'm', 0, 2))).toBe('ERR_LEEWAY_CONFLICT');
      expect(await window(store, 1, 3)).toEqual(['1:2-3=5#1']);
    });

    promise('a reader under way covers each row once, whatever is folded meanwhile', async ({ store }) => {
      await store.append('e', chunks(40));
      await store.fold(
        fold(
          1,
          [
            [0, 1],
            [0, 2],
          ],
          1,
        ),
      );
      await store.fold(
        fold(
          1,
          [
            [0, 30],
            [0, 31],
          ],
          2,
        ),
      );
      let rows = 0;
      let read = 0;
      for await (const part of store.windowParts('e', 'm', 0, 40)) {
        rows += part.rows;
        read += 1;
        if (read !== 3) continue;
        expect(
          await store.fold(
            fold(
              1,
              [
                [0, 32],
                [0, 33],
              ],
              3,
            ),
          ),
        ).toBe(true);
        const rest = upTo(29).slice(2);
        const parts = [[1, 1], ...rest.map((pos) => [0, pos]), [1, 30], [1, 32]] as [number, number][];
        expect(await store.fold(fold(2, parts, 4))).toBe(true);
        expect(
          await store.fold(
            fold(
              1,
              [
                [0, 36],
                [0, 37],
              ],
              5,
            ),
          ),
        ).toBe(true);
      }
      expect(rows).toBe((40 * 41) / 2);
      expect(await store.windowRows('e', 'm', 0, 40)).toBe((40 * 41) / 2);
    });

    promise('folded chunks stay in the log', async ({ store }) => {
      await store.append('e', chunks(2));
      await store.fold(
        fold(
          1,
          [
            [0, 1],
            [0, 2],
          ],
          1,
        ),
      );
      const back = await collect(store.query('e', { events: ['predict'] }));
      expect(back.map(({ bytes }) => bytes?.join())).toEqual(['0', '1']);
    });
  });

  describe(`${name}: commits`, () => {
    promise('a monitor never committed has the first head', async ({ store }) => {
      expect(await store.monitorHead('e', 'mon')).toEqual({ version: 0, seq: -1, cursor: 0, captured: -1, tick: 0 });
    });

    promise(
      'writes entries, head and deliveries in one piece, and all entries share one new run',
      async ({ store }) => {
        await store.append('e', chunks(2));
        const entries = [entry({ event: 'snapshot', bytes: new Uint8Array([1]) }), entry({ run: 1 }), entry()];
        const deliveries = [
          { id: 'd1', payload: { a: 1 } },
          { id: 'd2', payload: null },
        ];
        const next = { seq: 0, cursor: 2, captured: 0 };
        expect(await store.commitWindow(commit({ next, entries, deliveries }))).toEqual({ run: 4, version: 1 });
        expect((await collect(store.query('e', { after: 2 }))).map(({ run }) => run)).toEqual([4, 1, 4]);
        expect(await store.head('e')).toEqual({ pos: 5, run: 4 });
        expect(await store.monitorHead('e', 'mon')).toEqual({ version: 1, ...next, tick: 0 });
        expect((await store.pendingDeliveries('e', 9)).map(({ id, payload }) => [id, payload])).toEqual([
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
        const late = commit({ expectedVersion, entries: [entry()], deliveries: [{ id: 'd', payload: 1 }] });
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
      expect((await store.pendingDeliveries('e', 9)).map(({ id }) => id)).toEqual([`${written[0]?.step}`]);
    });

    promise('a wrong entry or a taken delivery id spoils the whole commit', async ({ store }) => {
      await store.append('e', chunks(1));
      await store.commitWindow(commit({ monitor: 'first', deliveries: [{ id: 'taken', payload: 1 }] }));
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
        expect(await codeOf(store.commitWindow(commit(fields)))).toBe('ERR_LEEWAY_OPTION');
      }
      expect(await store.head('e')).toEqual(before);
      expect((await store.monitorHead('e', 'mon')).version).toBe(0);
      expect((await store.pendingDeliveries('e', 9)).map(({ id }) => id)).toEqual(['taken']);
    });

    promise('refuses a cursor inside a fold; at its end is fine', async ({ store }) => {
      await store.append('e', chunks(4));
      await store.fold(
        fold(
          1,
          [
            [0, 2],
            [0, 3],
          ],
          1,
        ),
      );
      const at = (cursor: number) => commit({ next: { seq: 0, cursor, captured: -1 }, entries: [entry()] });
      expect(await store.commitWindow(at(2))).toBe(undefined);
      expect(await store.head('e')).toEqual({ pos: 4, run: 10 });
      expect(await store.commitWindow(at(3))).toEqual({ run: 11, version: 1 });
    });

    promise('monitors have heads of their own', async ({ store }) => {
      await store.append('e', chunks(2));
      await store.commitWindow(commit({ next: { seq: 4, cursor: 1, captured: 3 } }));
      expect((await store.monitorHead('e', 'other')).version).toBe(0);
      expect((await store.monitorHead('f', 'mon')).version).toBe(0);
      expect(await store.commitWindow(commit({ monitor: 'other' }))).toEqual({ run: 5, version: 1 });
    });
  });

  describe(`${name}: ticks`, () => {
    promise('each tick is committed once, whatever version the caller saw', async ({ store }) => {
      const at = (expectedVersion: number, tick?: number) =>
        store.commitWindow(commit({ expectedVersion, ...(tick !== undefined && { tick }), entries: [entry()] }));
      expect(await at(0, 5_000)).toEqual({ run: 1, version: 1 });
      expect((await store.monitorHead('e', 'mon')).tick).toBe(5_000);
      for (const late of [5_000, 4_000]) expect(await at(1, late)).toBe(undefined);
      expect(await at(1)).toEqual({ run: 2, version: 2 });
      expect((await store.monitorHead('e', 'mon')).tick).toBe(5_000);
      expect(await at(2, 6_000)).toEqual({ run: 3, version: 3 });
      expect((await store.head('e')).pos).toBe(3);
    });
  });

  describe(`${name}: parts`, () => {
    const told = async (store: TrackingStore, filter?: PartFilter, options?: { limit?: number }) =>
      (await collect(store.parts('e', filter, options)))
        // The order of keys is the store's own.
        .sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))
        .map((part) => `${part.key} ${part.level}:${part.posFrom}-${part.posTo}=${part.rows} after ${part.cutBefore}`);

    promise('lists what stands, by key and position, with the cut before each', async ({ store }) => {
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
    });

    promise('narrows by key, level, place and age, and gives bytes where asked', async ({ store, advance }) => {
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
      const bytes = (await collect(store.parts('e', {}, { withBytes: true }))).map((part) => part.bytes?.join());
      expect(bytes.sort()).toEqual(['12', '2', '9']);
      expect((await collect(store.parts('e'))).some((part) => 'bytes' in part)).toBe(false);
    });
  });

  describe(`${name}: predictions`, () => {
    const prediction = (id: string, offset = 0, fields: Partial<NewPrediction> = {}): NewPrediction => ({
      id,
      offset,
      value: [{ y: offset }],
      dt: 1_000,
      ...fields,
    });
    const runsOf = async (store: TrackingStore, filter?: PredictionFilter): Promise<number[]> =>
      (await collect(store.predictions('e', filter))).map(({ run }) => run);

    promise('are found by id, by model and by run, and are no part of the log', async ({ store }) => {
      const own = { predictions: [prediction('a'), prediction('b', 1, { version: 'v"2\0', value: 'x\0' })] };
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
    });

    promise('with any id, many of them, and the later one where a run has the same id twice', async ({ store }) => {
      const strange = STRANGE_NAMES.map((id, offset) => prediction(id, offset));
      const many = upTo(1_500).map((offset) => prediction(`id ${offset}`, offset - 1));
      await store.append('e', [
        chunk(1, 1, { runs: 40, predictions: strange }),
        chunk(1, 1, { runs: 1_500, predictions: many }),
      ]);
      for (const id of STRANGE_NAMES) {
        expect((await collect(store.predictions('e', { ids: [id] }))).map((found) => found.id)).toEqual([id]);
      }
      expect((await runsOf(store, { keys: ['m'] })).length).toBe(1_500 + STRANGE_NAMES.length);
      await store.append('e', [entry({ run: 1, predictions: [prediction('id 1'), prediction('twice')] })]);
      await store.append('e', [entry({ run: 1, predictions: [prediction('twice', 0, { value: 'late' })] })]);
      expect((await collect(store.predictions('e', { ids: ['twice'] }))).map(({ value }) => value)).toEqual(['late']);
      expect(await runsOf(store, { ids: ['id 1'] })).toEqual([1, 41]);
    });

    promise('that make no sense spoil their batch', async ({ store }) => {
      const wrong = [
        prediction('a', 2),
        prediction('a', -1),
        prediction(5 as unknown as string),
        { ...prediction('a'), dt: Number.NaN },
      ];
      for (const one of wrong) {
        expect(await codeOf(store.append('e', [chunk(2, 1, { predictions: [one] })]))).toBe('ERR_LEEWAY_OPTION');
      }
      expect(await store.head('e')).toEqual({ pos: 0, run: 0 });
    });
  });

  describe(`${name}: pruning`, () => {
    const gone = (fields: Partial<Pruned>): Pruned => ({ chunks: 0, rows: 0, folds: 0, predictions: 0, ...fields });
    const aged = (age: number, rows: number, fields: Partial<NewEntry> = {}): NewEntry =>
      chunk(rows, rows, { dt: 1_000_000 - age, dtEnd: 1_000_000 - age, ...fields });

    /** Past the time that replaced parts are kept for readers. */
    async function foldAndWait({ store, advance }: Bench, ...pairs: Fold[]): Promise<void> {
      for (const pair of pairs) expect(await store.fold(pair)).toBe(true);
      advance(3_600_000);
    }

    promise('takes chunks that are folded and old, and leaves windows, runs and all else as they are', async (b) => {
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
    });

    promise('takes chunks beyond so many rows of a model, the oldest first', async (b) => {
      const { store } = b;
      await store.append('e', [aged(5, 1), aged(5, 2), aged(5, 3), aged(5, 4), aged(5, 7, { key: 'n' })]);
      await foldAndWait(b, pairFold(1, 2), pairFold(3, 4));
      expect(await store.prune('e', { maxRows: 7 })).toEqual(gone({ chunks: 2, rows: 3 }));
      expect(await positions(store)).toEqual([3, 4, 5]);
      expect(await store.prune('e', { maxRows: 0 })).toEqual(gone({ chunks: 2, rows: 7 }));
      expect(await positions(store)).toEqual([5]);
      expect(await store.windowRows('e', 'm', 0, 9)).toBe(10);
    });

    promise('takes folds that are old and that no open window needs', async (b) => {
      const { store } = b;
      await store.append('e', [aged(9_000, 1), aged(9_000, 2), aged(9_000, 3), aged(9_000, 4), aged(9, 5), aged(9, 6)]);
      await store.commitWindow(commit({ next: { seq: 0, cursor: 2, captured: 0 } }));
      await store.commitWindow(commit({ monitor: 'other', next: { seq: 0, cursor: 6, captured: 0 } }));
      await foldAndWait(b, pairFold(1, 2), pairFold(3, 4), pairFold(5, 6));
      const profilesMs = 3_600_000 + 5_000;
      expect(await store.prune('e', { profilesMs })).toEqual(gone({ folds: 1 }));
      expect(await window(store, 2, 6)).toEqual(['1:3-4=7#34', '1:5-6=11#56']);
      await store.commitWindow(commit({ expectedVersion: 1, next: { seq: 1, cursor: 4, captured: 0 } }));
      expect(await store.prune('e', { profilesMs })).toEqual(gone({ folds: 1 }));
    });

    promise('takes old predictions', async ({ store }) => {
      const old = (id: string, dt: number, offset: number): NewPrediction => ({ id, offset, value: 1, dt });
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
      expect(await store.prune('other', { rowsMs: 0, maxRows: 0, profilesMs: 0, predictionsMs: 0 })).toEqual(gone({}));
      expect(await store.prune('e', {})).toEqual(gone({}));
      expect(await positions(store)).toEqual([1, 2]);
      for (const wrong of [{ rowsMs: -1 }, { maxRows: 0.5 }, { profilesMs: Number.NaN }]) {
        expect(await codeOf(store.prune('e', wrong))).toBe('ERR_LEEWAY_OPTION');
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

    promise('replaces bytes, rows and values of entries, and the part follows', async ({ store }) => {
      await store.append('e', [chunk(3, 7, { value: 'a' }), entry({ value: 'secret' }), chunk(2, 8)]);
      const entries = [
        { pos: 1, before: bytes(7), bytes: bytes(70), rows: 1 },
        { pos: 2, value: null },
      ];
      const predictions = { ids: ['gone'] };
      expect(await store.rewrite({ ...nothing, entries, predictions, log: [entry({ key: 'erasure' })] })).toBe(true);
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
    });

    promise('replaces folds', async ({ store }) => {
      await store.append('e', chunks(4));
      await store.fold(pairFold(1, 2));
      const folds = [{ key: 'm', level: 1, posFrom: 1, before: bytes(12), bytes: bytes(99), rows: 2 }];
      expect(await store.rewrite({ ...nothing, folds })).toBe(true);
      expect(await window(store, 0, 4)).toEqual(['1:1-2=2#99', '0:3-3=3#2', '0:4-4=4#3']);
    });

    promise('removes predictions by id and by run', async ({ store }) => {
      const predictions = ['a', 'b', 'c', 'd'].map((id, offset) => ({ id, offset, value: 1, dt: 1 }));
      await store.append('e', [chunk(4, 1, { predictions })]);
      expect(await store.rewrite({ ...nothing, predictions: { ids: ['a', 'zzz'], runs: [3] } })).toBe(true);
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
      expect((await store.pendingDeliveries('e', 9)).map(({ id, attempts }) => [id, attempts])).toEqual([
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

    promise('a lease can be renewed, and given back by its owner only', async ({ store, advance }) => {
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
    });

    promise('of 10 owners at once one gets the lease', async ({ stores }) => {
      const tries = upTo(10).map((index) =>
        (stores[index % stores.length] as TrackingStore).takeLease('l', `owner ${index}`, 1_000),
      );
      expect((await Promise.all(tries)).filter(Boolean).length).toBe(1);
    });

    promise('refuses a lease without a time', async ({ store }) => {
      for (const ttlMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(await codeOf(store.takeLease('l', 'a', ttlMs))).toBe('ERR_LEEWAY_OPTION');
      }
    });

    promise('clear removes all of one experiment and nothing else', async ({ store }) => {
      for (const experiment of ['e', 'f']) {
        const predictions = [{ id: 'p', offset: 0, value: 1, dt: 1 }];
        await store.append(experiment, [...chunks(3), entry({ predictions })]);
        await store.fold({
          ...fold(
            1,
            [
              [0, 1],
              [0, 2],
            ],
            1,
          ),
          experiment,
        });
        const deliveries = [{ id: `d ${experiment}`, payload: 1 }];
        await store.commitWindow(commit({ experiment, next: { seq: 0, cursor: 2, captured: -1 }, deliveries }));
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
      expect(
        await store.fold(
          fold(
            1,
            [
              [0, 1],
              [0, 2],
              [0, 3],
            ],
            1,
          ),
        ),
      ).toBe(true);
    });

    promise('after close every method rejects with ERR_LEEWAY_CLOSED, and close can be called again', async (b) => {
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
        collect(store.windowParts('e', 'm', 0, 1)),
        store.windowRows('e', 'm', 0, 1),
        store.fold(fold(1, [[0, 1]], 1)),
        store.commitWindow(commit()),
        store.pendingDeliveries('e', 1),
        store.settleDelivery('d', { done: true }),
        store.takeLease('l', 'a', 1),
        store.releaseLease('l', 'a'),
        collect(store.parts('e')),
        collect(store.predictions('e')),
        store.prune('e', {}),
        store.rewrite({ experiment: 'e', entries: [], folds: [], predictions: {}, log: [] }),
        store.migrate(),
        store.clear('e'),
      ];
      expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => 'ERR_LEEWAY_CLOSED'));
    });

    promise('a store never used closes too', async ({ store }) => {
      await store.close();
      expect(await codeOf(store.head('e'))).toBe('ERR_LEEWAY_CLOSED');
    });

    promise('close lets calls under way finish, the first call of all too', async ({ store, reopen }) => {
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
    });

    promise('what one instance wrote another one sees, and goes on from', async ({ store, reopen }) => {
      if (reopen === undefined) return;
      await store.append('e', chunks(3));
      await store.fold(
        fold(
          1,
          [
            [0, 1],
            [0, 2],
          ],
          1,
        ),
      );
      await store.commitWindow(
        commit({ next: { seq: 0, cursor: 2, captured: -1 }, deliveries: [{ id: 'd', payload: 1 }] }),
      );
      await store.close();
      const again = reopen();
      expect(await again.head('e')).toEqual({ pos: 3, run: 7 });
      expect(await window(again, 0, 3)).toEqual(['1:1-2=3#1', '0:3-3=3#2']);
      expect((await again.monitorHead('e', 'mon')).version).toBe(1);
      expect((await again.pendingDeliveries('e', 1)).length).toBe(1);
      expect(await again.append('e', [entry()])).toEqual([{ pos: 4, run: 8 }]);
    });
  });
}
