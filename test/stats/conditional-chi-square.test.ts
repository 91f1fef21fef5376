import { describe, expect, it } from 'vitest';
import { chiSquareTest } from '../../src/stats/chi-square.js';
import { conditionalMoments } from '../../src/stats/conditional-chi-square.js';
import { enumeratedTail } from '../../src/stats/exact-chi-square.js';
import { gammaln } from '../../src/stats/gamma.js';
import { compactTable } from '../../src/stats/table.js';
import { describeReference, expectClose, STATISTIC } from './reference.js';

interface TableCase {
  readonly kind: 'rank' | 'table';
  readonly table: number[][];
  readonly expected: {
    readonly statistic: number;
    readonly conditional_mean: number;
    readonly mean_seen: number;
    readonly variance_seen: number;
    readonly draws: number;
    readonly p_upper: number;
  };
}

describeReference<TableCase>('permutation', (cases) => {
  const tables = cases.filter(({ kind }) => kind === 'table');

  it('agrees on the statistic and the conditional moments', () => {
    for (const { table, expected } of tables) {
      const label = `${table[0]?.length} columns`;
      const { mean, variance } = conditionalMoments(compactTable(table));
      expectClose(chiSquareTest(table).statistic, expected.statistic, STATISTIC, label);
      expectClose(mean, expected.conditional_mean, STATISTIC, label);
      expectClose(variance, expected.variance_seen, { relative: 0.03 }, label);
    }
  });

  it('comes close to the drawn p-value', () => {
    for (const { table, expected } of tables) {
      const { p_upper: drawn, draws } = expected;
      const error = 4 * Math.sqrt(Math.max(drawn * (1 - drawn), 1 / draws) / draws);
      const columns = table[0]?.length ?? 0;
      // X² of a few categories moves in steps that no continuous law follows; two categories are counted.
      const steps = columns === 2 ? 0 : Math.min(0.25 * drawn, 0.025);
      const { pValue } = chiSquareTest(table, { method: 'conditional' });
      expectClose(pValue, drawn, { absolute: error + steps }, `${columns} columns`);
    }
  });
});

describe('conditionalMoments', () => {
  it.each([
    [[3, 2, 1, 2], 3],
    [[1, 1, 1, 1, 1, 1, 1], 3],
    [[5, 1, 1], 2],
    [[4, 4], 5],
  ])('gives the moments of all arrangements of columns %o with %d rows in x', (columns, size) => {
    const statistics = allTables(columns, size).map((table) => chiSquareTest(table).statistic);
    const mean = average(statistics);
    const moments = conditionalMoments(compactTable(allTables(columns, size)[0] as number[][]));
    expectClose(moments.mean, mean, { relative: 1e-12 }, 'mean');
    expectClose(
      moments.variance,
      average(statistics.map((value) => (value - mean) ** 2)),
      { relative: 1e-10 },
      'variance',
    );
    const third = average(statistics.map((value) => (value - mean) ** 3));
    expectClose(moments.third as number, third, { relative: 1e-9, absolute: 1e-10 }, 'third');
  });

  it('counts a table of two categories exactly', () => {
    const seen = [
      [1, 4],
      [5, 2],
    ];
    const statistic = chiSquareTest(seen).statistic;
    const all = allTables([6, 6], 5).map((table) => chiSquareTest(table).statistic);
    const share = all.filter((other) => other >= statistic - 1e-9).length / all.length;
    expectClose(
      chiSquareTest(seen, { method: 'conditional' }).pValue,
      share,
      { relative: 1e-12 },
      'p',
    );
    const half = all.filter((other) => Math.abs(other - statistic) < 1e-9).length / all.length / 2;
    const { pValue } = chiSquareTest(seen, { method: 'conditional', midP: true });
    expectClose(pValue, share - half, { relative: 1e-12 }, 'mid-p');
  });

  it.each([
    [[4, 5, 3], 6],
    [[2, 6, 7], 3],
    [[3, 4, 2, 5], 7],
    [[2, 2, 3, 3, 4], 6],
  ])('counts the tables of columns %o with %d rows in x', (columns, size) => {
    const tables = allTables(columns, size);
    const all = tables.map((table) => chiSquareTest(table).statistic);
    for (const statistic of new Set(all)) {
      const share = all.filter((other) => other >= statistic - 1e-9).length / all.length;
      const table = compactTable(tables[0] as number[][]);
      expectClose(
        enumeratedTail(table, statistic) as number,
        share,
        { relative: 1e-10 },
        `X² ${statistic}`,
      );
      const half =
        all.filter((other) => Math.abs(other - statistic) < 1e-9).length / all.length / 2;
      expectClose(
        enumeratedTail(table, statistic, true) as number,
        share - half,
        { absolute: 1e-12 },
        'mid-p',
      );
    }
  });

  it('counts what is far out too, where 1 − P would be rounding', () => {
    const table = compactTable([
      [60, 0, 0],
      [0, 40, 30],
    ]);
    // All of one category on one side: one of C(130, 60) ways.
    const ways = gammaln(131) - gammaln(61) - gammaln(71);
    expectClose(enumeratedTail(table, 130) as number, Math.exp(-ways), { relative: 1e-9 }, 'p');
  });

  it('takes more than two windows', () => {
    const table = [
      [10, 2, 3],
      [4, 5, 6],
      [7, 8, 20],
    ];
    const { pValue } = chiSquareTest(table, { method: 'conditional' });
    expect(pValue).toBeGreaterThan(0.001);
    expect(pValue / chiSquareTest(table).pValue).toBeCloseTo(1, 0);
  });
});

/** Every way to give `size` of the rows to the first window, one table each. */
function allTables(columns: readonly number[], size: number): number[][][] {
  const labels = columns.flatMap((count, column) => new Array<number>(count).fill(column));
  const tables: number[][][] = [];
  const choose = (start: number, left: number, top: number[]): void => {
    if (left === 0)
      tables.push([top, columns.map((count, column) => count - (top[column] as number))]);
    for (let index = start; left > 0 && index < labels.length; index += 1) {
      choose(
        index + 1,
        left - 1,
        top.with(labels[index] as number, (top[labels[index] as number] as number) + 1),
      );
    }
  };
  choose(0, size, new Array<number>(columns.length).fill(0));
  return tables;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
