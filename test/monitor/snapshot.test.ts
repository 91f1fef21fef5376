import { describe, expect, it } from 'vitest';
import { Profile } from '../../src/profile/profile.js';
import { experiment } from '../../src/service/open-experiment.js';
import { Service } from '../../src/service/request-service.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { housing } from '../fixtures/draws.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const HOUR = 3_600_000;

/** A server with three hours of calls: 30, 20 and 10 rows, of incomes 1, 2 and 3. */
async function served() {
  const clock = fakeClock(Date.UTC(2026, 0, 5));
  const store = memoryStore({ clock });
  const service = new Service(
    { experiment: 'shop', model: 'price', match: 'POST /predict', schedule: false, store },
    { clock },
  );
  for (const [hour, rows] of [30, 20, 10].entries()) {
    for (let row = 0; row < rows; row += 1) {
      service.record({
        X: [{ income: hour + 1, code: row % 2, city: row % 3 === 0 ? 'a' : 'b' }],
        Y: [hour],
      });
    }
    await clock.advance(HOUR);
  }
  return { service, clock, monitor: service.monitor() };
}

describe('mon.snapshot()', () => {
  it('takes what was recorded since the last one, and then only what came after', async () => {
    const { service, monitor } = await served();
    expect(await monitor.snapshot({ since: 'last' })).toBe(0);
    expect((await monitor.profile(0)).rows).toBe(60);
    expect(await monitor.snapshot({ ignoreEmpty: true })).toBeUndefined();
    expect(monitor.length).toBe(1);
    expect(await monitor.snapshot()).toBe(1);
    expect((await monitor.profile(1)).rows).toBe(0);
    await service.close();
  });

  it('takes calls by time or run, which stay in the window that they are in', async () => {
    const { service, clock, monitor } = await served();
    await monitor.snapshot({ since: '2h' });
    expect((await monitor.profile(0)).column('X_income')?.quantiles.min).toBe(2);
    await monitor.snapshot({ since: new Date(clock.now() - HOUR) });
    expect((await monitor.profile(1)).rows).toBe(10);
    await monitor.snapshot({ run: -1 });
    expect((await monitor.profile(2)).rows).toBe(1);
    await monitor.snapshot({ run: { from: 1, to: 6 } });
    expect((await monitor.profile(3)).rows).toBe(5);
    await monitor.snapshot();
    expect((await monitor.profile(4)).rows).toBe(60);
    await service.close();
  });

  it('looks at fits, at predictions, or at both', async () => {
    const exp = experiment('shop', { store: 'memory:' });
    const model = exp.wrap('m', {
      fit: (_X: unknown, _y: unknown) => undefined,
      predict: (X: number[][]) => X.map(([a]) => a),
    });
    model.fit([[1], [2], [3]], [1, 2, 3]);
    model.predict([[5]]);
    const monitor = exp.asMonitor('m');
    const rowsOf = async (event: 'fit' | 'predict' | ['fit', 'predict']) =>
      (await monitor.snapshot({ event, logged: false })).rows;
    expect([
      await rowsOf('fit'),
      await rowsOf('predict'),
      await rowsOf(['fit', 'predict']),
    ]).toEqual([3, 1, 4]);
    expect(monitor.length).toBe(0);
    await exp.close();
  });

  it('picks, renames, filters, groups and correlates, of the open window as of tables in hand', async () => {
    const { service, monitor } = await served();
    const shape = {
      columns: ['income', 'X_code', 'city', 'Y_0'],
      rename: { income: 'earned' },
      catcols: ['code'],
      filter: (row: Readonly<Record<string, unknown>>) => row.X_income !== 2,
      groupby: 'city',
      correlate: true,
    };
    expect(await monitor.snapshot(shape)).toBe(0);
    const profile = await monitor.profile(0);
    expect(profile.rows).toBe(40);
    expect(profile.columnNames.sort()).toEqual(['X_city', 'X_code', 'X_earned', 'Y_0']);
    expect(profile.column('X_code')?.family).toBe('categorical');
    expect([...profile.segments.keys()].sort()).toEqual(['a', 'b']);
    expect(profile.correlations().columns).toContain('X_earned');
    // The cut is the same as without: nothing of it comes again.
    await monitor.snapshot();
    expect((await monitor.profile(1)).rows).toBe(0);

    const X = [
      { income: 1, code: 1, city: 'a' },
      { income: 2, code: 2, city: 'b' },
    ];
    const given = await monitor.snapshot({
      X,
      ...shape,
      columns: ['income', 'city'],
      logged: false,
    });
    expect([given.rows, given.columnNames]).toEqual([1, ['X_earned', 'X_city']]);
    await service.close();
  });

  it('of tables in hand takes rows, lists, columns and typed arrays; of Y alone says nothing of X', async () => {
    const exp = experiment('shop', { store: 'memory:' });
    const monitor = exp.asMonitor('m');
    const { X, Y } = housing(500, 1);
    await monitor.snapshot({ X, Y });
    await monitor.snapshot({
      X: X.map(({ income, age }) => [income, age]),
      Y: Float64Array.from(Y, ({ price }) => price),
    });
    expect((await monitor.profile(1)).columnNames).toEqual(['X_0', 'X_1', 'Y_0']);
    await monitor.snapshot({ Y: housing(500, 2).Y });
    const stats = await monitor.compare({ seq: [0, 2] });
    expect(stats.drift).toBe(false);
    const outcomes = stats.summary().map(({ column, outcome }) => [column, outcome]);
    expect(Object.fromEntries(outcomes)).toEqual({
      X_income: 'not-observed',
      X_age: 'not-observed',
      Y_price: 'compared',
    });
    await exp.close();
  });

  it.each([
    [{ X: [{ a: 1 }], since: '1d' }, /of given tables or of the log, not of both/],
    [{ data: [1] }, /accepts X and Y, not data/],
    [{ filter: 3 }, /filter must be a function/],
    [{ columns: 'a' }, /columns must be an array/],
    [{ rename: [] }, /rename must be an object/],
    [{ colums: ['a'] }, /colums.*columns/],
    [{ X: [{ a: 1 }, { a: 2 }], Y: [1] }, /equally many rows, got 2 and 1/],
    [{ X: [{ a: 1, b: 2 }], rename: { a: 'b' } }, /two columns the name "X_b"/],
    [{ X: [{ a: 1 }], columns: ['a', 'wnid'] }, /"wnid".*there are X_a/],
    [[{ a: 1 }], /needs \{ X, Y \}/],
  ])('refuses %j', async (query, message) => {
    const exp = experiment('shop', { store: 'memory:' });
    const monitor = exp.asMonitor('m');
    await expect((async () => monitor.snapshot(query as never))()).rejects.toThrow(message);
    expect(monitor.length).toBe(0);
    await exp.close();
  });

  it('refuses to look at rows that are kept no longer, or never were', async () => {
    const clock = fakeClock(Date.UTC(2026, 0, 5));
    const store = memoryStore({ clock });
    const service = new Service(
      {
        experiment: 'shop',
        model: 'price',
        match: 'POST /predict',
        schedule: false,
        store,
        retain: 'profiles',
      },
      { clock },
    );
    for (let row = 0; row < 200; row += 1) service.record({ X: [{ a: row }], Y: [row] });
    await clock.advance(120_000);
    await expect(service.monitor().snapshot({ filter: () => true })).rejects.toThrow(
      /200 rows of .* are no longer stored/,
    );
    expect(await service.monitor().snapshot()).toBe(0);
    await service.close();
  });
});

describe('a monitor of data', () => {
  it('takes rows, lists of values as column 0, and columns; and what was logged under its name', async () => {
    const exp = experiment('shop', { store: 'memory:' });
    const monitor = exp.asMonitor('stock', { kind: 'data' });
    const values = (shift: number, seed: number) =>
      housing(500, seed).X.map(({ age }) => age + shift);
    expect(await monitor.snapshot(values(0, 1))).toBe(0);
    expect(await monitor.snapshot(Float64Array.from(values(1, 2)))).toBe(1);
    expect((await monitor.compare()).drifted).toEqual(['0']);
    expect((await monitor.compare()).rows[0]?.kind).toBe('data');
    await exp.logData(
      'stock',
      values(0, 3).map((age) => ({ age })),
    );
    await exp.logData('other', [{ age: 1 }]);
    await monitor.snapshot();
    const profile = await monitor.profile();
    expect([profile.rows, profile.columnNames]).toEqual([500, ['age']]);
    await exp.logData('stock', [
      { age: 1, kind: 'x' },
      { age: 2, kind: 'y' },
    ]);
    const some = await monitor.snapshot({
      filter: ({ kind }) => kind === 'x',
      rename: { age: 'years' },
      logged: false,
    });
    expect([some.rows, some.columnNames]).toEqual([1, ['years', 'kind']]);
    expect(
      (await monitor.snapshot({ since: '1h', columns: ['kind', 'age'], logged: false })).rows,
    ).toBe(502);
    expect(
      (await monitor.snapshot({ data: { a: [1, 2], b: ['x', 'y'] }, logged: false })).columnNames,
    ).toEqual(['a', 'b']);
    expect((await monitor.compare({ baseline: values(0, 4), current: values(1, 5) })).drift).toBe(
      true,
    );
    expect(() => exp.asMonitor('stock')).toThrow(/"stock" is monitored as data already/);
    expect(() => exp.asMonitor('x', { kind: 'table' as never })).toThrow(/kind must be/);
    await exp.close();
  });

  it('captures what was logged, and tells of it', async () => {
    const clock = fakeClock();
    const exp = experiment('shop', { store: memoryStore({ clock }), clock });
    const monitor = await exp.track('stock', { monitor: true, kind: 'data', schedule: false });
    await exp.logData('stock', housing(1_000, 1).X);
    expect((await monitor.capture()).outcome).toBe('learning');
    await exp.logData('stock', housing(300, 2).X);
    expect((await monitor.capture()).drift).toBe(false);
    await exp.logData('stock', housing(300, 3, { income: 1 }).X);
    expect((await monitor.capture()).stats?.drifted).toEqual(['income']);
    expect((await monitor.capture()).outcome).toBe('no-rows');
    expect(await monitor.report()).toContain('income');
    await exp.close();
  });
});

describe('metrics', () => {
  it('are in one snapshot each, of tables in hand too; and in none of data that is no model’s', async () => {
    const exp = experiment('shop', { store: 'memory:' });
    const monitor = exp.asMonitor('m');
    const data = exp.asMonitor('d', { kind: 'data' });
    const rowsIn = async (seq: number) => (await monitor.profile(seq)).metrics?.rows;
    await exp.logMetric('rmse', 1);
    await monitor.snapshot(housing(100, 1));
    await exp.logMetric('rmse', 2);
    await exp.logMetric('rmse', 3);
    await monitor.snapshot();
    await monitor.snapshot(housing(100, 2));
    await exp.logMetric('rmse', 4);
    await monitor.snapshot({ filter: () => true });
    expect([await rowsIn(0), await rowsIn(1), await rowsIn(2), await rowsIn(3)]).toEqual([
      1,
      2,
      undefined,
      1,
    ]);
    await data.snapshot([1, 2]);
    expect((await data.profile()).metrics).toBeUndefined();
    await exp.close();
  });

  it('are in the snapshot of their window, and are compared as kind metrics', async () => {
    const exp = experiment('shop', { store: 'memory:' });
    const monitor = exp.asMonitor('m');
    const window = async (seed: number, rmse: number) => {
      for (let step = 0; step < 20; step += 1)
        await exp.logMetric('rmse', rmse + (step % 4) / 100, { step });
      await exp.logMetric('other/score', 1, { extra: { model: 'other' } });
      await monitor.snapshot();
      return housing(300, seed);
    };
    await window(1, 0.5);
    expect((await monitor.profile()).metrics?.columnNames).toEqual(['M_rmse']);
    await window(2, 0.5);
    await window(3, 0.9);
    const against = await monitor.compare({ seq: [0, 2] });
    expect(against.drifted).toEqual(['M_rmse']);
    expect((await monitor.compare({ seq: [0, 1] })).drift).toBe(false);
    expect((await monitor.compare({ seq: 'baseline', baseline: 1 })).drifted).toEqual(['M_rmse']);
    expect(against.select({ column: 'M_rmse' })[0]?.kind).toBe('metrics');
    await exp.close();
  });
});

describe('mon.capture()', () => {
  const monitored = async () => {
    const { service, monitor } = await served();
    const send = (rows: number, seed: number, income = 0) => {
      const { X, Y } = housing(rows, seed, { income });
      for (const [row, x] of X.entries()) service.record({ X: [x], Y: [Y[row]] });
    };
    await monitor.clear({ force: true });
    return { service, monitor, send };
  };

  it('compares with the snapshot before, or with one of a number, this once', async () => {
    const { service, monitor, send } = await monitored();
    send(1_000, 1);
    expect((await monitor.capture({ seq: 'recent' })).outcome).toBe('learning');
    send(300, 2, 1);
    expect((await monitor.capture()).drift).toBe(true);
    send(300, 3, 1);
    const recent = await monitor.capture({ seq: 'recent' });
    expect([recent.drift, recent.stats?.windows.baseline.seq]).toEqual([false, 1]);
    send(300, 4, 1);
    expect((await monitor.capture({ baseline: -2 })).drift).toBe(false);
    send(300, 5, 1);
    expect((await monitor.capture({ baseline: 0 })).drift).toBe(true);
    await expect((async () => monitor.capture({ seq: 'series' as never }))()).rejects.toThrow(
      /'baseline' or 'recent'/,
    );
    await expect((async () => monitor.capture({ colum: 'X_a' } as never))()).rejects.toThrow(
      /colum.*column/,
    );
    await service.close();
  });

  it('looks at one column, or at what one statistic decided', async () => {
    const { service, monitor, send } = await monitored();
    send(1_000, 1);
    await monitor.capture();
    send(300, 2, 1);
    expect((await monitor.capture({ column: 'X_age' })).alerts).toEqual([]);
    send(300, 3, 1);
    expect((await monitor.capture({ column: 'X_income' })).alerts).toMatchObject([
      { columns: ['X_income'] },
    ]);
    send(300, 4, 1);
    expect((await monitor.capture({ statistic: 'missing' })).alerts).toEqual([]);
    await service.close();
  });

  it('without a snapshot tells again of the latest, and nobody is told twice', async () => {
    const { service, monitor, send } = await monitored();
    await expect(monitor.capture({ snapshot: false })).rejects.toThrow(
      /"price" has no snapshot yet/,
    );
    send(1_000, 1);
    await monitor.capture();
    send(300, 2, 1);
    const first = await monitor.capture();
    expect(first.alerts).toHaveLength(1);
    send(300, 3);
    const again = await monitor.capture({ snapshot: false });
    expect([again.drift, again.alerts, again.run, monitor.length]).toEqual([
      true,
      [],
      undefined,
      2,
    ]);
    const judged = await monitor.capture();
    expect([judged.drift, judged.rows]).toEqual([false, 300]);
    await service.close();
  });
});

describe('what a monitor tells of itself', () => {
  it('is a summary, snapshots in figures, and comparisons read back as they were', async () => {
    const { service, clock, monitor } = await served();
    await monitor.snapshot(housing(1_000, 1));
    await monitor.snapshot(housing(300, 2, { income: 1 }));
    const captured = await monitor.capture();
    expect(captured.drift).toBe(true);
    const read = await monitor.events('drift', { run: -1 });
    expect(read.drifted).toEqual(captured.stats?.drifted);
    expect(read.rows).toEqual(captured.stats?.rows);
    expect(read.plot('X_income')).toContain('<svg');
    expect(
      (await monitor.events('drift', { column: 'X_income', statistic: 'ks' })).rows,
    ).toHaveLength(2);
    expect((await monitor.events('alert')).drifted).toEqual(read.drifted);
    expect((await monitor.events('drift', { since: new Date(clock.now() + 1) })).rows).toEqual([]);
    expect((await monitor.events('snapshot')).length).toBe(2);
    expect((await monitor.summary())[0]).toMatchObject({
      column: 'X_income',
      statistic: 'mean',
      drift: true,
    });
    expect(await monitor.summary({ column: 'X_age', statistic: 'psi' })).toHaveLength(1);
    const [first, second] = await monitor.data();
    expect(first).toMatchObject({ seq: 0, rows: 1_000, by: 'hand' });
    expect(second?.columns?.find(({ column }) => column === 'X_income')?.mean).toBeCloseTo(5, 0);
    await service.close();
  });

  it('is forgotten by clear: snapshots are counted from 0 again, and the log keeps its history', async () => {
    const { service, monitor } = await served();
    await monitor.snapshot(housing(1_000, 1));
    await monitor.snapshot(housing(300, 2, { income: 1 }));
    await monitor.capture();
    await monitor.pin(housing(100, 3));
    await expect(monitor.clear()).rejects.toThrow(/clear\(\{ force: true \}\)/);
    await monitor.clear({ force: true });
    expect([monitor.length, await monitor.incidents(), await monitor.data()]).toEqual([0, [], []]);
    expect((await monitor.events('drift')).rows).toEqual([]);
    expect(monitor.status().drifted).toEqual([]);
    expect(await monitor.baselineInfo()).toBeUndefined();
    expect((await monitor.capture()).outcome).toBe('no-rows');
    expect(await monitor.snapshot(housing(1_000, 4, { income: 1 }))).toBe(0);
    expect(await monitor.snapshot(housing(300, 5, { income: 1 }))).toBe(1);
    expect((await monitor.capture()).drift).toBe(false);
    expect((await service.experiment.data({ event: 'drift' })).length).toBe(1);
    await service.close();
  });

  it('is its profile by number', async () => {
    const { service, monitor } = await served();
    await monitor.snapshot(housing(10, 1));
    expect(await monitor.profile(-1)).toBeInstanceOf(Profile);
    await expect(monitor.profile(7)).rejects.toThrow(/there is no snapshot 7.* it has 1/);
    await service.close();
  });
});
