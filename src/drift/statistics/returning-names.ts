import { bucketOf, type FrequentItems } from '../../sketch/frequent-items.js';
import { areSingleDraws } from '../../stats/repeats.js';
import type { Bins } from './bins.js';
import { chiSquareFinding } from './categorical.js';
import type { ColumnPair } from './column-pair.js';
import type { Statistic } from './statistic.js';

/** A text of more than this share of the pooled rows, and of so many rows, is looked at by itself: see `residual`. */
const RARE = { share: 0.01, rows: 8 } as const;
/** Names of independent rows give a smaller p-value than this in one window of a hundred. */
const DOUBTED = 0.01;

const DOUBT =
  'its values recur within each side but hardly across the two; this is drift, unless each value comes in a few rows together and never again';
const NOT_TESTED =
  'not tested: values that come in a few rows together and never again would look the same';

/**
 * Chi-square over the texts that are rare: codes and identifiers that come again and again, and whether the same ones still do. Its
 * p-value is that of independent rows, so it has a say where the baseline shows that rows came one by one (`areSingleDraws`). Where
 * a visitor brings seven rows and never returns, the texts of two windows are others without any change. Which of the two it is can't
 * be told then: a small p-value is a doubt and no drift. Texts that never come again give no evidence either way.
 */
const returning: Statistic = {
  key: 'chisq',
  families: ['text'],
  decides: true,
  compare(pair) {
    const counts = pair.categorical ? rareTexts(pair) : undefined;
    if (counts === undefined) return undefined;
    const { counts: factor, degrees } = pair.inflation;
    const finding = chiSquareFinding(pair, counts, factor, degrees);
    if (rowsAreSingle(pair.baseline.items, rareLimit(pair))) return finding;
    const isDoubtful = finding.matters && (finding.pValue ?? 1) <= DOUBTED;
    return {
      ...finding,
      pValue: null,
      matters: false,
      note: NOT_TESTED,
      ...(isDoubtful && { doubt: DOUBT }),
    };
  },
};

const rareLimit = ({ baseline, current }: ColumnPair): number =>
  Math.max(RARE.rows, RARE.share * (baseline.items.total + current.items.total));

function rowsAreSingle(items: FrequentItems, limit: number): boolean {
  if (!items.exact) return false;
  const sizes = new Map<number, number>();
  items.each((_, count) => {
    if (count <= limit) sizes.set(count, (sizes.get(count) ?? 0) + 1);
  });
  return areSingleDraws(sizes);
}

/** How often rare texts came, one by one or, where these are too many, in groups; `undefined` where none came twice. */
function rareTexts(pair: ColumnPair): Bins | undefined {
  const before = pair.baseline.items;
  const now = pair.current.items;
  const limit = rareLimit(pair);
  const table =
    before.exact && now.exact ? byName(before, now, limit) : byBucket(before, now, limit);
  if (table === undefined) return undefined;
  const isFound = (counts: readonly number[]): boolean => counts.some((count) => count > 0);
  const repeats = table.baseline.some(
    (count, place) => count + (table.current[place] as number) > 1,
  );
  return repeats && isFound(table.baseline) && isFound(table.current) ? table : undefined;
}

function byName(before: FrequentItems, now: FrequentItems, limit: number): Bins {
  const names: string[] = [];
  const baseline: number[] = [];
  const current: number[] = [];
  const add = (name: string, a: number, b: number): void => {
    if (a + b > limit) return;
    names.push(name);
    baseline.push(a);
    current.push(b);
  };
  before.each((name, count) => add(name, count, now.countOf(name)));
  now.each((name, count) => {
    if (before.countOf(name) === 0) add(name, 0, count);
  });
  return { names, baseline, current };
}

/** The same by groups of names, which are exact; of texts that are not rare as much is left out as is counted by name. */
function byBucket(before: FrequentItems, now: FrequentItems, limit: number): Bins | undefined {
  const baseline = before.bucketCounts();
  const current = now.bucketCounts();
  if (baseline === undefined || current === undefined) return undefined;
  const leaveOut = (name: string): void => {
    const a = before.countOf(name);
    const b = now.countOf(name);
    if (a + b + before.boundOf(name) + now.boundOf(name) <= limit) return;
    const bucket = bucketOf(name);
    baseline[bucket] = (baseline[bucket] as number) - a;
    current[bucket] = (current[bucket] as number) - b;
  };
  before.each(leaveOut);
  now.each((name) => {
    if (before.countOf(name) === 0) leaveOut(name);
  });
  const kept = [...baseline.keys()].filter(
    (bucket) => (baseline[bucket] as number) + (current[bucket] as number) > 0,
  );
  return {
    names: kept.map(() => null),
    baseline: kept.map((bucket) => baseline[bucket] as number),
    current: kept.map((bucket) => current[bucket] as number),
  };
}

/** What is told by texts that come again. */
export const RETURNING_STATISTICS: readonly Statistic[] = [returning];
