import { describe, expect, it } from 'vitest';
import { type Random, randomNormal, seededRandom } from '../../../src/leaves/random.js';
import type { StreamDetector } from '../../../src/stats/detectors/detector.js';
import { OnlineCvm } from '../../../src/stats/detectors/online-cvm.js';
import { OnlineRate } from '../../../src/stats/detectors/online-rate.js';
import { SequentialRanks } from '../../../src/stats/detectors/sequential-ranks.js';

type Draw = (random: Random) => number;

const EXPECTED = 300;
const RUNS = 2500;

const LAWS: Record<string, Draw> = {
  normal: (random) => randomNormal(random),
  'four in five 0': (random) => (random() < 0.8 ? 0 : Math.floor(random() * 5)),
  lognormal: (random) => Math.exp(2 * randomNormal(random)),
};

/** Values to the first alarm, of many references with a stream each; at most 20 times the expectation. */
function runLengths(
  build: (reference: number[]) => StreamDetector,
  draw: Draw,
  size: number,
  random: Random,
): number[] {
  return Array.from({ length: RUNS }, () => {
    const detector = build(Array.from({ length: size }, () => draw(random)));
    let length = 1;
    while (!detector.update(draw(random)) && length < 20 * EXPECTED) length += 1;
    return length;
  });
}

/** Alarms per value among the runs that lasted, over the values in (from, to]. */
function hazard(lengths: readonly number[], from: number, to: number): number {
  let values = 0;
  let alarms = 0;
  for (const length of lengths) {
    values += Math.max(0, Math.min(length, to) - from);
    if (length > from && length <= to) alarms += 1;
  }
  return alarms / values;
}

/** Mean and hazards are the expected ones, each within `spread` besides its own sampling error. */
function checkGeometric(lengths: readonly number[], spread: number): void {
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  expect(Math.abs(mean / EXPECTED - 1)).toBeLessThan(spread + 3 / Math.sqrt(RUNS));
  const edges = [0, 30, 100, 300, 600, 1200];
  for (const [index, to] of edges.entries()) {
    const from = edges[index - 1];
    if (from === undefined) continue;
    const expectedAlarms = RUNS * (Math.exp(-from / EXPECTED) - Math.exp(-to / EXPECTED));
    const error = Math.abs(hazard(lengths, from, to) * EXPECTED - 1);
    expect(error, `hazard in (${from}, ${to}]`).toBeLessThan(
      spread + 3 / Math.sqrt(expectedAlarms),
    );
  }
}

describe('OnlineCvm', () => {
  const options = {
    expectedRunLength: EXPECTED,
    windowSizes: [15, 60],
    calibrationSteps: 2_000_000,
  };

  it.each(Object.keys(LAWS))('alarms falsely at a flat, stated rate: %s', (name) => {
    const draw = LAWS[name] as Draw;
    checkGeometric(
      runLengths((reference) => new OnlineCvm(reference, options), draw, 120, seededRandom(21)),
      0.05,
    );
  });

  it('finds a shift of one standard deviation long before its expected run length', () => {
    const random = seededRandom(22);
    let delays = 0;
    for (let run = 0; run < 40; run += 1) {
      const test = new OnlineCvm(
        Array.from({ length: 500 }, () => randomNormal(random)),
        { calibrationSteps: 2_000_000 },
      );
      for (let index = 0; index < 300; index += 1) test.update(randomNormal(random));
      if (test.drift) test.reset();
      while (!test.update(randomNormal(random) + 1)) delays += 1;
    }
    expect(delays / 40).toBeLessThan(40);
  });

  it('finds a spread that doubles', () => {
    const random = seededRandom(23);
    const test = new OnlineCvm(
      Array.from({ length: 1000 }, () => randomNormal(random)),
      { calibrationSteps: 2_000_000 },
    );
    let delay = 0;
    while (!test.update(2 * randomNormal(random))) delay += 1;
    expect(delay).toBeLessThan(400);
  });

  it('takes over the levels of another test, and they cannot be changed from outside', () => {
    const first = new OnlineCvm([1, 2, 3, 4], options);
    const levels = first.thresholds;
    const second = new OnlineCvm([5, 6, 7, 8], { ...options, thresholds: levels });
    (levels.levels as number[]).fill(0);
    expect(second.thresholds).toEqual(first.thresholds);
    expect(first.threshold).toBeGreaterThan(0);
  });

  it('does not alarm at the first values, which cannot tell', () => {
    const test = new OnlineCvm([1, 2, 3], { ...options, expectedRunLength: 10_000 });
    expect([9, 9].some((x) => test.update(x))).toBe(false);
    expect(test.statistic).toBeGreaterThan(0);
  });

  it('refuses a reference that is no sample', () => {
    for (const reference of [[], [1, Number.NaN], 'ab', null]) {
      expect(() => new OnlineCvm(reference as number[], options)).toThrow(/reference/);
    }
  });
});

describe('OnlineRate', () => {
  const options = {
    expectedRunLength: EXPECTED,
    windowSizes: [15, 60],
    calibrationSteps: 2_000_000,
  };

  it.each([0.1, 0.5])('alarms falsely at a flat, stated rate: %d', (rate) => {
    const draw: Draw = (random) => (random() < rate ? 1 : 0);
    // Levels of the true rate, for one calibration instead of thousands; each test's own are for its reference's rate.
    const ideal = Array.from({ length: 400 }, (_, index) => (index < 400 * rate ? 1 : 0));
    const { thresholds } = new OnlineRate(ideal, options);
    const build = (reference: number[]) => new OnlineRate(reference, { ...options, thresholds });
    checkGeometric(runLengths(build, draw, 400, seededRandom(24)), 0.12);
  });

  it('finds a rate that doubles, falls, or either, as told', () => {
    const random = seededRandom(25);
    const reference = Array.from({ length: 1000 }, () => (random() < 0.2 ? 1 : 0));
    const delay = (change: 'greater' | 'less' | 'both', rate: number) => {
      const test = new OnlineRate(reference, {
        change,
        expectedRunLength: 2000,
        calibrationSteps: 500_000,
      });
      let values = 0;
      while (values < 1000 && !test.update(random() < rate ? 1 : 0)) values += 1;
      return values;
    };
    expect(delay('greater', 0.5)).toBeLessThan(60);
    expect(delay('less', 0.01)).toBeLessThan(150);
    expect(delay('both', 0.5)).toBeLessThan(80);
    expect(delay('both', 0.01)).toBeLessThan(150);
    expect(delay('greater', 0.01)).toBe(1000);
  });

  it('calibrates for references without ones, and of ones only', () => {
    for (const bit of [0, 1]) {
      const test = new OnlineRate(new Array(50).fill(bit), {
        ...options,
        change: 'both',
        calibrationSteps: 100_000,
      });
      let after = 0;
      while (!test.update(1 - bit)) after += 1;
      expect(after).toBeLessThan(10);
    }
  });

  it('refuses a reference that is not of 0 and 1', () => {
    const reference = [0, 1, 0, 0, 1, 0, 0, 0.5, 0, 1];
    expect(() => new OnlineRate(reference, options)).toThrow(
      'reference[7] must be 0 or 1, got 0.5 (number)',
    );
    expect(() => new OnlineRate([0, 1], options)).toThrow(/at least 10/);
  });
});

describe('SequentialRanks', () => {
  it.each(Object.keys(LAWS))(
    'gives uniform numbers without memory, for small, thinned and tied references: %s',
    (name) => {
      const draw = LAWS[name] as Draw;
      const random = seededRandom(26);
      const cells = new Array<number>(25).fill(0);
      const size = name === 'lognormal' ? 3000 : 20;
      const streams = 400;
      for (let stream = 0; stream < streams; stream += 1) {
        const ranks = SequentialRanks.of(
          Array.from({ length: size }, () => draw(random)),
          0,
        );
        let before = 0;
        for (let time = 0; time < 100; time += 1) {
          const cell = Math.floor(5 * ranks.next(draw(random), time));
          if (time > 0) cells[5 * before + cell] = (cells[5 * before + cell] as number) + 1;
          before = cell;
        }
      }
      const expected = (streams * 99) / 25;
      const chiSquare = cells.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
      // Chi-square with 24 degrees of freedom exceeds 51.2 with chance 0.001.
      expect(chiSquare).toBeLessThan(51.2);
    },
  );
});
