import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/leaves/random.js';
import { Service } from '../../src/service/request-service.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { postgresStore } from '../../src/tracking/stores/postgres/store.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite/store.js';
import { type FakeClock, fakeClock } from '../fixtures/fake-clock.js';
import { freshSchema, postgresUrl } from '../fixtures/postgres.js';

const MAX_BYTES = 6_000_000;
const COLUMNS = 31;
const ROWS = 400;
const SECOND = 1_000;
const MINUTES = 8;
const TIMEOUT_MS = 240_000;
const server = await postgresUrl();

interface Opened {
  readonly store: TrackingStore;
  readonly remove: () => Promise<void>;
}

const stores: readonly [name: string, open: (clock: FakeClock) => Promise<Opened | undefined>][] = [
  [
    'memory',
    async (clock) => ({
      store: memoryStore({ clock, maxBytes: MAX_BYTES }),
      remove: async () => undefined,
    }),
  ],
  [
    'sqlite',
    async (clock) => {
      const directory = mkdtempSync(join(tmpdir(), 'leeway-full-'));
      return {
        store: sqliteStore({ file: join(directory, 'a.db'), clock, maxBytes: MAX_BYTES }),
        remove: async () => rmSync(directory, { recursive: true }),
      };
    },
  ],
  [
    'postgres',
    async (clock) => {
      if (server === undefined) return undefined;
      const schema = await freshSchema(server);
      return {
        store: postgresStore({ url: schema.url, clock, maxBytes: MAX_BYTES }),
        remove: () => schema.drop(),
      };
    },
  ],
];

describe.each(stores)('a full store: %s', (_name, open) => {
  it(
    'gets room again, oldest first, while rows and captures go on',
    async (context) => {
      const clock = fakeClock();
      const opened = await open(clock);
      if (opened === undefined) return context.skip();
      const { store, remove } = opened;
      const random = seededRandom(1);
      const row = (): Record<string, number> =>
        Object.fromEntries(
          Array.from({ length: COLUMNS }, (_, column) => [`c${column}`, random()]),
        );
      const service = new Service(
        {
          experiment: 'shop',
          model: 'price',
          match: 'POST /predict',
          schedule: false,
          minRows: 50,
          store,
          onError: () => undefined,
          onInfo: () => undefined,
          onAlert: () => undefined,
        },
        { clock },
      );
      const snapshots: number[] = [];
      let dropped = 0;
      for (let minute = 0; minute < MINUTES; minute += 1) {
        // Ten bursts a minute, each what ten seconds of this traffic are, so that the store is full after the first.
        for (let burst = 0; burst < 6; burst += 1) {
          const X = Array.from({ length: ROWS }, row);
          service.record({ X, Y: X.map(() => 1) });
          await clock.advance(10 * SECOND);
          await service.flush();
        }
        await service.monitor().capture();
        snapshots.push(service.monitor().length);
        dropped = service.status().counters.droppedRows;
      }
      expect(dropped).toBe(0);
      expect(snapshots.at(-1)).toBeGreaterThanOrEqual(MINUTES - 2);
      await expect.poll(() => service.flush(), { timeout: 20_000 }).toBe(true);
      expect(service.status().ok).toBe(true);
      // What is left of the rows is the newest of them.
      const positions: number[] = [];
      for await (const { pos } of store.query(
        'shop',
        { events: ['predict'] },
        { withBytes: false },
      ))
        positions.push(pos);
      expect(positions.at(0)).toBeGreaterThan(1);
      expect(positions.length).toBeGreaterThan(1);
      await service.close();
      await store.close();
      await remove();
    },
    TIMEOUT_MS,
  );
});
