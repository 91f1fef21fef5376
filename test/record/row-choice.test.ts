import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/leaves/random.js';
import { ByteBudget } from '../../src/record/byte-budget.js';
import { newCounters } from '../../src/record/counters.js';
import { Recorder } from '../../src/record/recorder.js';
import { chooseRows, onlyChosen, RowPick } from '../../src/record/row-choice.js';
import { type Chunk, representedRows } from '../../src/tracking/chunk.js';
import { rowsOfList } from '../../src/wire/decoded-table.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const LIMITS = { columns: 10, cells: 1e6 };

describe('chooseRows', () => {
  it('chooses each row with the probability of the threshold, and lots that are uniform below it', () => {
    const random = seededRandom(4);
    const trials = 20_000;
    const count = 40;
    const threshold = 0.1;
    const chosen = new Float64Array(count);
    let lots = 0;
    let sum = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      const choice = chooseRows(count, threshold, random);
      choice.places.forEach((place, index) => {
        const lot = choice.lots[index] as number;
        if (lot >= threshold) return;
        chosen[place] = (chosen[place] as number) + 1;
        lots += 1;
        sum += lot;
      });
    }
    // A binomial share has a standard error of √(.1 · .9 / 20,000) = .0021; the mean of n uniform lots one of .1/√(12 n).
    for (const times of chosen)
      expect(Math.abs(times / trials - threshold)).toBeLessThan(5 * 0.0021);
    expect(Math.abs(sum / lots - threshold / 2)).toBeLessThan(
      (5 * threshold) / Math.sqrt(12 * lots),
    );
  });

  it('gives the row of the lowest lot where none is below the threshold', () => {
    const random = seededRandom(5);
    const trials = 20_000;
    const count = 5;
    const threshold = 0.001;
    let alone = 0;
    let sum = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      const { places, lots } = chooseRows(count, threshold, random);
      expect(places.length).toBeGreaterThan(0);
      if ((lots[0] as number) < threshold) continue;
      expect(places.length).toBe(1);
      alone += 1;
      sum += lots[0] as number;
    }
    // The least of five uniform lots has mean 1/6 and standard deviation .141; that it is above .001 shifts it by .0008.
    expect(Math.abs(sum / alone - (threshold + (1 - threshold) / 6))).toBeLessThan(
      (5 * 0.141) / Math.sqrt(alone),
    );
  });
});

it('copies X and Y of a large call in the same few rows, that stand for all', async () => {
  const clock = fakeClock();
  const counters = newCounters();
  const chunks: Chunk[] = [];
  const recorder = new Recorder({
    clock,
    counters,
    features: ['x'],
    outputs: ['y'],
    columnLimit: 10,
    rowsPerSecond: 100,
    memory: new ByteBudget(2 ** 26),
    append: async ({ chunk }) => chunks.push(chunk),
    onStored: async () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  const rows = 50_000;
  let copied = 0;
  for (let call = 0; call < 4; call += 1) {
    const pick = new RowPick(LIMITS, 'm', (model, count) => recorder.choose(model, count));
    const list = Array.from({ length: rows }, (_, row) => [call * rows + row]);
    const X = rowsOfList(list, pick);
    const choice = pick.choiceOf(X);
    // A codec that copies all rows is brought down to the chosen ones.
    const Y = onlyChosen(
      { names: ['y'], rows: list.map(([value]) => [2 * (value as number)]) },
      choice,
    );
    expect([X?.count, Y?.rows.length]).toEqual([rows, X?.rows.length]);
    copied += X?.rows.length ?? 0;
    recorder.record({
      model: 'm',
      X,
      Y,
      choice,
      at: 0,
      latencyMs: 1,
      status: 200,
      requestId: null,
      parent: null,
      bytes: 1_000,
    });
  }
  await recorder.flush();
  const [chunk] = chunks as [Chunk];
  expect(copied).toBeLessThan(2_000);
  expect([chunk.rows, representedRows(chunk), counters.rows]).toEqual([100, 4 * rows, 4 * rows]);
  chunk.columns.get('X_x')?.forEach((x, row) => {
    expect(chunk.columns.get('Y_y')?.[row]).toBe(2 * (x as number));
  });
  // 100 rows of 200,000, uniform: their mean is within five standard errors.
  const mean = (chunk.columns.get('X_x') as number[]).reduce((sum, x) => sum + x / 100, 0);
  expect(Math.abs(mean / (4 * rows) - 0.5)).toBeLessThan(5 / Math.sqrt(12 * 100));
});

it('does not let choosing pass over rows of another make', () => {
  const pick = new RowPick(LIMITS, 'm', (_model, count) => ({
    count,
    places: [0],
    lots: [0.1],
    threshold: 0.2,
  }));
  expect(rowsOfList([{ x: 1 }, [2], 3], pick)).toBeUndefined();
  expect(rowsOfList([{ x: 1 }, { x: 2 }, { x: 3 }], pick)).toEqual({
    names: ['x'],
    rows: [[1]],
    count: 3,
  });
  expect(rowsOfList([7, 8], pick)?.count).toBeUndefined();
});
