import { chiSquareTest } from '../../stats/chi-square.js';
import { cramersV } from '../../stats/cramers-v.js';
import { gTest } from '../../stats/g-test.js';
import { attainedUnseenPValue, leastUnseenPValue, unseenPValue } from '../../stats/unseen.js';
import { referToT } from '../calibration/inflation.js';
import { mostChangedBin } from './binned.js';
import type { Bins } from './bins.js';
import { noteOf, unseenRows } from './categories.js';
import { reportedChange } from './category-changes.js';
import type { ColumnPair } from './column-pair.js';
import { leastRankPValue } from './rank-set.js';
import type { Finding, Statistic } from './statistic.js';

/** A category of at most this share of the pooled rows is rare: there the test of unseen ones sees more than chi-square. */
const RARE = 0.05;
/**
 * What say the tests of a categorical column have. Where one category is rare, it may well be a new one, and the test of unseen
 * ones has nearly as much to say as chi-square; where many are, rarities are usual, and it has the less the more there are.
 */
const WEIGHTS = { chisq: 3, unseen: 2.5 } as const;

/**
 * Chi-square homogeneity test on counts over the union of categories, so that new and vanished ones count. The moments
 * are those given both margins, which keeps its size with rare categories and unequal windows.
 */
const chiSquare: Statistic = {
  key: 'chisq',
  families: ['categorical'],
  decides: true,
  weight: WEIGHTS.chisq,
  compare(pair) {
    if (!pair.categorical) return undefined;
    const { likeHours, bins, inflation } = pair;
    const { counts: factor, degrees } = likeHours?.inflation ?? inflation;
    const finding = chiSquareFinding(pair, likeHours?.counts ?? bins, factor, degrees);
    if (likeHours !== undefined || pair.grain === 'names') return finding;
    return {
      ...finding,
      ...(pair.grain === 'buckets' && reportedChange(pair)),
      ...noteOf(pair.grain),
    };
  },
};

/** What chi-square says of counts on either side whose variance is larger by a factor than that of independent rows. */
export function chiSquareFinding(
  pair: ColumnPair,
  counts: Bins,
  factor: number,
  degrees: number,
): Finding {
  const where = mostChangedBin(counts);
  if (counts.names.length < 2) {
    return {
      statistic: 'chisq',
      metric: 0,
      score: 0,
      pValue: 1,
      ...where,
      matters: false,
      reach: 1,
    };
  }
  const table = [counts.baseline, counts.current];
  const { statistic, dof, pValue } = chiSquareOf(table, factor);
  const [n, m] = table.map((row) => row.reduce((sum, count) => sum + count, 0)) as [number, number];
  // As √((X² − df)/N) for windows of equal size; a large baseline does not make a change small.
  const effect = Math.sqrt((Math.max(0, statistic - dof) * (n + m)) / n / m) / 2;
  return {
    statistic: 'chisq',
    metric: statistic,
    score: cramersV(table),
    pValue: referToT(pValue, degrees),
    ...where,
    matters: effect >= pair.gates.categories,
    // Of the rarest table half its probability counts, as its p-value is a mid-p.
    reach: leastRankPValue(n, m) / 4,
  };
}

/** Counts of dependent rows are worth so many fewer. */
function chiSquareOf(table: readonly (readonly number[])[], inflation: number) {
  const plain = chiSquareTest(table, { method: 'conditional', midP: true });
  if (inflation === 1) return plain;
  const fewer = table.map((counts) => counts.map((count) => count / inflation));
  return { ...plain, pValue: chiSquareTest(fewer, { method: 'conditional', midP: true }).pValue };
}

/** The likelihood ratio's test of the same question, with the asymptotic law; scored by √(G/N). */
const likelihoodRatio: Statistic = {
  key: 'g',
  families: ['categorical'],
  decides: false,
  compare(pair) {
    const counts = pair.bins;
    if (!pair.categorical || counts.names.length < 2) return undefined;
    const { statistic, pValue } = gTest([counts.baseline, counts.current]);
    const total = pair.baseline.items.total + pair.current.items.total;
    const score = Math.min(1, Math.sqrt(Math.max(0, statistic) / total));
    return {
      statistic: 'g',
      metric: statistic,
      score,
      pValue,
      ...mostChangedBin(counts),
      matters: false,
    };
  },
};

/**
 * The share of rows in categories that the baseline never had, with its law given how often each category occurs in both
 * windows together. It has no say where no category is rare: chi-square sees those.
 */
const unseen: Statistic = {
  key: 'unseen',
  families: ['categorical'],
  decides: true,
  compare(pair) {
    if (!pair.categorical) return undefined;
    const { items } = pair.current;
    const rows = unseenRows(pair.baseline.items, items);
    if (rows === undefined) return { ...NOTHING_UNSEEN, note: UNCERTAIN };
    const named = [...rows.named].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
    const count = named.reduce((sum, [, many]) => sum + many, rows.unnamed);
    const share = count / items.total;
    return {
      statistic: 'unseen',
      metric: share,
      score: share,
      ...unseenTest(pair, count, rows.unnamed),
      location: named[0]?.[0] ?? null,
      baseline: 0,
      current: share,
      matters: share >= pair.gates.unseen,
      ...(items.exact ? {} : { note: AT_LEAST }),
    };
  },
};

const NOTHING_UNSEEN: Finding = {
  statistic: 'unseen',
  metric: 0,
  score: 0,
  pValue: 1,
  location: null,
  baseline: 0,
  current: 0,
  matters: false,
  reach: 1,
};
const UNCERTAIN = 'not known: the baseline has no list of its rarer names';
const AT_LEAST = 'a lower bound: rows of rarer names may belong to known names';

/** @param single rows that are counted by no name: each is taken for a category of its own, of which new ones are the likeliest. */
function unseenTest(
  pair: ColumnPair,
  rows: number,
  single: number,
): Pick<Finding, 'pValue' | 'reach' | 'attains' | 'weight'> {
  const before = pair.baseline.items;
  const now = pair.current.items;
  const { counts, degrees } = pair.inflation;
  const n = before.total;
  const m = now.total;
  const all = new Map<number, number>();
  const rare = new Map<number, number>();
  let rarities = 0;
  const add = (size: number, categories: number): void => {
    if (categories === 0) return;
    all.set(size, (all.get(size) ?? 0) + categories);
    if (size > RARE * (n + m)) return;
    rare.set(size, (rare.get(size) ?? 0) + categories);
    rarities += categories;
  };
  before.each((name, count) => add(count + now.countOf(name), 1));
  now.each((name, count) => {
    if (before.countOf(name) === 0) add(count, 1);
  });
  add(1, single);
  const reach = leastUnseenPValue(rare, n, m);
  const weight = WEIGHTS.unseen / Math.max(1, rarities);
  const attains =
    counts === 1 && degrees === Number.POSITIVE_INFINITY
      ? (level: number) => attainedUnseenPValue(level, all, n, m)
      : undefined;
  if (rows === 0) return { pValue: 1, reach, attains, weight };
  const pValue = unseenPValue(rows, all, n, m);
  // Dependent rows come in clumps: so many fewer independent ones.
  return { pValue: referToT(pValue ** (1 / counts), degrees), reach, attains, weight };
}

/** The statistics of categories that are no distances between histograms. */
export const CATEGORICAL_STATISTICS: readonly Statistic[] = [chiSquare, likelihoodRatio, unseen];
