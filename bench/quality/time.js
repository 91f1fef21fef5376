/** Traffic in time: rows that depend on the row before, seasons of the day, and drift that comes slowly, at once, or again and again. */
import {
  BaselineTransforms,
  BlockRing,
  compareProfiles,
  Profile,
  profileTable,
} from '../../dist/src/profile.js';
import { source } from './data.js';

const HOUR = 3_600_000;
const MONDAY = Date.UTC(2026, 0, 5);

/**
 * Hours of traffic: AR(1) with the given memory within each column, a season of the day that is a wave and, at office
 * hours, a step, and days off (Saturday, Sunday) that lie lower.
 *
 * @returns `hour(at, shift)`: the profile of the hour at that place, its first column shifted; and the baseline of `hours`.
 */
export function traffic({
  seed,
  columns = 1,
  rows = 100,
  memory = 0,
  season = 0,
  step = 0,
  daysOff = 0,
  hours = 48,
}) {
  const random = source(seed * 7919 + columns * 31 + rows);
  const states = Float64Array.from({ length: columns }, () => random.normal());
  const rest = Math.sqrt(1 - memory ** 2);
  const usual = (at) =>
    season * Math.sin((2 * Math.PI * at) / 24) +
    (at % 24 >= 9 && at % 24 < 17 ? step : 0) -
    (at % 168 >= 120 ? daysOff : 0);
  const hour = (at, shift = 0) => {
    const table = {};
    for (let column = 0; column < columns; column += 1) {
      const values = new Float64Array(rows);
      for (let row = 0; row < rows; row += 1) {
        states[column] = memory * states[column] + rest * random.normal();
        values[row] = states[column] + usual(at) + (column === 0 ? shift : 0);
      }
      table[`c${column}`] = values;
    }
    return profileTable(table);
  };
  const parts = Array.from({ length: hours }, (_, at) => hour(at));
  const baseline = new Profile();
  for (const part of parts) baseline.merge(part);
  baseline.blocks = new BlockRing(BaselineTransforms.freeze(baseline));
  parts.forEach((part, at) => {
    baseline.blocks.add(part, windowAt(at));
  });
  return { baseline, hour };
}

/** When an hour of the traffic is. */
export const windowAt = (at) => ({
  seq: at,
  from: MONDAY + at * HOUR,
  to: MONDAY + (at + 1) * HOUR - 1,
});

/** How often hours after the baseline are called drifting: an hour each of `repeats` streams, at all times of the week. */
export function alarmsInTime({
  repeats,
  shift = 0,
  calibrate = true,
  alpha = 0.05,
  hours = 48,
  ...kind
}) {
  let alarms = 0;
  for (let seed = 1; seed <= repeats; seed += 1) {
    const { baseline, hour } = traffic({ seed, hours, ...kind });
    const at = hours + ((37 * seed) % 168);
    const { drift } = compareProfiles(baseline, hour(at, shift), {
      falseAlarmRate: alpha,
      calibrate,
      windows: { current: windowAt(at) },
    });
    alarms += drift ? 1 : 0;
  }
  return alarms;
}

/** What happens to the first column, by the hours since it began, and when its episodes begin. */
const COURSES = {
  'sudden, +.5 sd': () => 0.5,
  'gradual, +.02 sd an hour': (hour) => 0.02 * hour,
  'recurring, +.7 sd for six hours a day': (hour) => (hour % 24 < 6 ? 0.7 : 0),
};

/**
 * After how many hours drift is first seen, over as many hours as `most`; hourly windows, the latest 1, 4 and 24 together, one
 * expected false alarm a month. @returns the middle and the share that was found at all.
 */
export function delaysInTime({ repeats, course, most = 96, hours = 48, ...kind }) {
  const delays = Array.from({ length: repeats }, (_, index) => {
    const { baseline, hour } = traffic({ seed: 500 + index, hours, ...kind });
    const windows = [];
    for (let at = 0; at < most; at += 1) {
      windows.push(hour(hours + at, COURSES[course](at)));
      const spans = [1, 4, 24].filter((span) => span <= windows.length);
      const found = spans.some((span) => {
        const merged = new Profile();
        for (const window of windows.slice(-span)) merged.merge(window);
        const to = { ...windowAt(hours + at), from: windowAt(hours + at + 1 - span).from };
        return compareProfiles(baseline, merged, {
          falseAlarmRate: 1 / 744 / spans.length,
          windows: { current: to },
        }).drift;
      });
      if (found) return at;
    }
    return Number.POSITIVE_INFINITY;
  }).sort((a, b) => a - b);
  const found = delays.filter((delay) => delay < most).length;
  return { course, middle: delays[Math.floor(repeats / 2)], found: found / repeats };
}

export const courses = Object.keys(COURSES);
