import { deflated } from '../calibration/inflation.js';
import { noteOf } from './categories.js';
import {
  type Changes,
  changesByName,
  changesInBins,
  type NamedChange,
  reportedChange,
  TEXT_SHARE,
} from './category-changes.js';
import { leastPresencePValue, shareChange } from './presence.js';
import type { Statistic } from './statistic.js';

/** Beside chi-square, which sees what many categories do; this one needs little to see what one does. */
const WEIGHT = 0.5;
/** Of fewer categories chi-square sees each by itself. */
const FEWEST = 8;
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
    const grouped = likeHours === undefined && pair.grain === 'buckets';
    const counts = grouped ? pair.bins : likeHours?.counts;
    const changes = counts === undefined ? changesByName(pair) : changesInBins(counts);
    const [surest] = changes.candidates
      .map((change) => ({ change, pValue: shareChange(change.before, change.now) }))
      .sort((a, b) => a.pValue - b.pValue);
    if (surest === undefined) return undefined;
    const { before, now, name } = surest.change;
    const baseline = before.part / before.rows;
    const current = now.part / now.rows;
    const { category, degrees } = likeHours?.inflation ?? pair.inflation;
    const reaches = reachesOf(changes);
    const able = reaches.reduce(
      (sum, { reach, count }) => (reach <= surest.pValue ? sum + count : sum),
      0,
    );
    const enough = !isText || Math.abs(current - baseline) >= TEXT_SHARE;
    return {
      statistic: 'residual',
      metric: residualOf(surest.change),
      score: Math.abs(current - baseline),
      pValue: deflated(Math.min(1, surest.pValue * Math.max(1, able)), category, degrees),
      ...(grouped ? reportedChange(pair) : { location: name, baseline, current }),
      ...noteOf(pair.grain),
      matters: enough && effectOf(surest.change) >= pair.gates.categories,
      reach:
        isText || reaches.reduce((sum, { count }) => sum + count, 0) >= FEWEST
          ? Math.min(1, ...reaches.map(({ reach, count }) => reach * count))
          : 1,
    };
  },
};

/** Pearson's residual, adjusted: standard normal for an unchanged share of many rows. */
function residualOf({ before, now }: NamedChange): number {
  const total = before.rows + now.rows;
  const parts = before.part + now.part;
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
    reach: leastPresencePValue({ part: size, rows: n }, { part: 0, rows: m }),
    count,
  }));
}

/** What is told by single categories. */
export const RESIDUAL_STATISTICS: readonly Statistic[] = [residual];
