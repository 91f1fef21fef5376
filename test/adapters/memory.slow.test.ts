import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { Interception } from '../../src/watch/interception.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** What is held, once what is not held is gone. */
async function heldBytes(): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A store that takes nothing, and never says so. */
const silentStore = () =>
  new Proxy(memoryStore(), {
    get: (target, name) => {
      if (name === 'append') return () => new Promise(() => undefined);
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

const OPTIONS: DriftOptions = {
  experiment: 'memory',
  schedule: false,
  onError: () => undefined,
  budget: { rowsPerSecond: Number.POSITIVE_INFINITY },
  models: {
    own: {
      match: 'POST /own',
      codec: { decode: ({ body }) => ({ X: [[String(body).length]], Y: [[1]] }) },
    },
    ...Object.fromEntries(
      Array.from({ length: 64 }, (_, each) => [`m${each}`, { match: `POST /m${each}` }]),
    ),
  },
};

const incoming = { push: () => true };
const MOST = 64 * 1024 * 1024;
let id = 0;
const begin = (service: Service, model = 'm0'): Interception | undefined => {
  const headers = { 'x-request-id': `${id++}`.padEnd(128, 'x') };
  return service.follow({ method: 'POST', path: `/${model}`, headers }, () => undefined);
};

/** Each brings a call that the host is not done with, or one that the store does not take; far more of them than fit. */
const LOADS: Readonly<
  Record<string, readonly [calls: number, load: (service: Service, each: number) => unknown]>
> = {
  'large bodies on the wire': [
    2_000,
    (service) => {
      const call = begin(service);
      for (let piece = 0; piece < 8; piece += 1)
        call?.received(incoming, Buffer.alloc(16_384, 32), undefined);
      return call;
    },
  ],
  'small bodies on the wire': [
    80_000,
    (service) => {
      const call = begin(service);
      call?.received(incoming, Buffer.from('{"x":1}'), undefined);
      return call;
    },
  ],
  'bodies that come byte by byte': [
    120,
    (service) => {
      const call = begin(service);
      for (let piece = 0; piece < 10_000; piece += 1)
        call?.received(incoming, Buffer.from('x'), undefined);
      return call;
    },
  ],
  'bodies for a codec of the host': [
    6_000,
    (service, each) => {
      const call = begin(service, 'own');
      call?.request({ rows: Array.from({ length: 1_000 }, (_, row) => `${each}-${row}`) });
      return call;
    },
  ],
  'parsed bodies of mixed cells': [
    3_000,
    (service, each) => {
      const call = begin(service);
      const cell = (row: number, column: number) =>
        [row + column / 7, null, `${each}-${row}`, true][(row + column) % 4] ?? null;
      call?.request(
        Array.from({ length: 100 }, (_, row) =>
          Array.from({ length: 20 }, (_, column) => cell(row, column)),
        ),
      );
      return call;
    },
  ],
  'answers that stream': [
    2_000,
    (service) => {
      const call = begin(service);
      const outgoing = {
        statusCode: 200,
        writableFinished: false,
        write: () => true,
        end: () => undefined,
        once: () => 0,
      };
      for (let piece = 0; piece < 8; piece += 1)
        call?.wrote(outgoing, Buffer.alloc(16_384, 32), undefined);
      return call;
    },
  ],
  'rows of many models that the store does not take': [
    150_000,
    (service, each) => {
      const call = begin(service, `m${each % 64}`);
      call?.request({ x: each / 7 });
      call?.answer('1');
      call?.end(200);
    },
  ],
  'batches that the store does not take': [
    3_000,
    (service, each) => {
      const call = begin(service, `m${each % 8}`);
      const rows = Array.from({ length: 100 }, (_, row) => [
        row / 7,
        row % 3 === 0 ? null : row,
        `${each}-${row}`,
      ]);
      call?.request(rows);
      call?.answer(JSON.stringify(rows.map(([x]) => x)));
      call?.end(200);
    },
  ],
  'rows whose columns are all new': [
    20_000,
    (service, each) => {
      const call = begin(service, `m${each % 64}`);
      call?.request({ [`${each}`.padEnd(256, 'ü')]: each / 7, [`${each}-${each}`]: 'x' });
      call?.answer('1');
      call?.end(200);
    },
  ],
  'rows that are recorded by hand': [
    3_000,
    (service, each) => {
      const X = Array.from({ length: 100 }, (_, row) => ({ x: row / 7, name: `${each}-${row}` }));
      service.record({ X, Y: X.map(({ x }) => x), id: `r-${each}` });
    },
  ],
};

describe('what all buffers hold together', () => {
  it.each(Object.keys(LOADS))('stays within 64 MB: %s', async (name) => {
    const [calls, load] = LOADS[name] as (typeof LOADS)[string];
    const service = new Service({ ...OPTIONS, store: silentStore() });
    const before = await heldBytes();
    const underWay: Interception[] = [];
    for (let each = 0; each < calls; each += 1) {
      const call = load(service, each);
      if (call instanceof Interception) underWay.push(call);
    }
    expect((await heldBytes()) - before).toBeLessThan(MOST);
    // What is let go is free for others.
    for (const call of underWay.splice(0)) call.abort();
    const { droppedCalls } = service.status().counters;
    const next = begin(service);
    expect(next).toBeInstanceOf(Interception);
    next?.request({ x: 1 });
    next?.answer('1');
    next?.end(200);
    expect(service.status().counters).toMatchObject({ droppedCalls, errors: 0 });
    await service.close({ timeout: '0.1s' });
  });
});
