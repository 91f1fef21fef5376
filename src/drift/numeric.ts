import { LeewayError } from '../errors.js';
import { andersonDarlingTest } from '../stats/anderson-darling.js';
import { cramerVonMisesTest } from '../stats/cramer-von-mises.js';
import { energyDistance } from '../stats/energy.js';
import { ksPValue } from '../stats/ks.js';
import { leveneTest } from '../stats/levene.js';
import { mannWhitneyTest } from '../stats/mann-whitney.js';
import { klotzTest, waerdenTest } from '../stats/normal-scores.js';
import { hasTies } from '../stats/pooled.js';
import { welchTest } from '../stats/welch.js';
import type { ColumnPair } from './column-pair.js';
import { EFFECT_GATES, type Statistic, type StatisticKey } from './statistic.js';

/**
 * Two-sample Kolmogorov–Smirnov on the sketches. Exact while both hold every value; beyond, the rank errors of both are
 * taken off the distance before the p-value, so that a sketch's own noise is never called drift.
 */
const kolmogorovSmirnov: Statistic = {
  key: 'ks',
  families: ['numeric'],
  decides: true,
  compare(pair) {
    if (!pair.numeric) return undefined;
    const { baseline: first, target: second } = pair.numbers;
    const { ks, location } = pair.distances;
    const certain = Math.max(0, ks - first.rankError() - second.rankError());
    return {
      statistic: 'ks',
      metric: ks,
      score: ks,
      // Where the distance is a bound, there is no point in counting paths exactly.
      pValue: ksPValue(certain, first.count, second.count, first.exact && second.exact ? 'auto' : 'asymptotic'),
      location,
      ...pair.medians,
      matters: certain >= EFFECT_GATES.ks,
    };
  },
};

/** Wasserstein-1 in the column's unit; its score sets it against the baseline's standard deviation. */
const wasserstein: Statistic = {
  key: 'wasserstein',
  families: ['numeric'],
  decides: false,
  compare(pair) {
    if (!pair.numeric) return undefined;
    const metric = pair.distances.wasserstein;
    const score = against(metric, pair.spread);
    return { statistic: 'wasserstein', metric, score, pValue: null, location: null, ...pair.medians, matters: false };
  },
};

/** The share of rows outside the baseline's range. */
const range: Statistic = {
  key: 'range',
  families: ['numeric'],
  decides: false,
  compare(pair) {
    if (!pair.numeric) return undefined;
    const { min, max } = pair.numbers.baseline;
    const { values, weights, total } = pair.numbers.target.weightedValues();
    let outside = 0;
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index] as number;
      if (value < min || value > max) outside += weights[index] as number;
    }
    const share = outside / total;
    const { target } = pair.numbers;
    const location = share === 0 ? null : target.max > max ? target.max : target.min;
    return {
      statistic: 'range',
      metric: share,
      score: share,
      pValue: null,
      location,
      baseline: 0,
      target: share,
      matters: false,
    };
  },
};

/** A distance against the unit it is measured in, as a score: 0 for none, ½ for one unit, 1 for infinitely many. */
const against = (distance: number, unit: number): number => (distance === 0 ? 0 : distance / (distance + unit));

interface Samples {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly pair: ColumnPair;
}

interface Figures {
  readonly metric: number;
  readonly score: number;
  readonly pValue: number | null;
}

/** A statistic of `leeway/stats` on the samples, of at least `least` values each. It reports, and does not decide. */
function onSamples(key: StatisticKey, least: number, compute: (samples: Samples) => Figures): Statistic {
  return {
    key,
    families: ['numeric'],
    decides: false,
    compare(pair) {
      const [x, y] = pair.samples;
      if (x.length < least || y.length < least) return undefined;
      const figures = defined(() => compute({ x, y, pair }));
      if (figures === undefined || !Number.isFinite(figures.metric)) return undefined;
      const { metric, score, pValue } = figures;
      const bounded = Math.min(1, Math.max(0, score));
      return { statistic: key, metric, score: bounded, pValue, location: null, ...pair.medians, matters: false };
    },
  };
}

/** What a statistic says, or `undefined` where it is not defined for these samples, such as t for constants. */
function defined<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof LeewayError && error.code === 'ERR_LEEWAY_SAMPLE') return undefined;
    throw error;
  }
}

const energy = onSamples('energy', 1, ({ x, y, pair }) => {
  const metric = energyDistance(x, y);
  return { metric, score: against(metric, Math.sqrt(pair.spread)), pValue: null };
});

/** Scored by √(3 ∫(F−G)² dH), which is 1 for samples that do not overlap. With ties its law is not known: no p-value. */
const cramerVonMises = onSamples('cvm', 2, ({ x, y, pair }) => {
  const { statistic, pValue } = cramerVonMisesTest(x, y);
  return { metric: statistic, score: Math.sqrt(3 * pair.distances.meanSquare), pValue: hasTies(x, y) ? null : pValue };
});

/** Scored by 1 − exp(−A·(n+m)/nm), the statistic freed of the samples' sizes. */
const andersonDarling = onSamples('ad', 2, ({ x, y }) => {
  const { statistic, pValue } = andersonDarlingTest(x, y, { midrank: true });
  const perValue = (x.length + y.length) / (x.length * y.length);
  return { metric: statistic, score: 1 - Math.exp(-Math.max(0, statistic) * perValue), pValue };
});

/** Scored by |2U/nm − 1|, Cliff's delta. */
const mannWhitney = onSamples('mannwhitney', 1, ({ x, y }) => {
  const { statistic, pValue } = mannWhitneyTest(x, y);
  return { metric: statistic, score: Math.abs((2 * statistic) / (x.length * y.length) - 1), pValue };
});

/** Scored by |z|/√(N−1), the correlation of the scores with the side. */
const waerden = onSamples('waerden', 1, ({ x, y }) => {
  const { statistic, pValue } = waerdenTest(x, y);
  return { metric: statistic, score: Math.abs(statistic) / Math.sqrt(Math.max(1, x.length + y.length - 1)), pValue };
});

/** Scored as `waerden` is. */
const klotz = onSamples('klotz', 1, ({ x, y }) => {
  const { statistic, pValue } = klotzTest(x, y);
  return { metric: statistic, score: Math.abs(statistic) / Math.sqrt(Math.max(1, x.length + y.length - 1)), pValue };
});

/** Scored by |t|/√(t² + df), the correlation of the values with the side. */
const welch = onSamples('welch', 2, ({ x, y }) => {
  const { statistic, pValue, df } = welchTest(x, y);
  return { metric: statistic, score: Math.abs(statistic) / Math.sqrt(statistic ** 2 + df), pValue };
});

/** Brown–Forsythe; scored by √(W/(W + df)). */
const levene = onSamples('levene', 2, ({ x, y }) => {
  const { statistic, pValue } = leveneTest(x, y, { center: 'median' });
  const df = x.length + y.length - 2;
  return { metric: statistic, score: Math.sqrt(statistic / (statistic + df)), pValue };
});

/** The statistics of numbers that need no bins. */
export const NUMERIC_STATISTICS: readonly Statistic[] = [
  kolmogorovSmirnov,
  wasserstein,
  energy,
  cramerVonMises,
  andersonDarling,
  mannWhitney,
  waerden,
  klotz,
  welch,
  levene,
  range,
];
