import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { experiment } from '../../src/service/open-experiment.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { postgresStore } from '../../src/tracking/stores/postgres/store.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite/store.js';
import { housing } from '../fixtures/draws.js';
import { freshSchema, postgresUrl } from '../fixtures/postgres.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'leeway-monitor-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const stores: [
  string,
  () => Promise<{ store: TrackingStore; remove?: () => Promise<void> } | undefined>,
][] = [
  ['memory', async () => ({ store: memoryStore() })],
  ['sqlite', async () => ({ store: sqliteStore({ file: join(directory, 'log.db') }) })],
  [
    'postgres',
    async () => {
      const server = await postgresUrl();
      if (server === undefined) return undefined;
      const schema = await freshSchema(server);
      return { store: postgresStore({ url: schema.url }), remove: () => schema.drop() };
    },
  ],
];

describe.each(stores)('a monitor on %s', (_name, open) => {
  it('pins, goes on elsewhere, lets go, and begins anew', async (context) => {
    const opened = await open();
    if (opened === undefined) return context.skip();
    const { store, remove } = opened;
    const here = experiment('shop', { store });
    const there = experiment('shop', { store });
    const mine = here.asMonitor('price');
    const theirs = there.asMonitor('price');
    await mine.snapshot({ X: housing(500, 1).X });
    await mine.snapshot({ X: housing(300, 2, { income: 1 }).X });
    expect((await theirs.capture()).drift).toBe(true);
    await theirs.pin(-1);
    expect((await mine.compare({ seq: 'baseline' })).drift).toBe(false);
    await mine.unpin();
    expect((await theirs.compare({ seq: 'baseline' })).drift).toBe(true);

    const model = here.wrap('price', { predict: (rows: readonly unknown[]) => rows.map(() => 1) });
    model.predict(housing(50, 3).X);
    await mine.clear({ force: true });
    expect(await theirs.data()).toEqual([]);
    expect(await theirs.snapshot({ X: housing(500, 4, { income: 1 }).X })).toBe(0);
    model.predict(housing(200, 5, { income: 1 }).X);
    await here.data({ event: 'predict', run: -1 }); // which writes what is buffered
    const { outcome, rows } = await mine.capture();
    // The window after the clearing: the fifty calls before are in none.
    expect([outcome, rows]).toEqual(['compared', 200]);
    expect(await mine.incidents()).toHaveLength(0);
    expect((await theirs.data()).map(({ seq }) => seq)).toEqual([0, 1]);
    expect((await here.data({ event: 'snapshot' })).length).toBe(4);
    await here.close();
    await there.close();
    await store.close();
    await remove?.();
  });
});
