import { expect, it } from 'vitest';
import { seededRandom } from '../../../src/leaves/random.js';
import { type RateChange, RateWindows } from '../../../src/stats/detectors/rate-windows.js';

const kl = (m: number, p: number) =>
  (m > 0 ? m * Math.log(m / p) : 0) + (m < 1 ? (1 - m) * Math.log((1 - m) / (1 - p)) : 0);

/** The statistic of one window from its definition: all weights written out. */
function statistic(
  bits: readonly number[],
  size: number,
  change: RateChange,
  ones: number,
  reference: number,
): number {
  const weight = 2 / (size + 1);
  const raw = bits.map((_, index) => (1 - weight) ** (bits.length - 1 - index));
  const total = raw.reduce((sum, value) => sum + value, 0);
  const weights = raw.map((value) => value / total);
  const mean = bits.reduce((sum, bit, index) => sum + bit * (weights[index] as number), 0);
  const known = reference + bits.length - 1;
  const knownOnes = ones + bits.slice(0, -1).reduce((sum, bit) => sum + bit, 0);
  const rate = (knownOnes + 0.5) / (known + 1);
  if ((change === 'greater' && mean <= rate) || (change === 'less' && mean >= rate)) return 0;
  // The difference of both means, written as weights of the independent values before and now.
  const own = weights.map((value, index) => (index < bits.length - 1 ? value - 1 / known : value));
  const variance = own.reduce((sum, value) => sum + value ** 2, reference / known ** 2);
  return kl(mean, rate) / variance;
}

it.each(['greater', 'less', 'both'] as const)(
  'gives the largest statistic of the windows: %s',
  (change) => {
    const random = seededRandom(34);
    const windows = new RateWindows([4, 25], change);
    const bits: number[] = [];
    let ones = 12;
    for (let time = 0; time < 400; time += 1) {
      const bit = random() < (time < 200 ? 0.2 : 0.5) ? 1 : 0;
      bits.push(bit);
      const expected = Math.max(...[4, 25].map((size) => statistic(bits, size, change, 12, 60)));
      expect(windows.take(bit, time, ones, 60 + time)).toBeCloseTo(expected, 9);
      ones += bit;
    }
  },
);
