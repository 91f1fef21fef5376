import { directionTest } from '../../stats/direction.js';
import { referToT } from '../calibration/inflation.js';
import type { ColumnPair } from './column-pair.js';
import { leastRankPValue } from './rank-set.js';
import type { Statistic } from './statistic.js';

/**
 * The mean of v/|v| in every dimension: vectors that point elsewhere, also where all random projections are the same for both. Scored
 * by half the distance of the two means.
 */
const direction: Statistic = {
  key: 'direction',
  families: ['embedding'],
  decides: true,
  compare(pair) {
    const before = vectorsOf(pair, 'baseline');
    const now = vectorsOf(pair, 'current');
    if (before === undefined || now === undefined || before.dimension !== now.dimension)
      return undefined;
    const n = before.count;
    const m = now.count;
    const first = before.meanDirection();
    const second = now.meanDirection();
    const { waerden: inflation, degrees } = pair.inflation;
    const { distance, effect, constant, pValue } = directionTest({
      first,
      second,
      n,
      m,
      inflation,
    });
    return {
      statistic: 'direction',
      metric: distance,
      score: Math.min(1, distance / 2),
      pValue: referToT(pValue, degrees),
      ...turnedMost(first, second),
      matters: effect >= pair.gates.location,
      reach: constant ? 1 : leastRankPValue(n, m),
    };
  },
};

/** The vectors of a side, where it is compared by them and not as lists of varying length. */
function vectorsOf(pair: ColumnPair, side: 'baseline' | 'current') {
  const { vectors, derived } = pair[side];
  return vectors !== undefined && vectors.count > 0 && derived.has('norm') ? vectors : undefined;
}

/** The dimension whose mean changed most. */
function turnedMost(first: Float64Array, second: Float64Array) {
  let place = 0;
  const changeAt = (index: number): number =>
    Math.abs((second[index] as number) - (first[index] as number));
  for (let index = 1; index < first.length; index += 1)
    if (changeAt(index) > changeAt(place)) place = index;
  return {
    location: `dimension ${place}`,
    baseline: first[place] as number,
    current: second[place] as number,
  };
}

/** What is told by the directions of vectors. */
export const DIRECTION_STATISTICS: readonly Statistic[] = [direction];
