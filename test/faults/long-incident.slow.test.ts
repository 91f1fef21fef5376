import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import { Service } from '../../src/service/request-service.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { postgresStore } from '../../src/tracking/stores/postgres/store.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite/store.js';
import { type FakeClock, fakeClock } from '../fixtures/fake-clock.js';
import { freshSchema, postgresUrl } from '../fixtures/postgres.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The second growth of what is known of usual windows is due after two weeks. `LEEWAY_FAULTS=all`: sixty days. */
const DAYS = process.env.LEEWAY_FAULTS === 'all' ? 60 : 18;
const DRIFTS_FROM = 3;
const TIMEOUT_MS = process.env.LEEWAY_FAULTS === 'all' ? 3_600_000 : 300_000;
const server = await postgresUrl();

const stores: readonly [
  name: string,
  open: (
    clock: FakeClock,
  ) => Promise<{ store: TrackingStore; remove: () => Promise<void> } | undefined>,
][] = [
  ['memory', async (clock) => ({ store: memoryStore({ clock }), remove: async () => undefined })],
  [
    'sqlite',
    async (clock) => {
      const directory = mkdtempSync(join(tmpdir(), 'leeway-incident-'));
      const store = sqliteStore({ file: join(directory, 'a.db'), clock });
      return { store, remove: async () => rmSync(directory, { recursive: true }) };
    },
  ],
  [
    'postgres',
    async (clock) => {
      if (server === undefined) return undefined;
      const schema = await freshSchema(server);
      return { store: postgresStore({ url: schema.url, clock }), remove: () => schema.drop() };
    },
  ],
];

describe.each(stores)('an incident that stays open for weeks: %s', (_name, open) => {
  it(
    'ends no monitor: each hour is captured',
    async (context) => {
      const clock = fakeClock(Date.UTC(2026, 0, 5));
      const opened = await open(clock);
      if (opened === undefined) return context.skip();
      const { store, remove } = opened;
      const service = new Service(
        {
          experiment: 'shop',
          model: 'price',
          match: 'POST /predict',
          schedule: 'hourly',
          minRows: 30,
          store,
          onAlert: () => undefined,
          onError: () => undefined,
          onInfo: () => undefined,
        },
        { clock },
      );
      const random = seededRandom(3);
      const failures: string[] = [];
      for (let hour = 0; hour < DAYS * 24; hour += 1) {
        const shift = hour >= DRIFTS_FROM * 24 ? 1.5 : 0;
        const X = Array.from({ length: hour === 0 ? 400 : 40 }, () => ({
          a: randomNormal(random) + shift,
        }));
        service.record({ X, Y: X.map(() => 1) });
        clock.jump(HOUR);
        try {
          await service.monitor().capture();
        } catch (error) {
          failures.push(`hour ${hour}: ${String(error)}`);
        }
      }
      expect(failures).toEqual([]);
      expect(service.monitor().length).toBe(DAYS * 24);
      expect(DAYS * DAY).toBeGreaterThan(17 * DAY);
      expect(await service.monitor().incidents()).toMatchObject([{ event: 'drift' }]);
      await service.close();
      await store.close();
      await remove();
    },
    TIMEOUT_MS,
  );
});
