import { compareProfiles } from '../../src/drift/compare-profiles.js';
import type { DriftStats } from '../../src/drift/drift-stats.js';
import { type Random, randomNormal, seededRandom } from '../../src/leaves/random.js';
import { profileTable, type Table } from '../../src/profile/profile-table.js';

/** One value of a column. */
export type Law = (random: Random) => number | string | null;

export const LAWS = {
  normal: (random: Random) => randomNormal(random),
  lognormal: (random: Random) => Math.exp(randomNormal(random)),
  heavy: (random: Random) => randomNormal(random) / Math.sqrt(-Math.log(1 - random())),
  integers: (random: Random) => Math.round(4 + 2 * randomNormal(random)),
  zeros: (random: Random) => (random() < 0.8 ? 0 : Math.exp(randomNormal(random))),
  few: (random: Random) => `k${Math.floor(5 * random())}`,
  zipf: (random: Random) => `k${Math.floor(31 ** random())}`,
  many: (random: Random) => `k${Math.floor(Math.exp(6 * random()))}`,
} satisfies Record<string, Law>;

/** A table of columns of one law each. */
export function tableOf(
  laws: readonly Law[],
  rows: number,
  seed: number,
): Record<string, (number | string | null)[]> {
  const random = seededRandom(seed);
  return Object.fromEntries(
    laws.map((law, index) => [`c${index}`, Array.from({ length: rows }, () => law(random))]),
  );
}

export const repeated = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value);

export const compareTables = (before: Table, now: Table): DriftStats =>
  compareProfiles(profileTable(before), profileTable(now));

/** In how many of `repeats` pairs of tables drift was found. */
export function drifts(
  repeats: number,
  pair: (seed: number) => readonly [before: Table, now: Table],
  falseAlarmRate = 0.05,
): number {
  let found = 0;
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const [before, now] = pair(repeat + 1).map((table) => profileTable(table));
    if (compareProfiles(before!, now!, { falseAlarmRate }).drift) found += 1;
  }
  return found;
}
