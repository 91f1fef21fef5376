import { expect, it } from 'vitest';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import { Profile } from '../../src/profile/profile.js';
import { ByteBudget } from '../../src/record/byte-budget.js';
import { newCounters } from '../../src/record/counters.js';
import { Recorder } from '../../src/record/recorder.js';
import type { RowChoice } from '../../src/record/row-choice.js';
import { fakeClock } from '../fixtures/fake-clock.js';

it('leaves a window within its bound of the truth, though a tenfold burst of other rows came', async () => {
  const clock = fakeClock();
  const counters = newCounters();
  const window = new Profile();
  const truth = new Profile();
  const recorder = new Recorder({
    clock,
    counters,
    features: ['x'],
    outputs: ['y'],
    columnLimit: 10,
    rowsPerSecond: 1_000,
    memory: new ByteBudget(2 ** 26),
    append: async () => 1,
    onStored: async ({ chunk }) => window.addColumns(chunk.columns, 0, chunk.rows, chunk.weights),
    onError: (error) => {
      throw error;
    },
  });
  const random = seededRandom(3);
  const seconds = [
    ...Array(10).fill([1_000, 0]),
    [10_000, 2],
    [10_000, 2],
    ...Array(8).fill([1_000, 0]),
  ];
  const values: number[] = [];
  let variance = 0;
  for (const [perSecond, shift] of seconds as [number, number][]) {
    for (let row = 0; row < perSecond; row += 1) {
      const x = randomNormal(random) + shift;
      values.push(x);
      recorder.record({
        model: 'm',
        at: 0,
        latencyMs: 1,
        status: 200,
        requestId: null,
        parent: null,
        bytes: 100,
        X: { names: ['x'], rows: [[x]] },
        Y: { names: ['y'], rows: [[x > 1 ? 'high' : 'low']] },
      });
    }
    // Of a sampled second of n rows of variance 1 the mean is off by 1/√1000, and weighs n.
    if (perSecond > 1_000) variance += (perSecond ** 2 / 1_000) * (1 - 1_000 / perSecond);
    await clock.advance(1_000);
  }
  truth.addColumns(new Map([['X_x', Float64Array.from(values)]]), 0, values.length);
  expect([window.rows, counters.rows, counters.sampledOutRows]).toEqual([38_000, 38_000, 18_000]);
  expect(window.column('Y_y')?.items.total).toBe(38_000);
  // Kish: 18 seconds of 1,000 rows of weight 1, two of weight 10.
  expect(window.effectiveRows).toBeCloseTo(38_000 ** 2 / (18_000 + 2 * 1_000 * 100), 0);
  const got = window.column('X_x');
  const whole = truth.column('X_x');
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
    worst = Math.max(
      worst,
      Math.abs((got?.quantiles.rank(x) as number) - (whole?.quantiles.rank(x) as number)),
    );
  }
  expect(worst).toBeLessThan(bound);
});

it('counts a burst for what it was, also those of its calls that are answered when it is over', async () => {
  const clock = fakeClock();
  const counted = { burst: 0, quiet: 0 };
  const recorder = new Recorder({
    clock,
    counters: newCounters(),
    features: ['x'],
    outputs: ['y'],
    columnLimit: 10,
    rowsPerSecond: 1_000,
    memory: new ByteBudget(2 ** 26),
    append: async () => 1,
    onStored: async ({ chunk }) => {
      chunk.columns.get('X_x')?.forEach((kind, row) => {
        counted[kind as keyof typeof counted] += chunk.weights?.[row] ?? 1;
      });
    },
    onError: (error) => {
      throw error;
    },
  });
  const rows = 64;
  const latencyMs = 400;
  const stepMs = 8;
  const came = { burst: 0, quiet: 0 };
  const underWay: {
    readonly until: number;
    readonly kind: keyof typeof came;
    readonly choice?: RowChoice | undefined;
  }[] = [];
  const answer = (until: number): void => {
    for (let call = underWay[0]; call !== undefined && call.until <= until; call = underWay[0]) {
      underWay.shift();
      const { kind, choice } = call;
      const table = (name: string) => ({
        names: [name],
        rows: Array.from({ length: choice?.places.length ?? rows }, () => [kind]),
        ...(choice !== undefined && { count: rows }),
      });
      recorder.record({
        model: 'm',
        at: 0,
        latencyMs,
        status: 200,
        requestId: null,
        parent: null,
        bytes: 1_000,
        X: table('x'),
        Y: table('y'),
        choice,
      });
    }
  };
  // Eight rows a millisecond for a second and a half, and else an eighth of that; calls take 400 ms.
  for (let now = 0; now < 5_000; now += stepMs) {
    const kind = now >= 800 && now < 2_300 ? 'burst' : 'quiet';
    if (kind === 'burst' || now % 64 === 0) {
      came[kind] += rows;
      underWay.push({ until: now + latencyMs, kind, choice: recorder.choose('m', rows) });
    }
    answer(now);
    await clock.advance(stepMs);
  }
  answer(Number.POSITIVE_INFINITY);
  await recorder.flush();
  expect(counted.burst + counted.quiet).toBe(came.burst + came.quiet);
  // Under way at the end: 3,200 rows, of which at least a tenth were chosen. Their number has a standard error of less than
  // √320 of 320, so that what they stand for is off by less than 180; the kept ones of a full second add 10,000 / √1,000.
  const standardError = Math.hypot(180, (8_000 / Math.sqrt(1_000)) * 0.5);
  expect(Math.abs(counted.burst - came.burst)).toBeLessThan(4 * standardError);
});
