import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.js';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import { profileTable } from '../../src/profile/profile-table.js';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const open: Service[] = [];
const directories: string[] = [];
afterEach(async () => {
  for (const service of open.splice(0)) await service.close();
  for (const directory of directories.splice(0))
    rmSync(directory, { recursive: true, force: true });
});

const options: DriftOptions = {
  experiment: 'shop',
  model: 'price',
  match: 'POST /predict',
  store: 'memory:',
};

function start(extra: Partial<DriftOptions> = {}, clock = fakeClock()): Service {
  const service = new Service({ ...options, ...extra }, { clock });
  open.push(service);
  return service;
}

function rows(count: number, seed: number, mean = 0): { a: number; kind: string }[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => ({
    a: mean + randomNormal(random),
    kind: random() < 0.5 ? 'x' : 'y',
  }));
}

/** Records rows, with a prediction that follows `a`, a call each. */
function send(service: Service, table: readonly { a: number }[]): void {
  for (const row of table) service.record({ X: [row], Y: [{ price: 2 * row.a + 1 }] });
}

const state = (service: Service): string => service.status().models[0]!.state;

describe('a monitor in its service', () => {
  it('learns a first baseline, then compares window by window, and alerts once per capture', async () => {
    const alerts: Alert[] = [];
    const service = start({ onAlert: (alert) => alerts.push(alert) });
    const monitor = service.monitor();
    await monitor.refresh();
    expect(service.status()).toMatchObject({
      ok: true,
      state: 'learning',
      reasons: [
        'learning baseline: 0 of 1,000 rows',
        'the next capture is at 2026-01-16 00:00 UTC',
      ],
    });

    send(service, rows(312, 1));
    expect(service.status().reasons).toEqual([
      'learning baseline: 312 of 1,000 rows',
      'the next capture is at 2026-01-16 00:00 UTC',
    ]);
    // What is recorded is seen from the first row on.
    expect(service.status().models[0]).toMatchObject({
      columns: [
        { name: 'X_a', type: 'number' },
        { name: 'X_kind', type: 'text' },
        { name: 'Y_price', type: 'number' },
      ],
      nextCaptureAt: Date.UTC(2026, 0, 16),
    });
    expect(await monitor.capture()).toMatchObject({
      outcome: 'learning',
      drift: false,
      rows: 312,
      run: undefined,
    });
    expect(monitor.length).toBe(0);

    send(service, rows(700, 2));
    expect(await monitor.capture()).toMatchObject({ outcome: 'learning', rows: 1012 });
    expect(monitor.length).toBe(1);
    expect(state(service)).toBe('learning');

    send(service, rows(40, 3));
    expect(await monitor.capture()).toMatchObject({ outcome: 'too-few', rows: 40 });
    send(service, rows(300, 4));
    expect(await monitor.capture()).toMatchObject({
      outcome: 'compared',
      drift: false,
      rows: 340,
      alerts: [],
    });
    expect(state(service)).toBe('healthy');
    expect(await monitor.capture()).toMatchObject({ outcome: 'no-rows', rows: 0 });

    send(service, rows(300, 5, 1));
    const result = await monitor.capture();
    expect(result).toMatchObject({ outcome: 'compared', drift: true });
    expect(result.stats?.drifted).toEqual(['X_a', 'Y_price']);
    expect(state(service)).toBe('drifting');
    expect(service.status()).toMatchObject({
      ok: true,
      state: 'drifting',
      reasons: [
        'drift in X_a, Y_price',
        expect.stringMatching(/^uncalibrated: 29 more blocks of time/),
      ],
    });
    expect(alerts).toMatchObject([
      {
        title: 'price: drift in X_a and Y_price',
        columns: ['X_a', 'Y_price'],
        baselineSeq: 0,
        currentSeq: 2,
      },
    ]);
    expect(alerts[0]!.message).toMatch(
      /X_a: median rose from -?0\.\d+ to [01]\.\d+ \(\+\d\.\d sd\)/,
    );
  });

  it('finds the latest capture that found something, also when predictions came after it', async () => {
    const service = start({ baseline: baselineRows(), onAlert: () => undefined });
    send(service, rows(300, 5, 1));
    const { run } = await service.monitor().capture();
    send(service, rows(300, 6));
    await service.monitor().capture();
    send(service, rows(50, 7, 1));
    await service.flush();
    const found = (await service.experiment.data({ event: ['drift', 'alert'], run: -1 })).rows;
    expect(found.map((row) => [row.run, row.event, row.key])).toEqual([
      [run, 'drift', 'price'],
      [run, 'alert', 'price'],
    ]);
    expect(found[0]!.value).toMatchObject({ drift: true, drifted: ['X_a', 'Y_price'] });
    expect((await service.experiment.data({ event: 'alert', run: -1 })).rows).toMatchObject([
      { run, value: { model: 'price' } },
    ]);
    const alerted = await service.monitor().events('alert', { run: -1 });
    expect(alerted.drifted).toEqual(
      found[0]!.value && (found[0]!.value as { drifted: string[] }).drifted,
    );
    expect(alerted.plot({ column: alerted.drifted[0]! })).toContain('<svg');
  });

  it('is learning with a pinned baseline too, until a window was compared', async () => {
    const service = start({ baseline: baselineRows() });
    await service.monitor().refresh();
    expect(service.status()).toMatchObject({
      state: 'learning',
      reasons: [
        'baseline pinned; first window: 0 of 100 rows',
        'the next capture is at 2026-01-16 00:00 UTC',
      ],
    });
    send(service, rows(100, 3));
    await service.monitor().capture();
    expect(state(service)).toBe('healthy');
  });

  it('takes snapshots by hand: the first is the baseline, a later one is what the next capture judges', async () => {
    const service = start();
    const monitor = service.monitor();
    expect(
      await monitor.snapshot({
        X: rows(500, 1),
        Y: rows(500, 1).map((row) => ({ price: 2 * row.a + 1 })),
      }),
    ).toBe(0);
    send(service, rows(300, 2, 1));
    expect(await monitor.snapshot()).toBe(1);
    send(service, rows(10, 3));
    const result = await monitor.capture();
    expect(result).toMatchObject({ drift: true, rows: 300 });
    expect(monitor.length).toBe(2);
    expect((await monitor.compare()).drifted).toEqual(['X_a', 'Y_price']);
    expect((await monitor.compare({ seq: [0, -1] })).windows).toMatchObject({
      baseline: { seq: 0 },
      current: { seq: 1 },
    });
    await expect(monitor.compare({ seq: [0, 7] })).rejects.toThrow(
      /no snapshot 7 of "price": it has 2/,
    );
  });

  it('begins anew after the experiment was cleared', async () => {
    const service = start();
    const monitor = service.monitor();
    await monitor.snapshot({ X: rows(500, 1), Y: rows(500, 1) });
    await monitor.snapshot({ X: rows(500, 2), Y: rows(500, 2) });
    expect((await monitor.compare()).drift).toBe(false);
    await service.experiment.clear({ force: true });
    await monitor.snapshot({ X: rows(500, 1, 5), Y: rows(500, 1, 5) });
    await monitor.snapshot({ X: rows(500, 2), Y: rows(500, 2) });
    expect(monitor.length).toBe(2);
    expect((await monitor.compare()).drifted).toContain('X_a');
  });

  it('does not call X drifted when a snapshot of Y alone is taken', async () => {
    const service = start();
    const monitor = service.monitor();
    await monitor.snapshot({ X: rows(500, 1), Y: rows(500, 1) });
    await monitor.snapshot({ Y: rows(500, 2) });
    const { stats, drift } = await monitor.capture();
    expect(drift).toBe(false);
    expect(stats?.select({ column: 'X_a', statistic: 'mean' })[0]).toMatchObject({
      outcome: 'not-observed',
    });
  });

  it('captures by its schedule, and says when nothing comes', async () => {
    const clock = fakeClock();
    const service = start(
      { schedule: 'hourly', baseline: baselineRows(), onAlert: () => undefined },
      clock,
    );
    send(service, rows(200, 5, 1));
    await clock.advance(3_600_000);
    expect(service.monitor().job.history()).toMatchObject([{ outcome: 'done' }]);
    expect(state(service)).toBe('drifting');
    await clock.advance(3 * 3_600_000);
    expect(state(service)).toBe('no-data');
  });

  it('runs the rules it is given in place of its own verdict', async () => {
    const alerts: Alert[] = [];
    const service = start({
      baseline: baselineRows(),
      rules: [
        { columns: ['X_a'], statistic: 'ks', above: 0.3 },
        { name: 'any price', columns: ['Y_price'] },
      ],
      onAlert: (alert) => alerts.push(alert),
    });
    send(service, rows(300, 5, 0.3));
    await service.monitor().capture();
    send(service, rows(300, 6, 2));
    await service.monitor().capture();
    // One incident: the second rule to fire is news of it.
    expect(alerts.map((alert) => [alert.transition, alert.rules, alert.columns])).toEqual([
      ['opened', ['any price'], ['Y_price']],
      ['updated', ['any price', 'rule 1'], ['X_a', 'Y_price']],
    ]);
    expect(new Set(alerts.map((alert) => alert.incident)).size).toBe(1);
  });

  it('names a rule whose predicate rejects, throws or answers otherwise, and the process and the other rules live', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): number => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const alerts: Alert[] = [];
    const service = start({
      baseline: baselineRows(),
      rules: [
        { name: 'later', when: (async () => Promise.reject(new Error('theirs'))) as never },
        { name: 'price', columns: ['Y_price'] },
      ],
      onAlert: (alert) => alerts.push(alert),
    });
    send(service, rows(300, 6, 2));
    await service.monitor().capture();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    expect(alerts.map((alert) => alert.rules)).toEqual([['price']]);
    expect(service.status().reasons).toContain(
      'later failed: when must answer at once, not with a promise',
    );
  });

  it('delivers an alert again until the callback takes it, also after a restart', async () => {
    const store = memoryStore();
    let taken = 0;
    const failing = start({
      store,
      baseline: baselineRows(),
      onError: () => undefined,
      onAlert: () => {
        throw new Error('pager is down');
      },
    });
    send(failing, rows(300, 5, 1));
    expect((await failing.monitor().capture()).alerts.length).toBe(1);
    await failing.close();
    const clock = fakeClock();
    start({ store, baseline: baselineRows(), onAlert: () => (taken += 1) }, clock);
    await clock.advance(120_000);
    expect(taken).toBe(1);
  });

  it('does not deliver what another replica is delivering', async () => {
    const store = memoryStore();
    const clocks = [fakeClock(), fakeClock()];
    let taken = 0;
    let release = (): void => undefined;
    const onAlert = (): Promise<void> =>
      new Promise((resolve) => {
        taken += 1;
        release = resolve;
      });
    const replicas = clocks.map((clock) =>
      start({ store, baseline: baselineRows(), onAlert }, clock),
    );
    send(replicas[0]!, rows(300, 5, 1));
    const capture = replicas[0]!.monitor().capture();
    await expect.poll(() => taken).toBe(1);
    await clocks[1]!.advance(60_000);
    expect(taken).toBe(1);
    release();
    await capture;
    await clocks[1]!.advance(60_000);
    expect(taken).toBe(1);
  });

  it('makes the report of the latest window', async () => {
    const service = start({ baseline: baselineRows(), onAlert: () => undefined });
    await expect(service.monitor().report()).rejects.toMatchObject({ code: 'ERR_LEEWAY_STATE' });
    send(service, rows(300, 5, 1));
    await service.monitor().capture();
    expect(await service.monitor().report()).toContain('Drift in 2 of 3 columns: X_a and Y_price.');
  });

  it('folds what it recorded, and a snapshot of folds says the same as one of rows', async () => {
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const service = start({ store, baseline: baselineRows() }, clock);
    for (let minute = 0; minute < 70; minute += 1) {
      send(service, rows(20, minute + 10));
      await clock.advance(60_000);
    }
    const parts = [];
    const { pos } = await store.head('shop');
    for await (const part of store.windowParts('shop', 'price', 0, pos)) parts.push(part);
    expect(parts.length).toBeLessThan(15);
    expect(parts.reduce((sum, part) => sum + part.rows, 0)).toBe(1_400);
    expect(parts.map((part) => part.level)).toContain(3);
    const { stats, rows: counted } = await service.monitor().capture();
    expect(counted).toBe(1_400);
    const all = Array.from({ length: 70 }, (_, minute) => rows(20, minute + 10)).flat();
    const direct = profileTable({ X_a: all.map((row) => row.a) });
    expect(stats?.current('X_a').profile.quantiles.weightedValues()).toEqual(
      direct.column('X_a')?.quantiles.weightedValues(),
    );
  });

  it('goes on after a change of what a column means, and says which rows it left out', async () => {
    const store = memoryStore();
    const clock = fakeClock();
    const codes = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ code: index % 3 }));
    const before = start({ store }, clock);
    for (const row of codes(150)) before.record({ X: [row], Y: [1] });
    await before.flush();
    await clock.advance(60_000);
    await before.close();
    const errors: unknown[] = [];
    const baseline = profileTable(
      { X_code: codes(300).map((row) => row.code), Y_0: Array(300).fill(1) },
      { catcols: ['X_code'] },
    );
    const after = start({ store, baseline, onError: (error) => errors.push(error) });
    for (const row of codes(200)) after.record({ X: [row], Y: [1] });
    expect(await after.monitor().capture()).toMatchObject({
      outcome: 'compared',
      drift: false,
      rows: 200,
    });
    expect(String(errors[0])).toMatch(
      /150 rows were left out of a window: .*"X_code" is declared categorical in only one/,
    );
    for (const row of codes(200)) after.record({ X: [row], Y: [1] });
    expect(await after.monitor().capture()).toMatchObject({ rows: 200 });
    expect(errors.length).toBe(1);
  });

  it('captures one window once, though two replicas try at the same time', async () => {
    const store = memoryStore();
    const replicas = [
      start({ store, baseline: baselineRows(), onAlert: () => undefined }),
      start({ store, baseline: baselineRows(), onAlert: () => undefined }),
    ];
    for (const replica of replicas) send(replica, rows(300, 5, 1));
    await Promise.all(replicas.map((replica) => replica.flush()));
    const results = await Promise.all(replicas.map((replica) => replica.monitor().capture()));
    expect(results.map((result) => result.outcome).sort()).toEqual(['compared', 'no-rows']);
    expect(results.find((result) => result.outcome === 'compared')?.rows).toBe(600);
    expect((await replicas[0]!.experiment.data({ event: 'alert' })).length).toBe(1);
  });
});

describe('a service', () => {
  it('goes on after a restart where it stopped: no row twice, none lost', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'leeway-'));
    directories.push(directory);
    const file = `sqlite:${join(directory, 'log.db')}`;
    const first = start({ store: file, baseline: baselineRows() });
    send(first, rows(120, 1));
    await first.monitor().capture();
    send(first, rows(150, 2));
    await first.close();
    const second = start({ store: file, baseline: baselineRows() });
    await second.monitor().refresh();
    expect(second.status().models).toMatchObject([
      { state: 'healthy', windowRows: 150, snapshots: 1 },
    ]);
    send(second, rows(50, 3));
    expect(await second.monitor().capture()).toMatchObject({ rows: 200, outcome: 'compared' });
    const calls = await second.experiment.data({ event: 'predict' });
    expect(calls.length).toBe(320);
    expect(new Set(calls.rows.map((row) => row.run)).size).toBe(320);
  });

  it('remembers after a restart that it was drifting, and is learning on an empty disk', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'leeway-'));
    directories.push(directory);
    const file = `sqlite:${join(directory, 'log.db')}`;
    const first = start({ store: file, baseline: baselineRows(), onAlert: () => undefined });
    send(first, rows(300, 1, 2));
    await first.monitor().capture();
    await first.close();
    const second = start({ store: file, baseline: baselineRows() });
    expect(state(second)).toBe('learning');
    await second.monitor().refresh();
    expect(second.status()).toMatchObject({
      state: 'drifting',
      reasons: [
        'drift in X_a, Y_price',
        expect.stringMatching(
          /^uncalibrated: two days of windows, because the rows of the baseline/,
        ),
      ],
    });
    const empty = start({
      store: `sqlite:${join(directory, 'other.db')}`,
      baseline: baselineRows(),
    });
    await empty.monitor().refresh();
    expect(state(empty)).toBe('learning');
  });

  it('keeps predictions going and memory bounded while the store is away, and catches up', async () => {
    const clock = fakeClock();
    const inner = memoryStore({ clock });
    let up = false;
    const store = new Proxy(inner, {
      get: (target, property) => {
        const value = Reflect.get(target, property) as unknown;
        if (typeof value !== 'function') return value;
        const isDown = !up && property === 'append';
        return isDown ? () => Promise.reject(new Error('down')) : value.bind(target);
      },
    }) as TrackingStore;
    const errors: unknown[] = [];
    const budget = { rowsPerSecond: Number.POSITIVE_INFINITY };
    const service = start({ store, budget, onError: (error) => errors.push(error) }, clock);
    send(service, rows(2_500, 1));
    expect(await service.flush()).toBe(false);
    expect(service.status()).toMatchObject({
      ok: false,
      store: { failing: true, unflushedRows: 2_500 },
    });
    expect(errors.length).toBeGreaterThan(0);
    up = true;
    await clock.advance(60_000);
    expect(service.status()).toMatchObject({
      ok: true,
      store: { failing: false, unflushedRows: 0 },
      counters: { droppedRows: 0 },
    });
    expect((await service.experiment.data({ event: 'predict' })).length).toBe(2_500);
  });

  it('names models within bounds', async () => {
    const service = start({ limits: { models: 3 } });
    for (let index = 0; index < 100; index += 1)
      service.record({ model: `m${index}`, X: [{ a: index }], Y: [1] });
    await service.flush();
    expect(service.status().models.map((model) => model.model)).toEqual([
      'price',
      'm0',
      'm1',
      'other',
    ]);
    expect((await service.experiment.data({ event: 'predict', key: 'other' })).length).toBe(98);
  });

  it('leaves out columns past the bound', async () => {
    const service = start({ limits: { columns: 10 } });
    for (let index = 0; index < 100; index += 1)
      service.record({ X: [{ [`c${index}`]: 1 }], Y: [1] });
    await service.monitor().snapshot();
    const [snapshot] = (await service.experiment.data({ event: 'snapshot' })).rows;
    expect(snapshot!.value).toMatchObject({ rows: 100, columns: 10 });
    expect(service.status().counters.droppedColumns).toBe(91);
    expect(service.status().reasons).toContain(
      'columns are left out, at least 91: see limits.columns',
    );
  });

  it('keeps outputs where inputs alone are more than there is room for, and counts what it leaves out', async () => {
    const service = start({ limits: { columns: 10 } });
    const wide = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`c${index}`, index]));
    service.record({ X: [wide], Y: [{ score: 0.5 }] });
    service.record({ X: [wide], Y: [{ score: 0.6 }] });
    await service.flush();
    const calls = (await service.experiment.data({ event: 'predict' })).rows.map(
      ({ value }) => value,
    );
    expect(calls).toMatchObject([{ Y: [{ score: 0.5 }] }, { Y: [{ score: 0.6 }] }]);
    expect(service.status().counters.droppedColumns).toBeGreaterThan(0);
  });

  it('closes once, flushing what it holds, and records nothing afterwards', async () => {
    const store = memoryStore();
    const service = start({ store });
    send(service, rows(5, 1));
    await Promise.all([service.close(), service.close()]);
    send(service, rows(5, 2));
    expect(await store.head('shop')).toMatchObject({ run: 5 });
    expect(service.status().counters.rows).toBe(5);
  });

  it('gives up closing when the store hangs, and says so', async () => {
    const errors: unknown[] = [];
    const clock = fakeClock();
    const store = new Proxy(memoryStore(), {
      get: (target, property) =>
        property === 'append'
          ? () => new Promise(() => undefined)
          : Reflect.get(target, property).bind?.(target),
    }) as TrackingStore;
    const service = start({ store, onError: (error) => errors.push(error) }, clock);
    send(service, rows(5, 1));
    const closing = service.close({ timeout: '2s' });
    await clock.advance(2_000);
    await closing;
    expect(String(errors[0])).toMatch(/gave up waiting for the store after 2000 ms/);
  });

  it('works the same on SQLite as a store handed in, which it does not close', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'leeway-'));
    directories.push(directory);
    const store = sqliteStore({ file: join(directory, 'log.db') });
    const service = start({ store });
    send(service, rows(5, 1));
    await service.close();
    expect(await store.head('shop')).toMatchObject({ run: 5 });
    await store.close();
  });
});

/** A baseline as training data: rows with the model's output. */
function baselineRows(): Record<string, unknown>[] {
  return rows(1_000, 99).map((row) => ({ ...row, Y_price: 2 * row.a + 1 }));
}
