import { describe, expect, it } from 'vitest';
import { JointSample } from '../../src/profile/joint-sample.js';

const columns = new Map([
  ['a', [1.25, 2.5, 3.125, 4]],
  ['b', [0.1, 0.2, 0.3, Number.NaN]],
]);

describe('JointSample', () => {
  it('forgets rows that it is given, and keeps the rest', () => {
    const sample = new JointSample(10);
    sample.addColumns(columns, ['a', 'b'], 0, 4);
    expect(
      sample.forget([{ a: 2.5, b: 0.2 }, { a: 4, b: null }, { a: 1.25, b: 0.3 }, { a: null }]),
    ).toBe(2);
    const left = [...(sample.numbers().get('a') ?? [])].filter((value) => !Number.isNaN(value));
    expect(left.sort()).toEqual([1.25, 3.125]);
    expect(sample.count).toBe(4);
    expect(JointSample.fromState(sample.toState()).numbers()).toEqual(sample.numbers());
  });

  it('offers a row as often as it stands for rows', () => {
    const sample = new JointSample(1_000);
    sample.addColumns(columns, ['a', 'b'], 0, 4, [3, 0, 1, 2]);
    expect(sample.count).toBe(6);
    expect([...(sample.numbers().get('a') ?? [])].sort()).toEqual([1.25, 1.25, 1.25, 3.125, 4, 4]);
  });
});
