import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/leaves/random.js';
import { experiment } from '../../src/service/open-experiment.js';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';
import { runHere } from './run-here.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'leeway-jobs-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A server that recorded some days ago, took its first window, and left rows behind for the next. */
async function serve(
  name: string,
  shift: number,
  options: Partial<DriftOptions> = {},
): Promise<string> {
  const file = join(directory, name);
  const clock = fakeClock(Date.now() - 3 * 86_400_000);
  const store = sqliteStore({ file, clock });
  const service = new Service(
    {
      experiment: 'shop',
      model: 'price',
      store,
      schedule: 'daily',
      onAlert: () => undefined,
      ...options,
    },
    { clock },
  );
  const random = seededRandom(4);
  const send = (rows: number, by: number): void => {
    for (let row = 0; row < rows; row += 1)
      service.record({ X: [{ wind: random() + by }], Y: [{ price: random() }] });
  };
  send(1_500, 0);
  await service.monitor().capture();
  send(400, shift);
  await service.flush();
  await service.close();
  await store.close();
  return file;
}

describe('leeway jobs', () => {
  it('lists what servers recorded, with the next tick', async () => {
    const file = await serve('listed.db', 0, { schedule: '30 6 * * *', timeZone: 'Europe/Zurich' });
    const { code, stdout } = await runHere(['jobs', file]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /monitors\/shop\/price\s+30 6 \* \* \* Europe\/Zurich\s+1\s+.*\d{4}-\d\d-\d\d 0[45]:30/,
    );
    const { jobs } = JSON.parse((await runHere(['jobs', file, '--json'])).stdout);
    expect(jobs).toMatchObject([
      {
        name: 'monitors/shop/price',
        model: 'price',
        schedule: '30 6 * * *',
        snapshots: 1,
        lastTick: null,
        options: { minRows: 100, baseline: 'first', rules: null },
      },
    ]);
  });
});

describe('leeway tick', () => {
  it('captures what is due, once, and says what it found', async () => {
    const file = await serve('drift.db', 1);
    const first = await runHere(['tick', file, '--fail-on-drift']);
    expect(first.stdout).toMatch(
      /monitors\/shop\/price: compared \(\d{4}-.*\), drift\n {2}price: drift in X_wind/,
    );
    expect(first.code).toBe(1);
    const again = JSON.parse((await runHere(['tick', file, '--json'])).stdout);
    expect(again.jobs).toMatchObject([{ outcome: 'not-due', tick: null, drift: false }]);
    // The job is as it was, and the alert waits for whoever has the sinks.
    const { jobs } = JSON.parse((await runHere(['jobs', file, '--json'])).stdout);
    expect(jobs).toMatchObject([{ schedule: 'daily', snapshots: 2 }]);
    const store = sqliteStore({ file });
    expect(await store.pendingDeliveries('shop', 10)).toHaveLength(1);
    await store.close();
  });

  it('compares with the baseline that the server had pinned', async () => {
    const random = seededRandom(9);
    const baseline = Array.from({ length: 1_000 }, () => ({ X_wind: random(), Y_price: random() }));
    const file = await serve('pinned.db', 1, {
      baseline,
      rules: [{ name: 'wind', columns: ['X_wind'] }],
    });
    const { jobs } = JSON.parse((await runHere(['tick', file, '--json'])).stdout);
    expect(jobs).toMatchObject([
      { outcome: 'compared', drift: true, alerts: [{ rules: ['wind'] }] },
    ]);
  });

  it('goes by the baseline, segments and rules for columns that the server had', async () => {
    const told = {
      baseline: 'previous',
      columns: { X_wind: { ignore: true } },
      segments: ['X_town'],
    } as const;
    const file = await serve('told.db', 1, told);
    const { jobs } = JSON.parse((await runHere(['jobs', file, '--json'])).stdout);
    expect(jobs).toMatchObject([
      {
        options: {
          baseline: 'previous',
          comparison: { columns: told.columns },
          segments: ['X_town'],
        },
      },
    ]);
    const ticked = JSON.parse((await runHere(['tick', file, '--json'])).stdout);
    expect(ticked.jobs).toMatchObject([{ outcome: 'compared', drift: false }]);
  });

  it('captures data that was logged, where that is what is watched', async () => {
    const file = join(directory, 'data.db');
    const clock = fakeClock(Date.now() - 3 * 86_400_000);
    const store = sqliteStore({ file, clock });
    const exp = experiment('shop', { store, clock });
    const monitor = await exp.track('stock', { monitor: true, kind: 'data', schedule: 'daily' });
    const random = seededRandom(4);
    const values = (count: number, from: number) =>
      Array.from({ length: count }, () => from + random());
    await monitor.snapshot(values(1_000, 0));
    await exp.logData('stock', values(300, 1));
    await exp.close();
    await store.close();
    const { jobs } = JSON.parse((await runHere(['tick', file, '--json'])).stdout);
    expect(jobs).toMatchObject([
      { model: 'stock', outcome: 'compared', drift: true, alerts: [{ columns: ['0'] }] },
    ]);
  });

  it('goes by rows where the job does', async () => {
    const many = await serve('rows.db', 0, { schedule: { everyRows: 300 } });
    expect((await runHere(['tick', many])).stdout).toContain('compared');
    const few = await serve('few.db', 0, { schedule: { everyRows: 3_000 } });
    expect((await runHere(['tick', few])).stdout).toContain('not due');
  });
});
