import type { Statistic } from './statistic.js';

/**
 * The largest change of the column's rank correlation with another (Spearman), which may change while every column stays as
 * it was. Its metric is the difference, its location the other column. Scored by half its size. The verdict takes all pairs
 * of the table together, with a share of the level of their own.
 */
const joint: Statistic = {
  key: 'joint',
  families: ['numeric'],
  decides: false,
  compare({ partner, gates }) {
    if (partner === undefined) return undefined;
    const { partner: location, baseline, current, pValue } = partner;
    const change = Math.abs(current - baseline);
    return {
      statistic: 'joint',
      metric: current - baseline,
      score: Math.min(1, change / 2),
      pValue,
      location,
      baseline,
      current,
      matters: change >= gates.joint,
    };
  },
};

/** Statistics of a column beside others. */
export const JOINT_STATISTICS: readonly Statistic[] = [joint];
