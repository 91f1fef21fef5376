import { describe, expect, it } from 'vitest';
import { type Adjustment, adjustPValues } from '../../src/stats/adjust.js';
import { describeReference, expectClose, P_VALUE } from './reference.js';

interface AdjustCase {
  readonly p: number[];
  readonly expected: Readonly<Record<string, number[]>>;
}

const methods: readonly Adjustment[] = [
  'bonferroni',
  'sidak',
  'holm',
  'hochberg',
  'benjamini-hochberg',
  'benjamini-yekutieli',
];

describeReference<AdjustCase>('padjust', (cases) => {
  it.each(methods)('agrees on %s', (method) => {
    for (const [index, { p, expected }] of cases.entries()) {
      const adjusted = adjustPValues(p, method);
      const wanted = expected[method.replace('-', '_')] as number[];
      expect(adjusted).toHaveLength(wanted.length);
      adjusted.forEach((value, place) => {
        expectClose(value, wanted[place] as number, P_VALUE, `case ${index}, place ${place}`);
      });
    }
  });
});

describe('adjustPValues', () => {
  it('refuses what is no p-value, an empty list and an unknown method', () => {
    const code = 'ERR_LEEWAY_SAMPLE';
    expect(() => adjustPValues([], 'holm')).toThrow(expect.objectContaining({ code }));
    expect(() => adjustPValues([0.1, 1.5], 'holm')).toThrow(/ps\[1\] must be between 0 and 1/);
    expect(() => adjustPValues([Number.NaN], 'holm')).toThrow(/ps\[0\]/);
    expect(() => adjustPValues([0.1], 'bonf' as Adjustment)).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_OPTION' }),
    );
    expect(() => adjustPValues([0.1], undefined as unknown as Adjustment)).toThrow(
      /method must be one of/,
    );
  });

  it('keeps tiny p-values', () => {
    expect(adjustPValues([1e-300, 0.5], 'sidak')[0]).toBeCloseTo(2e-300, 310);
  });
});
