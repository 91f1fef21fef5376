import type { CorrelationMatrix } from '../profile/correlations.js';
import type { Profile } from '../profile/profile.js';
import type { PartnerCorrelation } from './column-pair.js';
import type { Statistic } from './statistic.js';

/** Gives a column's correlations with others, before and now; none where a profile was made without them. */
export function partnersIn(baseline: Profile, current: Profile): (column: string) => PartnerCorrelation[] {
  if (!baseline.correlated || !current.correlated) return () => [];
  const [before, now] = [baseline.correlations(), current.correlations()];
  const placeBefore = places(before);
  const placeNow = places(now);
  return (column) => {
    const [rowBefore, rowNow] = [placeBefore.get(column), placeNow.get(column)];
    if (rowBefore === undefined || rowNow === undefined) return [];
    return before.columns.flatMap((partner, index) => {
      const other = placeNow.get(partner);
      if (partner === column || other === undefined) return [];
      const pair = { partner, baseline: at(before, rowBefore, index), target: at(now, rowNow, other) };
      return Number.isFinite(pair.baseline) && Number.isFinite(pair.target) ? [pair] : [];
    });
  };
}

const places = (matrix: CorrelationMatrix): Map<string, number> =>
  new Map(matrix.columns.map((name, index) => [name, index]));

const at = (matrix: CorrelationMatrix, row: number, column: number): number =>
  matrix.values[row]?.[column] ?? Number.NaN;

/**
 * The largest change of the column's correlation with another (Pearson), which may change while every column stays as it
 * was. Its metric is the difference, its location the other column. Scored by half its size. Without a p-value: products of
 * heavy-tailed columns have no law to rely on.
 */
const joint: Statistic = {
  key: 'joint',
  families: ['numeric'],
  decides: false,
  compare({ partners }) {
    const change = ({ baseline, target }: PartnerCorrelation): number => Math.abs(target - baseline);
    const [largest] = partners.toSorted((a, b) => change(b) - change(a));
    if (largest === undefined) return undefined;
    const { partner: location, baseline, target } = largest;
    const score = change(largest) / 2;
    return {
      statistic: 'joint',
      metric: target - baseline,
      score,
      pValue: null,
      location,
      baseline,
      target,
      matters: false,
    };
  },
};

/** Statistics of a column beside others. */
export const JOINT_STATISTICS: readonly Statistic[] = [joint];
