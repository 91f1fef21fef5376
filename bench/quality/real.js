/** Real data with its documented drift and its controls: what is found, and what stays quiet. Reads ../shared/data, if it is there. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { BaselineTransforms, BlockRing, compareProfiles, profileTable } from '../../dist/src/profile.js';

const directory = new URL('../../../shared/data/', import.meta.url);
export const present = existsSync(directory);

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export function load(file) {
  const lines = gunzipSync(readFileSync(new URL(file, directory)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const value = (text) => (text === '' ? null : Number.isNaN(Number(text)) ? text : Number(text));
  return Object.fromEntries(
    lines[0].map((name, column) => [name, lines.slice(1).map((row) => value(row[column] ?? ''))]),
  );
}

export const pick = (columns, names) => Object.fromEntries(names.map((name) => [name, columns[name]]));
export const slice = (columns, from, to) =>
  Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values.slice(from, to)]));

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
  const said = (calibrate) => compareProfiles(baseline, profile, { to: { seq: 1, ...time }, calibrate }).drifted;
  return { calibrated: said(true), naive: said(false) };
}

/** The cases, each in a line. */
export function realData() {
  const lines = [];
  const say = (what, { calibrated, naive }) =>
    lines.push(
      `- ${what}: ${calibrated.join(', ') || 'none'} (rows taken as independent: ${naive.join(', ') || 'none'})`,
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
  const measured = pick(weather, ['temp_avg', 'dew_point', 'sea_level_pressure', 'visibility', 'wind_avg', 'wind_max']);
  const decade = 3652;
  const first = withHistory(slice(measured, 0, decade), DAY, 0, 30);
  for (let from = decade; from + 3000 < weather.rain.length; from += decade) {
    const to = Math.min(weather.rain.length, from + decade);
    say(
      `NOAA weather, days ${from} to ${to} against the first ten years`,
      judged(first, slice(measured, from, to), { from: from * DAY, to: to * DAY }),
    );
  }
  return lines;
}
