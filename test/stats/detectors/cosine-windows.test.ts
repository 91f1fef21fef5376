import { expect, it } from 'vitest';
import { seededRandom } from '../../../src/leaves/random.js';
import { CosineWindows } from '../../../src/stats/detectors/cosine-windows.js';

/** ½ Σ (z_j / j)² over j = 1 … 8, as the definition has it. */
function statistic(values: readonly number[]): number {
  let total = 0;
  for (let order = 1; order <= 8; order += 1) {
    const sum = values.reduce((partial, u) => partial + Math.cos(order * Math.PI * u), 0);
    total += (Math.sqrt(2 / values.length) * sum) ** 2 / order ** 2;
  }
  return total / 2;
}

it('gives the largest statistic of the windows, full or not, also after many turns of the ring', () => {
  const random = seededRandom(31);
  const windows = new CosineWindows([7, 20, 50]);
  const values: number[] = [];
  for (let time = 0; time < 5000; time += 1) {
    values.push(random() ** (time > 4000 ? 2 : 1));
    const expected = Math.max(...[7, 20, 50].map((size) => statistic(values.slice(-size))));
    expect(windows.take(values[time] as number, time)).toBeCloseTo(expected, 9);
  }
});

it('is near the Cramér–von Mises statistic, which it is the leading part of', () => {
  const random = seededRandom(32);
  const windows = new CosineWindows([200]);
  const values = Array.from({ length: 200 }, () => random() ** 1.5);
  const found = values.map((u, time) => windows.take(u, time)).at(-1) as number;
  const sorted = values.toSorted((a, b) => a - b);
  const omega2 = sorted.reduce((sum, u, index) => sum + (u - (2 * index + 1) / 400) ** 2, 1 / 2400);
  expect(Math.abs(found / ((Math.PI ** 2 / 2) * omega2) - 1)).toBeLessThan(0.05);
});

it('keeps streams apart, and copies one onto another', () => {
  const random = seededRandom(33);
  const both = new CosineWindows([5, 9], 2);
  const alone = new CosineWindows([5, 9]);
  for (let time = 0; time < 30; time += 1) {
    const u = random();
    both.take(random(), time, 0);
    expect(both.take(u, time, 1)).toBe(alone.take(u, time));
  }
  both.copy(1, 0);
  expect(both.take(0.3, 30, 0)).toBe(alone.take(0.3, 30));
});
