import type { FrequentItems } from '../sketch/frequent-items.js';
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
const CANDIDATES = 8;
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
  /** Twice the logarithm of the likelihood ratio: how far it is from an equal share on both sides. */
  readonly ratio: number;
}

/**
 * The largest residual: the one category or text whose share changed most surely, by Fisher's exact test, times the number of those that could
 * have had so small a p-value. A code that every client falls back to, a default in a column of identifiers, one value where there were
 * hundreds: of many categories, chi-square sees little of what one of them does.
 *
 * Source: the cells of a table one by one, as C. Fuchs and R. Kenett, "A test for detecting outlying cells" (1980), with the count of
 * attainable p-values of R. Tarone (1990).
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
    const hasSay = isText || changes.length >= FEWEST;
    const reaches = reachesOf(changes);
    let found: { readonly change: NamedChange; readonly pValue: number } | undefined;
    for (const change of changes.toSorted((a, b) => b.ratio - a.ratio).slice(0, CANDIDATES)) {
      const pValue = shareChange(change.before, change.now);
      if (found === undefined || pValue < found.pValue) found = { change, pValue };
    }
    if (found === undefined) return undefined;
    const { name, before, now } = found.change;
    const [baseline, target] = [before.part / before.rows, now.part / now.rows];
    const { category, degrees } = likeHours?.inflation ?? pair.inflation;
    const able = reaches.reduce((sum, { reach, count }) => (reach <= (found?.pValue ?? 1) ? sum + count : sum), 0);
    return {
      statistic: 'residual',
      metric: residualOf(found.change),
      score: Math.abs(target - baseline),
      pValue: deflated(Math.min(1, found.pValue * Math.max(1, able)), category, degrees),
      location: name,
      baseline,
      target,
      matters:
        effectOf(found.change) >= pair.gates.categories && (!isText || Math.abs(target - baseline) >= TEXT_SHARE),
      reach: hasSay ? Math.min(1, ...reaches.map(({ reach, count }) => reach * count)) : 1,
    };
  },
};

function changesOf({ baseline, target }: ColumnPair): NamedChange[] {
  const changes: NamedChange[] = [];
  const [before, now] = [baseline.items, target.items];
  for (const [name, count] of before.entries()) changes.push(changeOf(name, before, now, count, now.countOf(name)));
  for (const [name, count] of now.entries()) {
    if (before.countOf(name) === 0) changes.push(changeOf(name, before, now, 0, count));
  }
  return changes;
}

/** The same of what a column usually is in such hours. */
function changesInBins({ names, baseline, target }: Bins): NamedChange[] {
  const [n, m] = [baseline, target].map((counts) => counts.reduce((sum, count) => sum + count, 0)) as [number, number];
  return names.map((name, place) => {
    const [before, now] = [baseline[place] as number, target[place] as number];
    return {
      name: name === null ? null : String(name),
      before: { part: before, rows: n },
      now: { part: now, rows: m },
      ratio: ratioOf(before, now, n, m),
    };
  });
}

/** A count that may be too small is taken for what makes the least of the change. */
function changeOf(name: string, before: FrequentItems, now: FrequentItems, a: number, b: number): NamedChange {
  const [n, m] = [before.total, now.total];
  const first = Math.max(a, Math.min(a + before.boundOf(name), Math.floor((b * n) / m)));
  const second = Math.max(b, Math.min(b + now.boundOf(name), Math.floor((a * m) / n)));
  const change = { name, before: { part: first, rows: n }, now: { part: second, rows: m } };
  return { ...change, ratio: ratioOf(first, second, n, m) };
}

function ratioOf(a: number, b: number, n: number, m: number): number {
  const part = (count: number, expected: number): number => (count === 0 ? 0 : count * Math.log(count / expected));
  const [all, total] = [a + b, n + m];
  const rest = total - all;
  return (
    2 *
    (part(a, (all * n) / total) +
      part(b, (all * m) / total) +
      part(n - a, (rest * n) / total) +
      part(m - b, (rest * m) / total))
  );
}

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

/** The smallest p-values that categories can have, and how many of them: by how often each occurs on both sides together. */
function reachesOf(changes: readonly NamedChange[]): { readonly reach: number; readonly count: number }[] {
  const sizes = new Map<number, { change: NamedChange; count: number }>();
  for (const change of changes) {
    const size = change.before.part + change.now.part;
    const same = sizes.get(size);
    if (same === undefined) sizes.set(size, { change, count: 1 });
    else same.count += 1;
  }
  return [...sizes.values()].map(({ change, count }) => ({ reach: leastPValue(change.before, change.now), count }));
}

/** What is told by single categories. */
export const RESIDUAL_STATISTICS: readonly Statistic[] = [residual];
