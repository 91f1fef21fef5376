import type { FrequentItems } from '../sketch/frequent-items.js';

/** Counts of both sides over the union of their categories; "other" last, where there is one. */
export interface CategoryCounts {
  readonly names: readonly string[];
  readonly baseline: readonly number[];
  readonly target: readonly number[];
}

/** The name under which categories beyond the counted ones go together. */
export const OTHER = '(other)';

/**
 * Lines both sides up over the union of their categories, the baseline's most frequent first. Where one side no longer
 * counts every category by name, a name that only the other one counts goes to "other" on both.
 */
export function categoryCounts(baseline: FrequentItems, target: FrequentItems): CategoryCounts {
  const names: string[] = [];
  const before: number[] = [];
  const now: number[] = [];
  let otherBefore = baseline.other;
  let otherNow = target.other;
  for (const [name, count] of baseline.entries()) {
    const seen = target.countOf(name);
    if (seen === 0 && !target.exact) {
      otherBefore += count;
      continue;
    }
    names.push(name);
    before.push(count);
    now.push(seen);
  }
  for (const [name, count] of target.entries()) {
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
  return { names, baseline: before, target: now };
}
