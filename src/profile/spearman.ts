import { CoMoments, type CorrelationMatrix } from './correlations.js';

/**
 * Spearman's coefficients of sampled rows: Pearson's of the ranks, ties getting their mean rank, each pair over the rows in
 * which both are there.
 *
 * @param sample one array per column, of equal length; NaN is missing.
 */
export function spearman(
  columns: readonly string[],
  sample: readonly Float64Array[],
): CorrelationMatrix {
  const values = columns.map((_, row) =>
    columns.map((__, column) => (row === column ? 1 : Number.NaN)),
  );
  const complete = sample.map((numbers) =>
    numbers.some(Number.isNaN) ? undefined : ranksOf(numbers),
  );
  for (let first = 0; first < columns.length; first += 1) {
    for (let second = first + 1; second < columns.length; second += 1) {
      let pair = [complete[first], complete[second]];
      if (pair[0] === undefined || pair[1] === undefined) {
        const x = sample[first] as Float64Array;
        const y = sample[second] as Float64Array;
        const both = (_: number, row: number): boolean =>
          !Number.isNaN(x[row]) && !Number.isNaN(y[row]);
        pair = [ranksOf(x.filter(both)), ranksOf(y.filter(both))];
      }
      const [x, y] = pair as [Float64Array, Float64Array];
      const moments = new CoMoments(['x', 'y']);
      moments.addSlice(new Map([...Object.entries({ x, y })]), 0, x.length);
      const coefficient = moments.pearson().values[0]?.[1] ?? Number.NaN;
      (values[first] as number[])[second] = coefficient;
      (values[second] as number[])[first] = coefficient;
    }
  }
  return { columns, values };
}

/** Ranks from 1, tied values getting the mean of theirs. */
function ranksOf(values: Float64Array): Float64Array {
  const order = Array.from(values.keys()).sort(
    (a, b) => (values[a] as number) - (values[b] as number),
  );
  const ranks = new Float64Array(values.length);
  let from = 0;
  while (from < order.length) {
    let to = from + 1;
    while (to < order.length && values[order[to] as number] === values[order[from] as number])
      to += 1;
    for (let place = from; place < to; place += 1)
      ranks[order[place] as number] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}
