/** False incidents in simulated months: one fixed baseline a month, a check a period, constant level, independent rows. */
import { compareProfiles, profileTable } from '../../dist/src/profile.js';
import { source, table } from './data.js';

/** An incident ends after so many quiet checks. */
const QUIET = 3;

/**
 * @returns incidents per month, as a list. Level: one expected false alarm a month, a check at a time.
 */
export function simulateMonths({ months, checks, columns = 50, baseline, window = 1000, seed = 1, level }) {
  const falseAlarmRate = level ?? Math.min(0.05, 1 / checks);
  return Array.from({ length: months }, (_, month) => {
    const random = source(seed * 1_000_003 + month * 7919 + baseline);
    const known = profileTable(table(random, 'normal', columns, baseline));
    let [incidents, quiet] = [0, QUIET];
    for (let check = 0; check < checks; check += 1) {
      const now = profileTable(table(random, 'normal', columns, window));
      const { drift } = compareProfiles(known, now, { falseAlarmRate });
      if (drift && quiet >= QUIET) incidents += 1;
      quiet = drift ? 0 : quiet + 1;
    }
    return incidents;
  });
}
