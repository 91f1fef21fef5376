import type { Bins } from './bins.js';
import type { ColumnPair } from './column-pair.js';
import { deflated } from './inflation.js';
import { leastPValue, type Share, shareChange } from './presence.js';
import type { Statistic } from './statistic.js';

/** Beside chi-square, which sees what many categories do; this one needs little to see what one does. */
const WEIGHT = 0.5;
/** Of fewer categories chi-square sees each by itself. */
const FEWEST = 8;
/** Of so many categories that changed most by their likelihood ratio the exact p-value is computed. */
const CANDIDATES = 4;
/**
 * A single text matters only where its share changed by so much. Texts are mostly names of somebody, and whoever is busy for
 * an hour makes a few rows in a hundred.
 */
const TEXT_SHARE = 0.1;

/** One category, or text, on both sides. */
interface NamedChange {
  /** `null` for all that are not counted by name. */
  readonly name: string | null;
  readonly before: Share;
  readonly now: Share;
}

/** All categories of a column. */
interface Changes {
  /** Those that may have changed most. */
  readonly candidates: readonly NamedChange[];
  /** How many categories there are, by how often they occur on both sides together. */
  readonly sizes: ReadonlyMap<number, number>;
  readonly n: number;
  readonly m: number;
}

/**
 * The largest residual: the one category or text whose share changed most surely, by Fisher's exact test, times the number of
 * those that could have had so small a p-value. A code that every client falls back to, a default in a column of identifiers, one
 * value where there were hundreds: of many categories, chi-square sees little of what one of them does.
 *
 * Source: the cells of a table one by one, as C. Fuchs and R. Kenett, "A test for detecting outlying cells" (1980), with the
 * count of attainable p-values of R. Tarone (1990).
 */
const residual: Statistic = {
  key: 'residual',
  families: ['categorical', 'text'],
  decides: true,
  weight: WEIGHT,
  compare(pair) {
    if (!pair.categorical) return undefined;
    const isText = pair.family === 'text';
    const likeHours = isText ? undefined : pair.likeHours;
    const changes = likeHours === undefined ? changesOf(pair) : changesInBins(likeHours.counts);
    const [surest] = changes.candidates
      .map((change) => ({ change, pValue: shareChange(change.before, change.now) }))
      .sort((a, b) => a.pValue - b.pValue);
    if (surest === undefined) return undefined;
    const { before, now, name } = surest.change;
    const [baseline, target] = [before.part / before.rows, now.part / now.rows];
    const { category, degrees } = likeHours?.inflation ?? pair.inflation;
    const reaches = reachesOf(changes);
    const able = reaches.reduce((sum, { reach, count }) => (reach <= surest.pValue ? sum + count : sum), 0);
    const enough = !isText || Math.abs(target - baseline) >= TEXT_SHARE;
    return {
      statistic: 'residual',
      metric: residualOf(surest.change),
      score: Math.abs(target - baseline),
      pValue: deflated(Math.min(1, surest.pValue * Math.max(1, able)), category, degrees),
      location: name,
      baseline,
      target,
      matters: enough && effectOf(surest.change) >= pair.gates.categories,
      reach:
        isText || reaches.reduce((sum, { count }) => sum + count, 0) >= FEWEST
          ? Math.min(1, ...reaches.map(({ reach, count }) => reach * count))
          : 1,
    };
  },
};

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
      (one, two) => two.ratio - one.ratio || (String(one.change.name) < String(two.change.name) ? -1 : 1),
    );
    if (length === CANDIDATES) this.#found.pop();
  }

  get changes(): Changes {
    return { candidates: this.#found.map(({ change }) => change), sizes: this.#sizes, n: this.#n, m: this.#m };
  }
}

/** A count that may be too small is taken for what makes the least of the change. */
function changesOf({ baseline, target, family }: ColumnPair): Changes {
  const [before, now] = [baseline.items, target.items];
  const [n, m] = [before.total, now.total];
  const surest = new Surest(n, m, family === 'text' ? TEXT_SHARE : 0);
  const add = (name: string, a: number, b: number): void => {
    const first = before.exact ? a : Math.max(a, Math.min(a + before.boundOf(name), Math.floor((b * n) / m)));
    const second = now.exact ? b : Math.max(b, Math.min(b + now.boundOf(name), Math.floor((a * m) / n)));
    surest.add(name, first, second);
  };
  before.each((name, count) => add(name, count, now.countOf(name)));
  now.each((name, count) => {
    if (before.countOf(name) === 0) add(name, 0, count);
  });
  return surest.changes;
}

/** The same of what a column usually is in such hours. */
function changesInBins({ names, baseline, target }: Bins): Changes {
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  const surest = new Surest(sum(baseline), sum(target));
  names.forEach((name, place) => {
    surest.add(name === null ? null : String(name), baseline[place] as number, target[place] as number);
  });
  return surest.changes;
}

/** How far a share is from being the same on both sides, by the logarithm of its likelihood: exact tails go by it. */
function likelihoodRatio(a: number, b: number, n: number, m: number): number {
  const [all, total] = [a + b, n + m];
  const rest = total - all;
  return (
    part(a, (all * n) / total) +
    part(b, (all * m) / total) +
    part(n - a, (rest * n) / total) +
    part(m - b, (rest * m) / total)
  );
}

const part = (count: number, expected: number): number => (count === 0 ? 0 : count * Math.log(count / expected));

/** Pearson's residual, adjusted: standard normal for an unchanged share of many rows. */
function residualOf({ before, now }: NamedChange): number {
  const [total, parts] = [before.rows + now.rows, before.part + now.part];
  const variance = (parts * (total - parts)) / total / before.rows / now.rows;
  return variance > 0 ? (now.part / now.rows - before.part / before.rows) / Math.sqrt(variance) : 0;
}

/** As chi-square's: √((z² − 1)/N) for windows of equal size. */
function effectOf(change: NamedChange): number {
  const { before, now } = change;
  const excess = Math.max(0, residualOf(change) ** 2 - 1);
  return Math.sqrt((excess * (before.rows + now.rows)) / before.rows / now.rows) / 2;
}

/** The smallest p-values that categories can have, and how many of them can. */
function reachesOf({ sizes, n, m }: Changes): { readonly reach: number; readonly count: number }[] {
  return [...sizes].map(([size, count]) => ({
    reach: leastPValue({ part: size, rows: n }, { part: 0, rows: m }),
    count,
  }));
}

/** What is told by single categories. */
export const RESIDUAL_STATISTICS: readonly Statistic[] = [residual];
