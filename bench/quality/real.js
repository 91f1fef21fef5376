/** Real data with its documented drift and its controls: what is found, and what stays quiet. Reads ../shared/data, if it is there. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  BaselineTransforms,
  BlockRing,
  compareProfiles,
  profileTable,
} from '../../dist/src/profile.js';
import { source } from './data.js';
import { section } from './page.js';

const directory = new URL('../../../shared/data/', import.meta.url);

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export function load(file) {
  const lines = gunzipSync(readFileSync(new URL(file, directory)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const value = (text) => {
    if (text === '') return null;
    return Number.isNaN(Number(text)) ? text : Number(text);
  };
  return Object.fromEntries(
    lines[0].map((name, column) => [name, lines.slice(1).map((row) => value(row[column] ?? ''))]),
  );
}

export const pick = (columns, names) =>
  Object.fromEntries(names.map((name) => [name, columns[name]]));
export const slice = (columns, from, to) =>
  Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [name, values.slice(from, to)]),
  );

/** A baseline with a history: rows at even distances in time. */
export function withHistory(columns, stepMs, start, blockRows) {
  const rows = Object.values(columns)[0].length;
  const baseline = profileTable(columns);
  baseline.blocks = new BlockRing(BaselineTransforms.freeze(baseline));
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(rows, from + blockRows);
    const time = { from: start + from * stepMs, to: start + to * stepMs - 1 };
    baseline.blocks.add(profileTable(slice(columns, from, to)), time);
  }
  return baseline;
}

/** Which columns of a window drift, with and without what the baseline's history says. */
export function judged(baseline, columns, time) {
  const profile = profileTable(columns);
  const said = (calibrate) =>
    compareProfiles(baseline, profile, { windows: { current: { seq: 1, ...time } }, calibrate })
      .drifted;
  return { calibrated: said(true), naive: said(false) };
}

/** How often random halves of California alarm at .05, and the largest effects of those that do. */
function californiaHalves(repeats) {
  const houses = load('california_housing.csv.gz');
  const names = Object.keys(houses);
  const rows = houses[names[0]].length;
  let alarms = 0;
  for (let repeat = 1; repeat <= repeats; repeat += 1) {
    const random = source(repeat);
    const order = Float64Array.from({ length: rows }, (_, row) => row);
    for (let last = rows - 1; last > 0; last -= 1) {
      const other = Math.floor(random.uniform() * (last + 1));
      [order[last], order[other]] = [order[other], order[last]];
    }
    const half = (from, to) =>
      profileTable(
        Object.fromEntries(
          names.map((name) => [
            name,
            Array.from(order.slice(from, to), (row) => houses[name][row]),
          ]),
        ),
      );
    if (compareProfiles(half(0, rows / 2), half(rows / 2, rows)).drift) alarms += 1;
  }
  return alarms;
}

export function real(repeats) {
  const { lines, say: tell } = section();
  if (!existsSync(directory)) {
    tell('The data are not here.');
    return lines;
  }
  tell(
    `\`real ${repeats}\`. The columns that drift, if the history of the baseline shows how much windows vary by themselves. Documented changes:`,
    'rides increase, temperature and wind speed stay the same. From the second decade on, visibility and wind are measured in',
    'another way; temperature and pressure stay the same.',
    '',
  );
  const say = (what, { calibrated, naive }) =>
    tell(
      `- ${what}: ${calibrated.join(', ') || 'none'} (if rows are assumed independent: ${naive.join(', ') || 'none'})`,
    );

  const bike = load('bike_sharing_hour.csv.gz');
  const rides = pick(bike, ['temp', 'hum', 'windspeed', 'casual', 'registered', 'cnt']);
  const split = bike.yr.indexOf(1);
  const start = Date.UTC(2011, 0, 1);
  const year = withHistory(slice(rides, 0, split), HOUR, start, 24);
  const end = bike.yr.length;
  say(
    'Bike sharing, 2012 against 2011',
    judged(year, slice(rides, split, end), { from: start + split * HOUR, to: start + end * HOUR }),
  );

  const weather = load('noaa_weather.csv.gz');
  const measured = pick(weather, [
    'temp_avg',
    'dew_point',
    'sea_level_pressure',
    'visibility',
    'wind_avg',
    'wind_max',
  ]);
  const decade = 3652;
  const first = withHistory(slice(measured, 0, decade), DAY, 0, 30);
  for (let from = decade; from + 3000 < weather.rain.length; from += decade) {
    const to = Math.min(weather.rain.length, from + decade);
    say(
      `NOAA weather, days ${from} to ${to} against the first ten years`,
      judged(first, slice(measured, from, to), { from: from * DAY, to: to * DAY }),
    );
  }
  tell(
    '',
    '`test/drift/real-data.test.ts` checks two more data sets. The break of the New South Wales electricity market is found in',
    'the first window after it (48 or 336 half hours). The halves of California, in the order of their counties, drift in',
    `Longitude, Latitude, HouseAge. Shuffled, both data sets are quiet at the rate that was set: of ${repeats} random halves of`,
    `California, ${californiaHalves(repeats)} alarmed at 0.05.`,
  );
  return lines;
}
