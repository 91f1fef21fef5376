import type { ColumnPair, DerivedPair } from './column-pair.js';
import { logSpread } from './numeric.js';
import { scoreOf } from './rank-set.js';
import type { Finding, Statistic } from './statistic.js';

/** Texts of one token each are identifiers: their lengths grow as they are counted up, which is no drift. */
const isProse = (pair: ColumnPair): boolean =>
  pair.family === 'embedding' || (pair.baseline.derived.get('tokens')?.quantiles.quantile(0.5) ?? 0) >= 2;

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
      const [least] = findings.toSorted((a, b) => (a.pValue ?? 1) - (b.pValue ?? 1) || b.score - a.score);
      if (least === undefined) return undefined;
      const pValue = Math.min(1, (least.pValue ?? 1) * findings.length);
      return isProse(pair) ? { ...least, pValue } : { ...least, pValue: null, matters: false };
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
    target: numbers.target.quantile(0.5),
    reach: ranks.reach,
  };
  if (key === 'ks') {
    const { ks } = ranks.distances;
    return { ...common, metric: ks, score: ks, pValue: ranks.ksPValue, matters: ks >= gates.ks };
  }
  const figures = ranks[key];
  const matters =
    key === 'waerden' ? Math.abs(figures.effect) >= gates.location : Math.abs(logSpread(figures)) >= gates.spread;
  return {
    ...common,
    metric: figures.statistic,
    score: scoreOf(figures, ranks.total),
    pValue: figures.pValue,
    matters,
  };
}

/** Statistics of texts and embeddings. */
export const DERIVED_STATISTICS: readonly Statistic[] = [onDerived('ks'), onDerived('waerden'), onDerived('klotz')];
