import type { ColumnPair, DerivedPair } from './column-pair.js';
import { logSpread } from './numeric.js';
import { scoreOf } from './rank-set.js';
import type { Finding, Statistic } from './statistic.js';

/** Texts of one token each are identifiers, or codes. */
const isProse = (pair: ColumnPair): boolean =>
  pair.family === 'embedding' ||
  (pair.baseline.derived.get('tokens')?.quantiles.quantile(0.5) ?? 0) >= 2;

/** By how much the median of an identifier's measure moves where it is another sort of identifier: in its own unit, or in shares of what it was. */
const ANOTHER_SORT: ReadonlyMap<string, { readonly by: number; readonly relative?: true }> =
  new Map([
    ['length', { by: 0.5, relative: true }],
    ['tokens', { by: 0.5, relative: true }],
    ['letters', { by: 0.2 }],
    ['capitals', { by: 0.2 }],
    ['digits', { by: 0.2 }],
    ['spaces', { by: 0.02 }],
  ]);
/** And by how much the two windows are apart in it: most values are of the other sort. */
const MOSTLY = 0.5;

/**
 * Identifiers are counted up, and grow by a digit now and then, which is no drift. Cut off, padded, in capitals or taken from another
 * source they are of another sort.
 */
function isAnotherSort({ score, location, baseline, current }: Finding): boolean {
  const least = ANOTHER_SORT.get(String(location));
  if (least === undefined || score < MOSTLY) return false;
  const moved = Math.abs((current ?? 0) - (baseline ?? 0));
  return moved >= least.by * (least.relative ? (baseline ?? 0) : 1);
}

/**
 * A rank test on each of the numbers derived from texts (lengths, tokens, shares of characters) and vectors (norm, random
 * projections). The one that changed most stands for all, with its p-value times their number; its name is the location.
 */
function onDerived(key: 'ks' | 'waerden' | 'klotz'): Statistic {
  return {
    key,
    families: ['text', 'embedding'],
    decides: true,
    compare(pair) {
      const findings = pair.derived.map((derived) => derivedFinding(key, pair, derived));
      const ofProse = isProse(pair);
      const judged = ofProse
        ? findings
        : findings.map((finding) => ({ ...finding, matters: isAnotherSort(finding) }));
      const [least] = judged.toSorted(
        (a, b) =>
          Number(b.matters) - Number(a.matters) ||
          (a.pValue ?? 1) - (b.pValue ?? 1) ||
          b.score - a.score,
      );
      if (least === undefined) return undefined;
      const pValue = Math.min(1, (least.pValue ?? 1) * findings.length);
      return ofProse || key === 'ks'
        ? { ...least, pValue }
        : { ...least, pValue: null, matters: false };
    },
  };
}

function derivedFinding(
  key: 'ks' | 'waerden' | 'klotz',
  { gates }: ColumnPair,
  { measure, numbers, ranks }: DerivedPair,
): Finding {
  const common = {
    statistic: key,
    location: measure,
    baseline: numbers.baseline.quantile(0.5),
    current: numbers.current.quantile(0.5),
    reach: ranks.reach,
  };
  if (key === 'ks') {
    const { ks } = ranks.distances;
    return { ...common, metric: ks, score: ks, pValue: ranks.ksPValue, matters: ks >= gates.ks };
  }
  const figures = ranks[key];
  const matters =
    key === 'waerden'
      ? Math.abs(figures.effect) >= gates.location
      : Math.abs(logSpread(figures)) >= gates.spread;
  return {
    ...common,
    metric: figures.statistic,
    score: scoreOf(figures, ranks.total),
    pValue: figures.pValue,
    matters,
  };
}

/** Statistics of texts and embeddings. */
export const DERIVED_STATISTICS: readonly Statistic[] = [
  onDerived('ks'),
  onDerived('waerden'),
  onDerived('klotz'),
];
