import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Experiment } from '../../src/experiment/experiment.js';
import { randomNormal, seededRandom, shuffle } from '../../src/leaves/random.js';
import type { DriftMonitor } from '../../src/monitor/monitor.js';
import { experiment } from '../../src/service/open-experiment.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

// The walks through drift monitoring that omega-ml's users know from its documentation, on data like theirs.

type Row = Record<string, number>;

/** Eight inputs and a price like those of the Californian block groups: skewed, capped, of one place and another. */
function housingLike(rows: number): { X: Row[]; y: number[] } {
  const random = seededRandom(7);
  const X = Array.from({ length: rows }, () => {
    const income = Math.exp(1.2 + 0.45 * randomNormal(random));
    return {
      MedInc: income,
      HouseAge: Math.min(52, Math.max(1, Math.round(28 + 12 * randomNormal(random)))),
      AveRooms: 5 + 0.3 * income + randomNormal(random),
      Population: Math.exp(7 + 0.7 * randomNormal(random)),
      Latitude: 35 + 2 * randomNormal(random),
    };
  });
  return {
    X,
    y: X.map(({ MedInc }) => Math.min(5, 0.45 * MedInc + 0.3 + 0.4 * randomNormal(random))),
  };
}

const file = new URL('../../../shared/data/california_housing.csv.gz', import.meta.url);
const isThere = existsSync(file);
if (!isThere && process.env.CI) throw new Error('the real data must be there in CI');
if (!isThere) console.warn('skipped: no Californian houses beside the repository');

function california(): { X: Row[]; y: number[] } {
  const [head = '', ...lines] = gunzipSync(readFileSync(file)).toString().trim().split('\n');
  const names = head.split(',');
  const rows = lines.map((line) =>
    Object.fromEntries(line.split(',').map((text, place) => [names[place], Number(text)])),
  );
  return {
    X: rows.map(({ MedHouseVal: _value, ...x }) => x as Row),
    y: rows.map((row) => row.MedHouseVal as number),
  };
}

const data: (readonly [string, () => { X: Row[]; y: number[] }])[] = [
  ['houses like those of California', () => housingLike(5_000)],
];
if (isThere) data.push(['the houses of California', california]);

/** Ordinary least squares on income: all that these walks need of a model. */
function fitted(X: readonly Row[], y: readonly number[]) {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const income = X.map(({ MedInc }) => MedInc as number);
  const mx = mean(income);
  const my = mean(y);
  const slope =
    mean(income.map((x, row) => (x - mx) * ((y[row] as number) - my))) /
    mean(income.map((x) => (x - mx) ** 2));
  return {
    predict: (rows: readonly Row[]) =>
      rows.map(({ MedInc }) => my + slope * ((MedInc as number) - mx)),
  };
}

/** A random tenth, the same each time. */
function tenth<T>(rows: readonly T[], seed: number): T[] {
  const places = shuffle(
    Array.from(rows, (_, row) => row),
    seededRandom(seed),
  );
  return places.slice(0, Math.floor(rows.length / 10)).map((row) => rows[row] as T);
}

describe.each(data)('a regression on %s', (_name, load) => {
  const { X, y } = load();
  const model = fitted(X, y);

  async function tracked(): Promise<{
    exp: Experiment;
    mon: DriftMonitor;
    predict: (rows: Row[], wear?: number) => void;
  }> {
    const clock = fakeClock();
    const exp = experiment('housing', { store: memoryStore({ clock }), clock });
    await exp.track('california', { monitor: true, schedule: 'daily', rules: [{ name: 'drift' }] });
    const mon = exp.asMonitor('california');
    // The model wears out: what it answers moves by this much.
    let worn = 0;
    const wrapped = exp.wrap('california', {
      predict: (rows: Row[]) => model.predict(rows).map((price) => price + worn),
    });
    const predict = (rows: Row[], wear = 0): void => {
      worn = wear;
      wrapped.predict(rows);
    };
    await mon.snapshot({ X, Y: model.predict(X).map((price) => [price]) });
    return { exp, mon, predict };
  }
  const shifted = (rows: Row[]): Row[] =>
    rows.map((row) => ({ ...row, MedInc: (row.MedInc as number) * 1.5 + 1 }));

  it.each([
    ['with a snapshot by hand before each capture', true],
    ['with the snapshot that each capture takes', false],
  ])(
    '%s: one snapshot each, no drift in a random tenth, drift in a shifted one and in answers that changed',
    async (_order, byHand) => {
      const { exp, mon, predict } = await tracked();
      const capture = async () => {
        if (byHand) await mon.snapshot();
        return mon.capture();
      };
      expect(await exp.jobs()).toMatchObject([
        { name: 'monitors/housing/california', schedule: 'daily' },
      ]);

      predict(tenth(X, 1));
      expect((await capture()).drift).toBe(false);
      expect(mon.length).toBe(2);

      predict(shifted(tenth(X, 2)));
      const moved = await capture();
      expect(moved.stats?.drifted).toEqual(expect.arrayContaining(['X_MedInc', 'Y_0']));
      expect(moved.alerts).toMatchObject([{ transition: 'opened', model: 'california' }]);
      expect(mon.length).toBe(3);

      const found = await exp.data({ event: ['drift', 'alert'], run: -1 });
      expect(found.rows.map(({ event, run }) => [event, run])).toEqual([
        ['drift', moved.run],
        ['alert', moved.run],
      ]);
      const alert = await mon.events('alert', { run: -1 });
      expect(alert.plot('X_MedInc')).toMatch(/^<svg/);
      expect(alert.plot({ kind: 'overview' })).toMatch(/^<svg/);

      // Nothing new came: a capture judges nothing twice and tells nothing again.
      expect(await mon.capture()).toMatchObject({ outcome: 'no-rows', alerts: [] });

      predict(tenth(X, 3), 1.5);
      const worn = await capture();
      expect(worn.stats?.drifted).toContain('Y_0');
      expect(worn.stats?.select({ column: 'Y_0', statistic: 'mean' })[0]).toMatchObject({
        kind: 'label',
        drift: true,
      });
      expect(mon.length).toBe(4);
      await exp.close();
    },
  );

  it('a noisy snapshot by hand is found by comparing the latest two', async () => {
    const { exp, mon } = await tracked();
    const rows = tenth(X, 4);
    await mon.snapshot({ X: rows, Y: model.predict(rows) });
    const random = seededRandom(5);
    const noisy = rows.map((row) => ({
      ...row,
      MedInc: (row.MedInc as number) + 3 * randomNormal(random),
    }));
    await mon.snapshot({ X: noisy, Y: model.predict(noisy) });
    const recent = await mon.compare({ seq: 'recent' });
    expect([recent.windows.baseline.seq, recent.windows.current.seq, recent.drift]).toEqual([
      1,
      2,
      true,
    ]);
    expect(recent.drifted).toContain('X_MedInc');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => mon.compare({ seq: 'recent' })),
    );
    expect(new Set(answers.map((stats) => JSON.stringify(stats))).size).toBe(1);
    await exp.close();
  });
});

describe('a classifier of iris, watched by its answers alone', () => {
  it('learns from the answers of training, is quiet on such a mix, and tells of another', async () => {
    const exp = experiment('iris', { store: 'memory:' });
    const mon = exp.asMonitor('iris');
    const species = ['setosa', 'versicolor', 'virginica'];
    const answers = (
      weights: readonly number[],
      count: number,
      seed: number,
    ): { species: string }[] => {
      const random = seededRandom(seed);
      return Array.from({ length: count }, () => {
        let rest = random();
        const place = weights.findIndex((weight) => {
          rest -= weight;
          return rest < 0;
        });
        return { species: species[Math.max(0, place)] as string };
      });
    };
    const even = [1 / 3, 1 / 3, 1 / 3];
    await mon.snapshot({ Y: answers(even, 150, 1) });
    await mon.snapshot({ Y: answers(even, 150, 2) });
    const same = await mon.compare({ seq: 'baseline' });
    expect([same.drift, same.columns]).toEqual([false, ['Y_species']]);
    expect((await mon.capture()).drift).toBe(false);
    await mon.snapshot({ Y: answers([0.8, 0.1, 0.1], 150, 3) });
    const captured = await mon.capture();
    expect(captured.stats?.drifted).toEqual(['Y_species']);
    expect((await mon.summary())[0]).toMatchObject({
      column: 'Y_species',
      drift: true,
      kind: 'label',
    });
    // A window with inputs too: they were never in the baseline, so there is nothing to say of them.
    await mon.snapshot({
      X: answers(even, 150, 6).map((_row, place) => ({ petal: place })),
      Y: answers(even, 150, 6),
    });
    const withInputs = await mon.compare({ seq: 'baseline' });
    expect(withInputs.select({ column: 'X_petal', statistic: 'mean' })[0]?.outcome).toBe(
      'new-column',
    );
    expect(withInputs.drifted).toEqual([]);
    await exp.close();
  });
});

describe('data that is no model’s: a mean that goes from 0 to 1', () => {
  it('is seen against the baseline, in the series where it happened, and between the first and the latest', async () => {
    const exp = experiment('stream', { store: 'memory:' });
    const mon = exp.asMonitor('values', { kind: 'data' });
    const random = seededRandom(11);
    const values = (mean: number): number[] =>
      Array.from({ length: 1_000 }, () => mean + randomNormal(random));
    for (const mean of [0, 0, 0, 1, 1]) await mon.snapshot(values(mean));
    expect(mon.length).toBe(5);
    const series = await mon.compare({ seq: 'series' });
    expect(series.pairs.map(({ drift }) => drift)).toEqual([false, false, true, false]);
    expect(series.plot({ column: '0', kind: 'time' })).toMatch(/^<svg/);
    expect((await mon.compare({ seq: 'baseline' })).drifted).toEqual(['0']);
    expect((await mon.compare({ seq: [0, -1] })).drift).toBe(true);
    expect((await mon.compare({ seq: [0, 1] })).drift).toBe(false);
    expect((await mon.compare({ seq: 'baseline', baseline: 3 })).drift).toBe(false);
    const [described] = (await mon.compare({ seq: [0, -1] })).describe();
    expect(described?.baseline.mean).toBeCloseTo(0, 0);
    expect(described?.current.mean).toBeCloseTo(1, 0);
    await exp.close();
  });
});
