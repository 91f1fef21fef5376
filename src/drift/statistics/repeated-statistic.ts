import type { Bins } from './bins.js';
import { chiSquareFinding } from './categorical.js';
import type { ColumnPair } from './column-pair.js';
import { leastPresencePValue } from './presence.js';
import type { Statistic } from './statistic.js';

/** Beside the tests on ranks; see `WEIGHTS` of numeric columns. */
const WEIGHT = 0.5;
/** A share of fewer standard errors than this is not known, and is taken for what makes the least of the change. */
const KNOWN = 4;
/** By so many standard errors it may be off. */
const CAUTION = 2;

/**
 * Chi-square over the values that are often repeated, and all others together: new defaults and sentinels, another step of
 * rounding, integers that move off their grid. Tests on ranks see little of what happens at one value.
 */
const repeated: Statistic = {
  key: 'chisq',
  families: ['numeric'],
  decides: true,
  weight: WEIGHT,
  compare(pair) {
    // Like hours are known by bins, not by values.
    const repeats = pair.numeric && pair.likeHours === undefined ? pair.ranks.repeated : undefined;
    if (repeats === undefined) return undefined;
    const counts = cautious(pair, repeats);
    const { ks, waerden, degrees } = pair.inflation;
    const factor = Math.max(ks, waerden) + ofSketches(pair, counts);
    const finding = chiSquareFinding(pair, counts, factor, degrees);
    const matters = finding.matters || hasNewValue(counts, pair.gates.range);
    return { ...finding, matters, reach: reachOf(counts) };
  },
};

/** Whether so large a share of the rows is at a value that the baseline never had: a sentinel, or a default. */
function hasNewValue({ names, baseline, current }: Bins, share: number): boolean {
  const rows = sum(current);
  return names.some((name, place) => {
    const isNew = name !== null && baseline[place] === 0;
    return isNew && (current[place] as number) >= share * rows;
  });
}

/** The standard errors of shares on either side; 0 of values that were kept exactly. */
function errorsOf({
  numbers: { baseline, current },
}: ColumnPair): readonly [baseline: number, current: number] {
  return [baseline.shareError(), current.shareError()];
}

/**
 * The counts, but those of values too rare for a sketch to know their shares: these are moved towards an unchanged share, as far as
 * the sketch's error may reach.
 */
function cautious(pair: ColumnPair, counts: Bins): Bins {
  const errors = errorsOf(pair);
  if (errors[0] + errors[1] === 0) return counts;
  const n = sum(counts.baseline);
  const m = sum(counts.current);
  const known = KNOWN * Math.max(...errors);
  const baseline = [...counts.baseline];
  const current = [...counts.current];
  const rest = counts.names.indexOf(null);
  counts.names.forEach((name, place) => {
    const a = baseline[place] as number;
    const b = current[place] as number;
    if (name === null || (a + b) / (n + m) >= known) return;
    const newA = towards(a, (b * n) / m, CAUTION * errors[0] * n);
    const newB = towards(b, (newA * m) / n, CAUTION * errors[1] * m);
    baseline[place] = newA;
    current[place] = newB;
    if (rest < 0) return;
    baseline[rest] = Math.max(0, (baseline[rest] as number) + a - newA);
    current[rest] = Math.max(0, (current[rest] as number) + b - newB);
  });
  return { names: counts.names, baseline, current };
}

/** A count moved to another one, in whole steps and by so much at most. */
function towards(count: number, aim: number, most: number): number {
  return aim > count
    ? Math.floor(Math.min(aim, count + most))
    : Math.ceil(Math.max(aim, count - most));
}

/** The variance that sketches add to that of the counts, in its shares. */
function ofSketches(pair: ColumnPair, counts: Bins): number {
  const [ofBaseline, ofCurrent] = errorsOf(pair);
  const errors = ofBaseline ** 2 + ofCurrent ** 2;
  if (errors === 0) return 0;
  const n = sum(counts.baseline);
  const m = sum(counts.current);
  const known = KNOWN * Math.max(ofBaseline, ofCurrent);
  const shares = counts.baseline
    .map((count, place) => (count + (counts.current[place] as number)) / (n + m))
    .filter((share) => share >= known);
  if (shares.length === 0) return 0;
  return (errors * sum(shares.map((share) => 1 / share))) / shares.length / (1 / n + 1 / m);
}

/** Nothing is rarer than all of one value, or of all repeated ones, on one side. */
function reachOf({ baseline, current, names }: Bins): number {
  if (names.length < 2) return 1;
  const n = sum(baseline);
  const m = sum(current);
  const parts = baseline.map((count, place) => [count, current[place] as number] as const);
  return Math.min(
    ...parts.map(([a, b]) => leastPresencePValue({ part: a, rows: n }, { part: b, rows: m })),
  );
}

const sum = (counts: readonly number[]): number =>
  counts.reduce((total, count) => total + count, 0);

/** What is told by single values of numeric columns. */
export const REPEATED_STATISTICS: readonly Statistic[] = [repeated];
