import type { PooledGroups } from '../../stats/pooled-groups.js';
import type { Bins } from './bins.js';

/**
 * A value is repeated if it occurs at least five times on both sides together, and is 0.5 % of the smaller one: it may stand for
 * something, as a default, a sentinel or a step of rounding does. The pooled values don't know which window they came from, so
 * choosing by them costs nothing.
 */
const REPEATED = { times: 5, share: 0.005 } as const;
/** Of more repeated values the most frequent ones are looked at. */
const MOST_VALUES = 24;

/** How often each repeated value occurs on either side, and all others together (`null`); `undefined` where none is repeated. */
export function repeatedValues({ values, inX, sizes, n, m }: PooledGroups): Bins | undefined {
  if (values.length === n + m) return undefined;
  const least = Math.max(REPEATED.times, REPEATED.share * Math.min(n, m));
  let places: number[] = [];
  for (let group = 0; group < sizes.length; group += 1)
    if ((sizes[group] as number) >= least) places.push(group);
  if (places.length > MOST_VALUES) {
    places = places
      .sort((a, b) => (sizes[b] as number) - (sizes[a] as number))
      .slice(0, MOST_VALUES);
  }
  if (places.length === 0) return undefined;
  const baseline = places.map((group) => inX[group] as number);
  const current = places.map((group) => (sizes[group] as number) - (inX[group] as number));
  const names: (number | null)[] = places.map((group) => values[group] as number);
  const rest = [n - sum(baseline), m - sum(current)] as const;
  if (rest[0] + rest[1] === 0) return { baseline, current, names };
  return {
    baseline: [...baseline, rest[0]],
    current: [...current, rest[1]],
    names: [...names, null],
  };
}

const sum = (counts: readonly number[]): number =>
  counts.reduce((total, count) => total + count, 0);
