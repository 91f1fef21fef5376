import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Adjustment, adjustPValues } from '../../src/stats/adjust.js';
import { chiSquareTest } from '../../src/stats/chi-square.js';
import { combinePValues } from '../../src/stats/combine.js';
import { cramersV } from '../../src/stats/cramers-v.js';
import { fisherExactTest } from '../../src/stats/fisher.js';
import { gTest } from '../../src/stats/g-test.js';
import { hellingerDistance } from '../../src/stats/hellinger.js';
import { jensenShannonDistance } from '../../src/stats/jensen-shannon.js';
import { klDivergence } from '../../src/stats/kl-divergence.js';
import { lInfinityDistance } from '../../src/stats/l-infinity.js';
import { proportionTest } from '../../src/stats/proportion.js';
import { populationStabilityIndex } from '../../src/stats/psi.js';
import { totalVariationDistance } from '../../src/stats/total-variation.js';

const metrics = {
  jensenShannonDistance,
  hellingerDistance,
  totalVariationDistance,
  lInfinityDistance,
};
const counts = (bins: number) =>
  fc
    .array(fc.nat({ max: 500 }), { minLength: bins, maxLength: bins })
    .filter((values) => values.some((count) => count > 0));
const pair = fc.integer({ min: 1, max: 12 }).chain((bins) => fc.tuple(counts(bins), counts(bins)));
const triple = fc
  .integer({ min: 1, max: 12 })
  .chain((bins) => fc.tuple(counts(bins), counts(bins), counts(bins)));
const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
  minLength: 1,
  maxLength: 30,
});

describe.each(Object.entries(metrics))('%s', (_, distance) => {
  it('is a metric between 0 and 1', () => {
    fc.assert(
      fc.property(triple, ([p, q, r]) => {
        expect(distance(p, p)).toBe(0);
        expect(distance(p, q)).toBe(distance(q, p));
        expect(distance(p, q)).toBeGreaterThanOrEqual(0);
        expect(distance(p, q)).toBeLessThanOrEqual(1 + 1e-15);
        expect(distance(p, r)).toBeLessThanOrEqual(distance(p, q) + distance(q, r) + 1e-12);
      }),
    );
  });

  it('depends on shares only, and on no order of the bins', () => {
    fc.assert(
      fc.property(pair, fc.integer({ min: 2, max: 9 }), ([p, q], factor) => {
        expectNear(
          distance(
            p.map((count) => count * factor),
            q,
          ),
          distance(p, q),
        );
        expectNear(distance(p.toReversed(), q.toReversed()), distance(p, q));
        expectNear(distance([...p, 0], [...q, 0]), distance(p, q));
      }),
    );
  });
});

describe('divergences', () => {
  it('are never negative, 0 for equal shares; PSI is both Kullback–Leibler divergences', () => {
    fc.assert(
      fc.property(pair, ([p, q]) => {
        for (const smoothing of ['none', { add: 0.5 }] as const) {
          const forth = klDivergence(p, q, { smoothing });
          const back = klDivergence(q, p, { smoothing });
          const psi = populationStabilityIndex(p, q, { smoothing });
          expect(forth).toBeGreaterThanOrEqual(0);
          expect(klDivergence(p, p, { smoothing })).toBe(0);
          expect(psi).toBe(populationStabilityIndex(q, p, { smoothing }));
          if (Number.isFinite(forth + back)) expectNear(psi, forth + back);
        }
      }),
    );
  });

  it('leave frozen input alone', () => {
    fc.assert(
      fc.property(pair, ([p, q]) => {
        const first = Object.freeze(p);
        const second = Object.freeze(q);
        for (const distance of Object.values(metrics)) distance(first, second);
        populationStabilityIndex(first, second);
        klDivergence(first, second);
      }),
    );
  });
});

describe('tests on tables', () => {
  it('do not depend on the order of windows or categories, and ignore empty ones', () => {
    fc.assert(
      fc.property(pair, ([p, q]) => {
        for (const method of ['asymptotic', 'conditional'] as const) {
          const result = chiSquareTest([p, q], { method });
          const turned = chiSquareTest([q.toReversed(), p.toReversed()], { method });
          const padded = chiSquareTest(
            [
              [...p, 0],
              [...q, 0],
              [...q.map(() => 0), 0],
            ],
            { method },
          );
          expect(padded).toEqual(result);
          expectNear(turned.statistic, result.statistic);
          expect(Math.abs(turned.pValue - result.pValue)).toBeLessThan(1e-8);
          expect(result.pValue).toBeGreaterThanOrEqual(0);
          expect(result.pValue).toBeLessThanOrEqual(1);
        }
        expect(gTest([p, q]).statistic).toBeGreaterThanOrEqual(0);
      }),
      // Few tables by the smaller window, too many to count by the larger.
      {
        examples: [
          [
            [
              [19, 96, 91, 86],
              [2, 2, 7, 5],
            ],
          ],
        ],
      },
    );
  });

  it('find nothing in a window against itself', () => {
    fc.assert(
      fc.property(pair, ([p]) => {
        expectNear(chiSquareTest([p, p]).pValue, 1);
        expectNear(chiSquareTest([p, p], { method: 'conditional' }).pValue, 1);
        expectNear(gTest([p, p]).statistic, 0);
        if (chiSquareTest([p, p]).dof > 0) expectNear(cramersV([p, p]), 0);
      }),
    );
  });

  it('agree with each other on two by two', () => {
    const cell = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(cell, cell, cell, cell, (a, b, c, d) => {
        const table = [
          [a, b],
          [c, d],
        ];
        expectNear(proportionTest(table).statistic ** 2, chiSquareTest(table).statistic);
        expectNear(proportionTest(table).pValue, chiSquareTest(table).pValue);
        const less = fisherExactTest(table, { alternative: 'less' }).pValue;
        const greater = fisherExactTest(table, { alternative: 'greater' }).pValue;
        // Both tails hold the table itself.
        expect(less + greater).toBeGreaterThanOrEqual(1 - 1e-12);
        expect(fisherExactTest(table).pValue).toBeGreaterThanOrEqual(
          Math.min(less, greater) * (1 - 1e-12),
        );
      }),
    );
  });
});

describe('adjustPValues', () => {
  const methods: Adjustment[] = [
    'bonferroni',
    'sidak',
    'holm',
    'hochberg',
    'benjamini-hochberg',
    'benjamini-yekutieli',
  ];

  it.each(methods)(
    '%s never lowers a p-value, keeps their order and leaves 0…1 as it is',
    (method) => {
      fc.assert(
        fc.property(pValues, (ps) => {
          const adjusted = adjustPValues(Object.freeze(ps), method);
          ps.forEach((p, index) => {
            expect(adjusted[index]).toBeGreaterThanOrEqual(p * (1 - 1e-12));
            expect(adjusted[index]).toBeLessThanOrEqual(1);
            ps.forEach((other, place) => {
              if (p < other) expect(adjusted[index]).toBeLessThanOrEqual(adjusted[place] as number);
            });
          });
        }),
      );
    },
  );
});

describe('combinePValues', () => {
  it.each(['cauchy', 'simes', 'fisher'] as const)(
    '%s stays in 0…1, does not depend on order and falls with each p',
    (method) => {
      fc.assert(
        fc.property(pValues, (ps) => {
          const combined = combinePValues(Object.freeze(ps), method);
          expect(combined).toBeGreaterThanOrEqual(0);
          expect(combined).toBeLessThanOrEqual(1);
          expectNear(combinePValues(ps.toReversed(), method), combined);
          const lower = combinePValues(ps.with(0, (ps[0] as number) / 2), method);
          expect(lower).toBeLessThanOrEqual(combined * (1 + 1e-12));
        }),
      );
    },
  );
});

function expectNear(actual: number, wanted: number): void {
  if (actual === wanted) return;
  expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(1e-9 * Math.abs(wanted) + 1e-12);
}
