import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { seededRandom, shuffle } from '../../src/leaves/random.js';
import { BaselineTransforms } from '../../src/profile/baseline-transforms.js';
import { BlockRing } from '../../src/profile/block-ring.js';
import type { Profile } from '../../src/profile/profile.js';
import { profileTable, type Table } from '../../src/profile/profile-table.js';
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
  const value = (text: string): number | string | null => {
    if (text === '') return null;
    return Number.isNaN(Number(text)) ? text : Number(text);
  };
  return Object.fromEntries(
    lines[0]!.map((name, column) => [name, lines.slice(1).map((row) => value(row[column] ?? ''))]),
  );
}

const rowsOf = (columns: Columns, rows: readonly number[]): Table =>
  Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [name, rows.map((row) => values[row]!)]),
  );
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

const columnsOf = (columns: Columns, names: readonly string[]): Columns =>
  Object.fromEntries(names.map((name) => [name, columns[name]!]));

/** The first rows as a baseline with a history, a block for so many rows at even distances in time. */
function withHistory(columns: Columns, rows: number, stepMs: number, blockRows: number): Profile {
  const baseline = profileTable(rowsOf(columns, range(0, rows)));
  baseline.blocks = new BlockRing(BaselineTransforms.freeze(baseline));
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(rows, from + blockRows);
    baseline.blocks.add(profileTable(rowsOf(columns, range(from, to))), {
      from: from * stepMs,
      to: to * stepMs - 1,
    });
  }
  return baseline;
}

function driftedLater(
  baseline: Profile,
  columns: Columns,
  from: number,
  to: number,
  stepMs: number,
): string[] {
  const window = { seq: 1, from: from * stepMs, to: to * stepMs - 1 };
  const { drifted } = compareProfiles(baseline, profileTable(rowsOf(columns, range(from, to))), {
    windows: { current: window },
  });
  return [...drifted].sort();
}

describe.skipIf(!present)('real data', () => {
  it('shows that bike rides grew from one year to the next, and not that the weather of two years differs', () => {
    const bike = load('bike_sharing_hour.csv.gz');
    const rides = columnsOf(bike, ['temp', 'hum', 'windspeed', 'registered', 'cnt']);
    const split = bike.yr!.indexOf(1);
    const year = withHistory(rides, split, 3_600_000, 24);
    expect(driftedLater(year, rides, split, bike.yr!.length, 3_600_000)).toEqual([
      'cnt',
      'registered',
    ]);
  });

  it('shows that visibility and wind were measured otherwise after ten years, and that temperature and pressure stayed', () => {
    const day = 86_400_000;
    const decade = 3652;
    const names = [
      'temp_avg',
      'dew_point',
      'sea_level_pressure',
      'visibility',
      'wind_avg',
      'wind_max',
    ];
    const weather = columnsOf(load('noaa_weather.csv.gz'), names);
    const first = withHistory(weather, decade, day, 30);
    for (const from of [1, 2, 3].map((count) => count * decade)) {
      expect(driftedLater(first, weather, from, from + decade, day)).toEqual([
        'visibility',
        'wind_avg',
        'wind_max',
      ]);
    }
  });

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
      return compareTables(
        rowsOf(market, order.slice(0, breakAt)),
        rowsOf(market, order.slice(-336)),
      ).drift;
    });
    expect(alarms.length).toBeLessThanOrEqual(2);
  });

  it('shows that the halves of California lie in different places, and nothing between random halves', () => {
    const homes = load('california_housing.csv.gz');
    const half = 10_320;
    const stats = compareTables(
      rowsOf(homes, range(0, half)),
      rowsOf(homes, range(half, 2 * half)),
    );
    expect(stats.drifted).toEqual(expect.arrayContaining(['Longitude', 'Latitude', 'HouseAge']));
    const alarms = range(1, 13).filter((seed) => {
      const order = shuffle(range(0, 2 * half), seededRandom(seed));
      return compareTables(rowsOf(homes, order.slice(0, half)), rowsOf(homes, order.slice(half)))
        .drift;
    });
    // At .05 one of twenty is expected.
    expect(alarms.length).toBeLessThanOrEqual(2);
  });
});
