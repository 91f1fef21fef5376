import { describe, expect, it } from 'vitest';
import { andersonDarlingTest } from '../../src/stats/anderson-darling.js';
import { describeReference, expectClose, P_VALUE, STATISTIC } from './reference.js';
import type { TwoSampleCase } from './two-sample-case.js';

const undefinedHere = expect.objectContaining({ code: 'ERR_LEEWAY_SAMPLE' });

describeReference<TwoSampleCase>('two_sample', (cases) => {
  it.each(['midrank', 'right'] as const)(
    'agrees on both numbers with %s ties, and is undefined where they are',
    (ties) => {
      for (const { id, x, y, expected } of cases) {
        const { statistic, p_clipped: pValue } = expected.anderson_darling?.[ties] ?? {};
        const options = { midrank: ties === 'midrank' };
        if (typeof statistic !== 'number' || typeof pValue !== 'number') {
          expect(() => andersonDarlingTest(x, y, options), id).toThrow(undefinedHere);
          continue;
        }
        const result = andersonDarlingTest(x, y, options);
        expectClose(result.statistic, statistic, STATISTIC, id);
        expectClose(result.pValue, pValue, P_VALUE, id);
      }
    },
  );
});

describe('andersonDarlingTest', () => {
  it('clips its p-value to the table', () => {
    const x = Array.from({ length: 50 }, (_, index) => index);
    expect(andersonDarlingTest(x, x).pValue).toBe(0.25);
    expect(
      andersonDarlingTest(
        x,
        x.map((value) => value + 100),
      ).pValue,
    ).toBe(0.001);
  });

  it('refuses an option of another type', () => {
    expect(() => andersonDarlingTest([1, 2], [3, 4], { midrank: 'yes' } as object)).toThrow(
      /midrank must be one of/,
    );
  });
});
