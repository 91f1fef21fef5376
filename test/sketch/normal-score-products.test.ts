import { describe, expect, it } from 'vitest';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import {
  MAX_PRODUCT_COLUMNS,
  NormalScoreProducts,
} from '../../src/sketch/normal-score-products.js';

const random = seededRandom(1);
const rows = Array.from({ length: 200 }, (_, row) =>
  Array.from({ length: 5 }, (_, column) =>
    (row + column) % 7 === 0 ? Number.NaN : randomNormal(random),
  ),
);

function productsOf(from: number, to: number): NormalScoreProducts {
  const products = new NormalScoreProducts({ columns: 5 });
  for (const row of rows.slice(from, to)) products.update(row);
  return products;
}

describe('NormalScoreProducts', () => {
  it('sums scores, products and their squares by definition, passing over what is missing', () => {
    const products = productsOf(0, rows.length);
    for (let i = 0; i < 5; i += 1) {
      const scores = rows.map((row) => row[i]!).filter((score) => !Number.isNaN(score));
      const column = products.column(i);
      expect(column.count).toBe(scores.length);
      expect(column.skipped).toBe(rows.length - scores.length);
      expect(column.sum).toBeCloseTo(
        scores.reduce((sum, score) => sum + score),
        10,
      );
      expect(column.sumOfSquares).toBeCloseTo(
        scores.reduce((sum, score) => sum + score ** 2, 0),
        10,
      );
      for (let j = 0; j < 5; j += 1) {
        if (i === j) continue;
        const both = rows
          .map((row) => row[i]! * row[j]!)
          .filter((product) => !Number.isNaN(product));
        const pair = products.pair(i, j);
        expect(pair.count).toBe(both.length);
        expect(pair.skipped).toBe(rows.length - both.length);
        expect(pair.sum).toBeCloseTo(
          both.reduce((sum, product) => sum + product),
          10,
        );
        expect(pair.sumOfSquares).toBeCloseTo(
          both.reduce((sum, product) => sum + product ** 2, 0),
          10,
        );
      }
    }
  });

  it('merges parts into the whole, in any order', () => {
    const whole = productsOf(0, 200);
    const a = productsOf(0, 70);
    const b = productsOf(70, 200);
    const ab = a.clone();
    ab.merge(b);
    b.merge(a);
    expect(b.toState()).toEqual(ab.toState());
    expect(ab.rows).toBe(200);
    const state = ab.toState();
    whole.toState().pairs.forEach((sum, index) => {
      expect(state.pairs[index]).toBeCloseTo(sum, 10);
    });
  });

  it('survives its encodings', () => {
    const products = productsOf(0, 200);
    expect(NormalScoreProducts.fromBytes(products.toBytes()).toState()).toEqual(products.toState());
    expect(NormalScoreProducts.fromJSON(JSON.parse(JSON.stringify(products))).toState()).toEqual(
      products.toState(),
    );
  });

  it('takes one column, and as many as it says, in 50 KB', () => {
    const single = new NormalScoreProducts({ columns: 1 });
    single.update([2]);
    expect(single.column(0)).toEqual({ count: 1, skipped: 0, sum: 2, sumOfSquares: 4 });
    const most = new NormalScoreProducts({ columns: MAX_PRODUCT_COLUMNS });
    most.update(new Float64Array(MAX_PRODUCT_COLUMNS).fill(1));
    expect(most.pair(62, 63).sum).toBe(1);
    expect(most.toBytes().length).toBeLessThan(51_000);
    expect(() => new NormalScoreProducts({ columns: MAX_PRODUCT_COLUMNS + 1 })).toThrow(
      /columns must be/,
    );
  });

  it('refuses rows, partners, places and states that do not fit', () => {
    const products = productsOf(0, 10);
    expect(() => products.update([1, 2])).toThrow(/expected 5 scores, got 2/);
    expect(() => products.merge(new NormalScoreProducts({ columns: 4 }))).toThrow(/5 and of 4/);
    expect(() => products.column(5)).toThrow(/no such/);
    for (const [first, second] of [
      [2, 2],
      [0, 5],
      [-1, 0],
    ] as const) {
      expect(() => products.pair(first, second)).toThrow(/no pair/);
    }
    const state = products.toState();
    for (const wrong of [
      { rows: 1 },
      { columns: 4 },
      { columns: 100 },
      { singles: state.singles.with(0, Number.NaN) },
    ]) {
      expect(() => NormalScoreProducts.fromState({ ...state, ...wrong })).toThrow(
        /not products of scores/,
      );
    }
    expect(() =>
      NormalScoreProducts.fromState({ ...state, pairs: state.pairs.with(2, -1) }),
    ).toThrow(/disagree/);
  });
});
