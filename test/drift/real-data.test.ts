import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Table } from '../../src/profile/profile-table.js';
import { seededRandom, shuffle } from '../../src/random.js';
import { compareTables } from './simulate.js';

const directory = new URL('../../../shared/data/', import.meta.url);
const present = existsSync(directory);
if (!present && process.env.CI) throw new Error('the real data must be there in CI');
if (!present) console.warn('skipped: no real data beside the repository');

type Columns = Record<string, (number | string | null)[]>;

function load(file: string): Columns {
  const lines = gunzipSync(readFileSync(new URL(file, directory)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const value = (text: string): number | string | null =>
    text === '' ? null : Number.isNaN(Number(text)) ? text : Number(text);
  return Object.fromEntries(
    lines[0]!.map((name, column) => [name, lines.slice(1).map((row) => value(row[column] ?? ''))]),
  );
}

const rowsOf = (columns: Columns, rows: readonly number[]): Table =>
  Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, rows.map((row) => values[row]!)]));
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

describe.skipIf(!present)('real data', () => {
  it('shows the break of the electricity market in the first window after it, and nothing once shuffled', () => {
    const market = load('elec2.csv.gz');
    const breakAt = 17_424;
    const rows = market.vicprice!.length;
    for (const window of [48, 336]) {
      const after = rowsOf(market, range(breakAt, breakAt + window));
      const stats = compareTables(rowsOf(market, range(0, breakAt)), after);
      expect(stats.drifted).toEqual(expect.arrayContaining(['vicprice', 'vicdemand', 'transfer']));
    }
    const alarms = range(1, 13).filter((seed) => {
      const order = shuffle(range(0, rows), seededRandom(seed));
      return compareTables(rowsOf(market, order.slice(0, breakAt)), rowsOf(market, order.slice(-336))).drift;
    });
    expect(alarms.length).toBeLessThanOrEqual(2);
  });

  it('shows that the halves of California lie in different places, and nothing between random halves', () => {
    const homes = load('california_housing.csv.gz');
    const half = 10_320;
    const stats = compareTables(rowsOf(homes, range(0, half)), rowsOf(homes, range(half, 2 * half)));
    expect(stats.drifted).toEqual(expect.arrayContaining(['Longitude', 'Latitude', 'HouseAge']));
    const alarms = range(1, 13).filter((seed) => {
      const order = shuffle(range(0, 2 * half), seededRandom(seed));
      return compareTables(rowsOf(homes, order.slice(0, half)), rowsOf(homes, order.slice(half))).drift;
    });
    // At .05 one of twenty is expected.
    expect(alarms.length).toBeLessThanOrEqual(2);
  });
});
