import { describe, expect, it } from 'vitest';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import { chiSquareTest } from '../../src/stats/chi-square.js';
import { ksTest } from '../../src/stats/ks.js';
import { klotzTest, waerdenTest } from '../../src/stats/normal-scores.js';

// How often the tests that decide drift reject where nothing changed. LEEWAY_LONG=1 draws twenty times as many; the table over all
// tests is bench/stats/realised-size.js.
const FACTOR = process.env.LEEWAY_LONG ? 20 : 1;
const LEVELS = [0.05, 0.001];
/** The binomial limits that a right test leaves once in a million: there are about a hundred comparisons, seeds are fixed. */
const DEVIATIONS = 4.8;

const random = seededRandom(3);
const laws = {
  normal: () => randomNormal(random),
  lognormal: () => Math.exp(randomNormal(random)),
  integers: () => Math.floor(6 * random()),
  'zeros 80 %': () => (random() < 0.8 ? 0 : Math.exp(randomNormal(random))),
};
const sizes = [
  [200, 200, 800],
  [500, 50, 800],
  [10_000, 50, 60],
] as const;

describe.each(sizes)('at %d against %d', (n, m, replicates) => {
  it.each(Object.keys(laws) as (keyof typeof laws)[])(
    'the numeric tests keep their level: %s',
    (law) => {
      const draw = laws[law];
      const tests = [ksTest, waerdenTest, klotzTest];
      const pValues = simulate(FACTOR * replicates, () => {
        const x = Float64Array.from({ length: n }, draw);
        const y = Float64Array.from({ length: m }, draw);
        return tests.map((test) => test(x, y).pValue);
      });
      expectLevel(pValues[0] as number[], 'ks');
      for (const [index, name] of [
        [1, 'waerden'],
        [2, 'klotz'],
      ] as const) {
        expectLevel(pValues[index] as number[], name);
        expectPower(pValues[index] as number[], name);
      }
    },
  );
});

describe.each([
  [500, 500, 400],
  [1000, 100, 400],
  [10_000, 50, 150],
] as const)('at %d against %d', (n, m, replicates) => {
  it.each([2, 20, 300, 1000])(
    'the conditional chi-square test keeps its level: %d zipf categories',
    (k) => {
      const draw = zipf(k);
      const [pValues] = simulate(FACTOR * replicates, () => {
        const table = [n, m].map((size) => {
          const counts = new Array<number>(k).fill(0);
          for (let row = 0; row < size; row += 1) {
            const category = draw();
            counts[category] = (counts[category] as number) + 1;
          }
          return counts;
        });
        return [chiSquareTest(table, { method: 'conditional' }).pValue];
      });
      expectLevel(pValues as number[], 'chi-square');
      expectPower(pValues as number[], 'chi-square');
    },
  );
});

function simulate(replicates: number, draw: () => number[]): number[][] {
  const results = Array.from({ length: replicates }, draw);
  return (results[0] as number[]).map((_, test) =>
    results.map((pValues) => pValues[test] as number),
  );
}

/** Rejects no more often than its level says. */
function expectLevel(pValues: number[], name: string): void {
  for (const level of LEVELS) {
    const rejected = pValues.filter((p) => p <= level).length;
    const spread = DEVIATIONS * Math.sqrt(pValues.length * level * (1 - level));
    expect(rejected, `${name} at ${level}`).toBeLessThanOrEqual(
      pValues.length * level + spread + 1,
    );
  }
}

/** And at .05 not much more seldom: a test that never rejects would keep its level too. */
function expectPower(pValues: number[], name: string): void {
  const rejected = pValues.filter((p) => p <= 0.05).length;
  const spread = DEVIATIONS * Math.sqrt(pValues.length * 0.05 * 0.95);
  expect(rejected, name).toBeGreaterThanOrEqual(pValues.length * 0.035 - spread);
}

function zipf(categories: number): () => number {
  const sums: number[] = [];
  for (let rank = 1; rank <= categories; rank += 1) sums.push((sums.at(-1) ?? 0) + 1 / rank);
  return () => {
    const point = random() * (sums.at(-1) as number);
    let low = 0;
    let high = categories - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) < point) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
