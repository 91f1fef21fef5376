import type { Bins } from './bins.js';
import type { ColumnPair } from './column-pair.js';
import type { Share } from './presence.js';
import type { Finding } from './statistic.js';

/** Of so many categories that changed most by their likelihood ratio the exact p-value is computed. */
const CANDIDATES = 4;
/**
 * A single text matters only where its share changed by so much. Texts are mostly names of somebody, and whoever is busy for
 * an hour makes a few rows in a hundred.
 */
export const TEXT_SHARE = 0.1;

/** One category, or text, on both sides. */
export interface NamedChange {
  /** `null` for all that are not counted by name. */
  readonly name: string | null;
  readonly before: Share;
  readonly now: Share;
}

/** All categories of a column. */
export interface Changes {
  /** Those that may have changed most. */
  readonly candidates: readonly NamedChange[];
  /** How many categories there are, by how often they occur on both sides together. */
  readonly sizes: ReadonlyMap<number, number>;
  readonly n: number;
  readonly m: number;
}

/** What the categories of both sides come to, without a list of them: there may be two thousand in every column. */
class Surest {
  readonly #found: { readonly change: NamedChange; readonly ratio: number }[] = [];
  readonly #sizes = new Map<number, number>();
  readonly #n: number;
  readonly #m: number;
  readonly #leastShare: number;

  /** @param leastShare categories that are below it on both sides are only counted. */
  constructor(n: number, m: number, leastShare = 0) {
    this.#n = n;
    this.#m = m;
    this.#leastShare = leastShare;
  }

  add(name: string | null, a: number, b: number): void {
    this.#sizes.set(a + b, (this.#sizes.get(a + b) ?? 0) + 1);
    if (a < this.#leastShare * this.#n && b < this.#leastShare * this.#m) return;
    const ratio = likelihoodRatio(a, b, this.#n, this.#m);
    const { length } = this.#found;
    if (length === CANDIDATES && ratio < (this.#found[length - 1]?.ratio ?? 0)) return;
    const change = { name, before: { part: a, rows: this.#n }, now: { part: b, rows: this.#m } };
    this.#found.push({ change, ratio });
    this.#found.sort(
      (one, two) =>
        two.ratio - one.ratio || (String(one.change.name) < String(two.change.name) ? -1 : 1),
    );
    if (length === CANDIDATES) this.#found.pop();
  }

  get changes(): Changes {
    return {
      candidates: this.#found.map(({ change }) => change),
      sizes: this.#sizes,
      n: this.#n,
      m: this.#m,
    };
  }
}

/** The name whose share changed most, with its shares: to be reported where the test was of groups of names. */
export function reportedChange(
  pair: ColumnPair,
): Pick<Finding, 'location' | 'baseline' | 'current'> {
  const [change] = changesByName(pair).candidates;
  if (change === undefined) return { location: null, baseline: null, current: null };
  const { name, before, now } = change;
  return { location: name, baseline: before.part / before.rows, current: now.part / now.rows };
}

/** A count that may be too small is taken for what makes the least of the change. */
export function changesByName({ baseline, current, family }: ColumnPair): Changes {
  const before = baseline.items;
  const now = current.items;
  const n = before.total;
  const m = now.total;
  const surest = new Surest(n, m, family === 'text' ? TEXT_SHARE : 0);
  const add = (name: string, a: number, b: number): void => {
    const first = before.exact
      ? a
      : Math.max(a, Math.min(a + before.boundOf(name), Math.floor((b * n) / m)));
    const second = now.exact
      ? b
      : Math.max(b, Math.min(b + now.boundOf(name), Math.floor((a * m) / n)));
    surest.add(name, first, second);
  };
  before.each((name, count) => add(name, count, now.countOf(name)));
  now.each((name, count) => {
    if (before.countOf(name) === 0) add(name, 0, count);
  });
  return surest.changes;
}

/** The same of counts that are exact: of what a column usually is in such hours, or of groups of names. */
export function changesInBins({ names, baseline, current }: Bins): Changes {
  const sum = (counts: readonly number[]): number =>
    counts.reduce((total, count) => total + count, 0);
  const surest = new Surest(sum(baseline), sum(current));
  names.forEach((name, place) => {
    surest.add(
      name === null ? null : String(name),
      baseline[place] as number,
      current[place] as number,
    );
  });
  return surest.changes;
}

/** How far a share is from being the same on both sides, by the logarithm of its likelihood: exact tails go by it. */
function likelihoodRatio(a: number, b: number, n: number, m: number): number {
  const all = a + b;
  const total = n + m;
  const rest = total - all;
  return (
    part(a, (all * n) / total) +
    part(b, (all * m) / total) +
    part(n - a, (rest * n) / total) +
    part(m - b, (rest * m) / total)
  );
}

const part = (count: number, expected: number): number =>
  count === 0 ? 0 : count * Math.log(count / expected);
