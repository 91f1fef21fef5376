import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/leaves/random.js';
import type { Recording } from '../../src/record/recording.js';
import { RowBuffer } from '../../src/record/row-buffer.js';
import { chooseRows } from '../../src/record/row-choice.js';

const buffer = (capacity: number, seed = 1): RowBuffer =>
  new RowBuffer({
    features: [],
    outputs: [],
    capacity,
    random: seededRandom(seed),
    admit: () => true,
  });

const call = (
  at: number,
  values: readonly number[],
  extra: Partial<Recording> = {},
): Recording => ({
  model: 'm',
  X: { names: ['x', `only${at % 3}`], rows: values.map((value) => [value, at]) },
  Y: { names: ['y'], rows: values.map((value) => [2 * value]) },
  at,
  latencyMs: 1,
  status: 200,
  requestId: `r-${at}`,
  parent: null,
  bytes: 100 * values.length,
  ...extra,
});

const sum = (values: Iterable<number>): number =>
  [...values].reduce((total, value) => total + value, 0);

describe('RowBuffer', () => {
  it('keeps at most its capacity, whole rows by their calls, with weights that sum to the rows seen', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 40 }),
        fc.integer(),
        (rowsOfCalls, capacity, seed) => {
          const rows = buffer(capacity, seed);
          let next = 0;
          rowsOfCalls.forEach((count, at) => {
            rows.add(
              call(
                at,
                Array.from({ length: count }, () => next++),
              ),
            );
          });
          const chunk = rows.chunk();
          const kept = Math.min(capacity, next);
          // Each row fills three places of the columns there are; the others take room as well.
          const unfilled = (chunk.columns.size - 3) * kept;
          expect([chunk.rows, rows.thinned, rows.bytes]).toEqual([
            kept,
            next - kept,
            100 * kept + 8 * unfilled,
          ]);
          expect(sum(chunk.calls.map((one) => one.rows))).toBe(kept);
          const weights = chunk.weights ?? new Uint32Array(kept).fill(1);
          expect(sum(weights)).toBe(next);
          for (const weight of weights)
            expect([Math.floor(next / kept), Math.ceil(next / kept)]).toContain(weight);
          const column = (name: string) => chunk.columns.get(name) ?? [];
          let row = 0;
          for (const { at, rows: own, requestId } of chunk.calls) {
            expect(requestId).toBe(`r-${at}`);
            for (let each = 0; each < own; each += 1, row += 1) {
              expect(column('Y_y')[row]).toBe(2 * (column('X_x')[row] as number));
              for (const kind of [0, 1, 2]) {
                if (chunk.columns.has(`X_only${kind}`)) {
                  expect(column(`X_only${kind}`)[row]).toBe(at % 3 === kind ? at : null);
                }
              }
            }
          }
          for (const cells of chunk.columns.values()) expect(cells.length).toBe(kept);
        },
      ),
    );
  });

  it('gives every row the same expected weight, early or late, alone or in a batch', () => {
    const trials = 4_000;
    const seen = 25;
    const capacity = 10;
    const total = new Float64Array(seen);
    for (let trial = 0; trial < trials; trial += 1) {
      const rows = buffer(capacity, trial * 7919);
      for (let row = 0; row < 5; row += 1) rows.add(call(row, [row]));
      rows.add(
        call(
          5,
          Array.from({ length: 20 }, (_, row) => 5 + row),
        ),
      );
      const chunk = rows.chunk();
      chunk.columns.get('X_x')?.forEach((value, index) => {
        total[value as number] =
          (total[value as number] as number) + (chunk.weights?.[index] as number);
      });
    }
    // A row is kept with probability 0.4 at a weight of 2 or 3: the mean of 4,000 trials has a standard error of 0.0195.
    for (const weight of total) expect(Math.abs(weight / trials - 1)).toBeLessThan(5 * 0.0195);
  });

  it('gives rows that outlive a busier second the weight of those that were left out of their calls', () => {
    const trials = 3_000;
    const threshold = 0.1;
    for (const [own, capacity] of [
      [10, 100],
      [100, 60],
    ] as const) {
      const late = new Float64Array(trials);
      for (let trial = 0; trial < trials; trial += 1) {
        const random = seededRandom(trial * 7919);
        const rows = buffer(capacity, trial * 104_729);
        for (let each = 0; each < 5; each += 1) {
          const choice = chooseRows(40, threshold, random);
          rows.add(
            call(
              0,
              choice.places.map(() => 1),
              { choice },
            ),
          );
        }
        for (let row = 0; row < own; row += 1) rows.add(call(1, [0]));
        const chunk = rows.chunk();
        expect(sum(chunk.weights ?? [])).toBe(200 + own);
        chunk.columns.get('X_x')?.forEach((isLate, index) => {
          if (isLate === 1)
            late[trial] = (late[trial] as number) + (chunk.weights?.[index] as number);
        });
      }
      const mean = sum(late) / trials;
      const deviation = Math.sqrt(sum(late.map((value) => (value - mean) ** 2)) / trials);
      // Where there is room for all, rows of now stand for themselves; else it is a ratio, whose bias is of order 1/n.
      if (own < capacity) expect([mean, deviation]).toEqual([200, 0]);
      else
        expect(Math.abs(mean - 200)).toBeLessThan(
          (5 * deviation) / Math.sqrt(trials) + 200 / capacity,
        );
    }
  });

  it('keeps what is for the log alone beside the sample, at weight 0', () => {
    const rows = buffer(3);
    rows.add(call(0, [7, 8], { aborted: true, Y: undefined, status: 0 }));
    for (let at = 1; at < 10; at += 1) rows.add(call(at, [at]));
    rows.add(call(10, [7], { aborted: true }));
    const chunk = rows.chunk();
    expect([...(chunk.weights ?? [])]).toEqual([0, 0, 9]);
    expect(chunk.columns.get('X_x')?.slice(0, 2)).toEqual([7, 8]);
    expect(chunk.columns.get('Y_y')?.slice(0, 2)).toEqual([null, null]);
    expect(rows.thinned).toBe(8);
  });
});
