import { bucketOf, type FrequentItems } from '../../sketch/frequent-items.js';
import type { Bins } from './bins.js';

/** Counts of both sides over the union of their categories; "other" last, where there is one. */
export interface CategoryCounts {
  readonly names: readonly string[];
  readonly baseline: readonly number[];
  readonly current: readonly number[];
}

/** The name under which categories beyond the counted ones go together. */
export const OTHER = '(other)';

/**
 * Lines both sides up over the union of their categories, the baseline's most frequent first. Where one side no longer
 * counts every category by name, a name that only the other one counts goes to "other" on both.
 */
export function categoryCounts(baseline: FrequentItems, current: FrequentItems): CategoryCounts {
  const names: string[] = [];
  const before: number[] = [];
  const now: number[] = [];
  let otherBefore = baseline.other;
  let otherNow = current.other;
  for (const [name, count] of baseline.entries()) {
    const seen = current.countOf(name);
    if (seen === 0 && !current.exact) {
      otherBefore += count;
      continue;
    }
    names.push(name);
    before.push(count);
    now.push(seen);
  }
  for (const [name, count] of current.entries()) {
    if (baseline.countOf(name) > 0) continue;
    if (baseline.exact) {
      names.push(name);
      before.push(0);
      now.push(count);
    } else {
      otherNow += count;
    }
  }
  if (otherBefore + otherNow > 0) {
    names.push(OTHER);
    before.push(otherBefore);
    now.push(otherNow);
  }
  return { names, baseline: before, current: now };
}

/**
 * By what categories are tested: by `names` while both sides count every one; by `buckets` of names, which are exact whatever
 * comes; or by the names that both sides are sure of (`known names`), where an older release counted no buckets.
 */
export type CategoryGrain = 'names' | 'buckets' | 'known names';

/** The finest parts of all names in which the counts of both sides are exact. */
export function grainOf(baseline: FrequentItems, current: FrequentItems): CategoryGrain {
  if (baseline.exact && current.exact) return 'names';
  return baseline.bucketed && current.bucketed ? 'buckets' : 'known names';
}

const NOTES: Readonly<Record<Exclude<CategoryGrain, 'names'>, string>> = {
  buckets:
    'more than 1,024 names: tested in 512 groups of names; shares of single names are lower bounds',
  'known names':
    'more than 1,024 names, counted by an older release: tested by the names whose counts are certain',
};

/** What is not certain of tests of categories, where anything is not. */
export const noteOf = (grain: CategoryGrain): { readonly note?: string } =>
  grain === 'names' ? {} : { note: NOTES[grain] };

/** Counts of both sides by the parts that `grainOf` names. */
export function testedCategories(baseline: FrequentItems, current: FrequentItems): Bins {
  if (baseline.exact && current.exact) return categoryCounts(baseline, current);
  const before = baseline.bucketCounts();
  const now = current.bucketCounts();
  if (before === undefined || now === undefined) return knownCounts(baseline, current);
  const names = bucketNames(baseline, current, before.length);
  const kept = names
    .map((_, bucket) => bucket)
    .filter((bucket) => (before[bucket] ?? 0) + (now[bucket] ?? 0) > 0);
  const of = <T>(list: ArrayLike<T>): T[] => kept.map((bucket) => list[bucket] as T);
  return { names: of(names), baseline: of(before), current: of(now) };
}

/** A bucket is called after the name that is most frequent in it; `null` where none is counted by name. */
function bucketNames(
  baseline: FrequentItems,
  current: FrequentItems,
  buckets: number,
): (string | null)[] {
  const names = new Array<string | null>(buckets).fill(null);
  const largest = new Float64Array(buckets);
  for (const items of [baseline, current]) {
    items.each((name, count) => {
      const bucket = bucketOf(name);
      const share = count / items.total;
      if (share < (largest[bucket] as number)) return;
      if (share === largest[bucket] && name > (names[bucket] ?? '')) return;
      largest[bucket] = share;
      names[bucket] = name;
    });
  }
  return names;
}

/** Counts of the names that neither side may have lost rows of; all others together. */
function knownCounts(baseline: FrequentItems, current: FrequentItems): Bins {
  const names: string[] = [];
  const before: number[] = [];
  const now: number[] = [];
  let restBefore = baseline.total;
  let restNow = current.total;
  const add = (name: string): void => {
    if (baseline.boundOf(name) > 0 || current.boundOf(name) > 0) return;
    const a = baseline.countOf(name);
    const b = current.countOf(name);
    names.push(name);
    before.push(a);
    now.push(b);
    restBefore -= a;
    restNow -= b;
  };
  baseline.each(add);
  current.each((name) => {
    if (baseline.countOf(name) === 0) add(name);
  });
  return {
    names: [...names, OTHER],
    baseline: [...before, restBefore],
    current: [...now, restNow],
  };
}

/** Rows of the current that are certainly of categories which the baseline never had. */
export interface UnseenRows {
  /** Those counted by name, and how many there are of each. */
  readonly named: ReadonlyMap<string, number>;
  /** Those that are not. */
  readonly unnamed: number;
}

/**
 * What the current has of categories that the baseline never had, as far as that is certain; `undefined` where the baseline does not
 * know all that it had. Of rows that are not counted by name, the baseline's names can account for as many in each bucket as may
 * have been missed of them; the rest is new.
 */
export function unseenRows(
  baseline: FrequentItems,
  current: FrequentItems,
): UnseenRows | undefined {
  if (!baseline.exact) return undefined;
  const named = new Map<string, number>();
  current.each((name, count) => {
    if (baseline.countOf(name) === 0) named.set(name, count);
  });
  const dropped = current.droppedByBucket();
  if (dropped === undefined) return { named, unnamed: 0 };
  baseline.each((name) => {
    const bucket = bucketOf(name);
    dropped[bucket] = Math.max(0, (dropped[bucket] as number) - current.boundOf(name));
  });
  return { named, unnamed: dropped.reduce((sum, count) => sum + count, 0) };
}
