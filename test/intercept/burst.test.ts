import { expect, it } from 'vitest';
import { ByteBudget } from '../../src/intercept/byte-budget.js';
import { newCounters } from '../../src/intercept/counters.js';
import { Recorder } from '../../src/intercept/recorder.js';
import { Profile } from '../../src/profile/profile.js';
import { randomNormal, seededRandom } from '../../src/random.js';
import { fakeClock } from '../fixtures/fake-clock.js';

it('leaves a window within its bound of the truth, though a tenfold burst of other rows came', async () => {
  const clock = fakeClock();
  const counters = newCounters();
  const window = new Profile();
  const truth = new Profile();
  const recorder = new Recorder({
    ...{ clock, counters, features: ['x'], outputs: ['y'], columnLimit: 10, rowsPerSecond: 1_000 },
    memory: new ByteBudget(2 ** 26),
    append: async () => 1,
    onStored: async ({ chunk }) => window.addColumns(chunk.columns, 0, chunk.rows, chunk.weights),
    onError: (error) => {
      throw error;
    },
  });
  const random = seededRandom(3);
  const seconds = [...Array(10).fill([1_000, 0]), [10_000, 2], [10_000, 2], ...Array(8).fill([1_000, 0])];
  const values: number[] = [];
  let variance = 0;
  for (const [perSecond, shift] of seconds as [number, number][]) {
    for (let row = 0; row < perSecond; row += 1) {
      const x = randomNormal(random) + shift;
      values.push(x);
      recorder.record({
        ...{ model: 'm', at: 0, latencyMs: 1, status: 200, requestId: null, parent: null, bytes: 100 },
        X: { names: ['x'], rows: [[x]] },
        Y: { names: ['y'], rows: [[x > 1 ? 'high' : 'low']] },
      });
    }
    // Of a sampled second of n rows of variance 1 the mean is off by 1/√1000, and weighs n.
    if (perSecond > 1_000) variance += (perSecond ** 2 / 1_000) * (1 - 1_000 / perSecond);
    await clock.advance(1_000);
  }
  truth.addColumns(new Map([['X_x', Float64Array.from(values)]]), 0, values.length);
  expect([window.rows, counters.rows, counters.thinnedRows]).toEqual([38_000, 38_000, 18_000]);
  expect(window.column('Y_y')?.items.total).toBe(38_000);
  // Kish: 18 seconds of 1,000 rows of weight 1, two of weight 10.
  expect(window.effectiveRows).toBeCloseTo(38_000 ** 2 / (18_000 + 2 * 1_000 * 100), 0);
  const [got, whole] = [window.column('X_x'), truth.column('X_x')];
  const off = Math.abs((got?.moments.mean as number) - (whole?.moments.mean as number));
  expect(off).toBeLessThan((4 * Math.sqrt(variance)) / 38_000);
  // Dvoretzky–Kiefer–Wolfowitz, with Massart's constant, for the 2,000 rows that stand for 20,000 of the 38,000, at 1e-6;
  // and what both sketches may be off.
  const bound =
    (20 / 38) * Math.sqrt(Math.log(2 / 1e-6) / (2 * 2_000)) +
    (got?.quantiles.rankError() as number) +
    (whole?.quantiles.rankError() as number);
  let worst = 0;
  for (let x = -4; x <= 6; x += 0.05) {
    worst = Math.max(worst, Math.abs((got?.quantiles.rank(x) as number) - (whole?.quantiles.rank(x) as number)));
  }
  expect(worst).toBeLessThan(bound);
});
