import { LeewayError } from '../../leaves/errors.js';
import type { QuantileSketch } from '../../sketch/quantile-sketch.js';
import { andersonDarlingTest } from '../../stats/anderson-darling.js';
import { cramerVonMisesTest } from '../../stats/cramer-von-mises.js';
import { energyDistance } from '../../stats/energy.js';
import {
  attainedExceedance,
  leastExceedance,
  type PooledEnds,
  tiedExceedancePValue,
} from '../../stats/exceedance.js';
import { leveneTest } from '../../stats/levene.js';
import { hasTies } from '../../stats/pooled.js';
import type { ScoreFigures } from '../../stats/score-tests.js';
import { welchTest } from '../../stats/welch.js';
import { referToT } from '../calibration/inflation.js';
import type { ColumnPair } from './column-pair.js';
import { type RankSet, scoreOf } from './rank-set.js';
import type { Statistic, StatisticKey } from './statistic.js';

/** By so many standard errors a count from a sketch may be off. */
const CAUTION = 2;
/**
 * What say the tests of a numeric column have. Kolmogorov–Smirnov sees any change; it must not lose much by the company of
 * the others. A test of spread finds a change of spread so much sooner that little is enough, as for the extremes.
 */
const WEIGHTS = { ks: 3, location: 1.25, spread: 0.4, range: 0.25 } as const;

/** For normal data the means of squared scores differ by twice the logarithm of the ratio of spreads. */
export const logSpread = ({ effect }: ScoreFigures): number => effect / 2;
/** Of normal data shifted by a small share of a standard deviation, the chance of x > y moves by that over 2√π. */
export const shiftOf = ({ effect }: ScoreFigures): number => 2 * Math.sqrt(Math.PI) * effect;

/** Two-sample Kolmogorov–Smirnov, given the ties. */
const kolmogorovSmirnov: Statistic = {
  key: 'ks',
  families: ['numeric'],
  decides: true,
  weight: WEIGHTS.ks,
  compare(pair) {
    if (!pair.numeric) return undefined;
    const { distances, ksPValue: pValue, reach } = pair.ranks;
    const { ks, location } = distances;
    const matters = ks >= pair.gates.ks;
    return {
      statistic: 'ks',
      metric: ks,
      score: ks,
      pValue,
      location,
      ...pair.medians,
      matters,
      reach,
    };
  },
};

/** A test on scores of the pooled ranks. */
function onScores(
  key: 'waerden' | 'klotz' | 'mannwhitney',
  figuresOf: (ranks: RankSet) => Scored,
): Statistic {
  return {
    key,
    families: ['numeric'],
    decides: true,
    weight: WEIGHTS[key === 'klotz' ? 'spread' : 'location'],
    compare(pair) {
      if (!pair.numeric) return undefined;
      const { metric, score, pValue, effect, gate, hasSay } = figuresOf(pair.ranks);
      const matters = Math.abs(effect) >= pair.gates[gate];
      const reach = hasSay && pair.ranks.scoresHold ? pair.ranks.reach : 1;
      return {
        statistic: key,
        metric,
        score,
        pValue,
        location: null,
        ...pair.medians,
        matters,
        reach,
      };
    },
  };
}

interface Scored {
  readonly metric: number;
  readonly score: number;
  readonly pValue: number;
  /** In the unit of the gate. */
  readonly effect: number;
  readonly gate: 'location' | 'spread';
  readonly hasSay: boolean;
}

/** Van der Waerden: the location, but for heavy tails. */
const waerden = onScores('waerden', ({ waerden: figures, total, heavyTailed }) => ({
  metric: figures.statistic,
  score: scoreOf(figures, total),
  pValue: figures.pValue,
  effect: figures.effect,
  gate: 'location',
  hasSay: !heavyTailed,
}));

/** Klotz: the spread, of more than two values. */
const klotz = onScores('klotz', ({ klotz: figures, total, twoValued }) => ({
  metric: figures.statistic,
  score: scoreOf(figures, total),
  pValue: figures.pValue,
  effect: logSpread(figures),
  gate: 'spread',
  hasSay: !twoValued,
}));

/** Mann–Whitney's U: the location where tails are heavy. Scored by |2U/nm − 1|, Cliff's delta. */
const mannWhitney = onScores('mannwhitney', ({ wilcoxon: figures, pairs, heavyTailed }) => ({
  metric: (figures.effect + 0.5) * pairs,
  score: Math.min(1, 2 * Math.abs(figures.effect)),
  pValue: figures.pValue,
  effect: shiftOf(figures),
  gate: 'location',
  hasSay: heavyTailed,
}));

/** Wasserstein-1 in the column's unit; its score sets it against the baseline's standard deviation. */
const wasserstein: Statistic = {
  key: 'wasserstein',
  families: ['numeric'],
  decides: false,
  compare(pair) {
    if (!pair.numeric) return undefined;
    const metric = pair.ranks.distances.wasserstein;
    const score = against(metric, pair.spread);
    return {
      statistic: 'wasserstein',
      metric,
      score,
      pValue: null,
      location: null,
      ...pair.medians,
      matters: false,
    };
  },
};

/** The share of rows outside the baseline's range, with the exceedance test for extremes. */
const range: Statistic = {
  key: 'range',
  families: ['numeric'],
  decides: true,
  weight: WEIGHTS.range,
  compare(pair) {
    if (!pair.numeric) return undefined;
    const { min, max: greatest } = pair.numbers.baseline;
    // Times that come are later than those that were: only earlier ones are out of range.
    const { goesOn } = pair.baseline;
    const max = goesOn ? Number.POSITIVE_INFINITY : greatest;
    const { values, weights, total } = pair.numbers.current.weightedValues();
    let outside = 0;
    for (let index = 0; index < values.length && (values[index] as number) < min; index += 1) {
      outside += weights[index] as number;
    }
    for (let index = values.length - 1; index >= 0 && (values[index] as number) > max; index -= 1) {
      outside += weights[index] as number;
    }
    const { baseline, current } = pair.numbers;
    const known = knownEnds(baseline, current, goesOn);
    const share = Math.max(outside / total, (known?.outside ?? 0) / current.count);
    const farthest = current.max > max ? current.max : current.min;
    const location = share === 0 ? null : farthest;
    // A count from a sketch may be too large by its error: p is that of what is certain. And it may be too small to pass the gate.
    const error = current.shareError();
    const certain = Math.ceil(Math.max(0, share - CAUTION * error) * current.count);
    const { waerden, klotz, degrees } = pair.inflation;
    const clump = Math.max(waerden, klotz);
    const ends = clumped(goesOn ? { ...pair.ranks.ends, high: [0] } : pair.ranks.ends, clump);
    const isPlain = clump === 1 && degrees === Number.POSITIVE_INFINITY;
    // Two looks at the same question have half of the say each.
    const looks = [{ outside: certain, ends }];
    if (known !== undefined)
      looks.push({ outside: known.outside, ends: clumped(known.ends, clump) });
    const pValues = looks.map((look) => tiedExceedancePValue(look.outside / clump, look.ends));
    const least = looks.map((look) => leastExceedance(look.ends));
    const shared = (chances: readonly number[]): number =>
      Math.min(1, chances.length * Math.min(...chances));
    return {
      statistic: 'range',
      metric: share,
      score: share,
      pValue: referToT(shared(pValues), degrees),
      location,
      baseline: 0,
      current: share,
      matters: share + error >= pair.gates.range,
      reach: shared(least),
      attains: isPlain
        ? (level: number) =>
            looks.reduce(
              (sum, look) => sum + attainedExceedance(level / looks.length, look.ends),
              0,
            )
        : undefined,
    };
  },
};

/**
 * How many rows are outside at the very least and greatest value, which a sketch counts exactly, and what the ends come to by these
 * alone: a sentinel is one value, of which a sketch of many rows knows the share only roughly. `undefined` where the sketch of the
 * current is exact anyhow, or one of an older release did not count them.
 */
function knownEnds(
  baseline: QuantileSketch,
  current: QuantileSketch,
  goesOn: boolean,
): { readonly outside: number; readonly ends: PooledEnds } | undefined {
  const { atMin: lowBefore, atMax: highBefore } = baseline;
  const { atMin: lowNow, atMax: highNow } = current;
  if (current.exact || lowBefore === undefined || highBefore === undefined) return undefined;
  if (lowNow === undefined || highNow === undefined) return undefined;
  const low = endOf(baseline.min - current.min, lowBefore, lowNow);
  const high = goesOn ? NO_END : endOf(current.max - baseline.max, highBefore, highNow);
  const ends = { low: [0, low.size], high: [0, high.size], n: baseline.count, m: current.count };
  return { outside: low.outside + high.outside, ends };
}

interface KnownEnd {
  /** Rows of the current beyond all of the baseline's. */
  readonly outside: number;
  /** Rows of both sides at the outermost value. */
  readonly size: number;
}

const NO_END: KnownEnd = { outside: 0, size: 0 };

/** @param beyond by how much the current's outermost value lies further out than the baseline's */
function endOf(beyond: number, before: number, now: number): KnownEnd {
  if (beyond > 0) return { outside: now, size: now };
  return { outside: 0, size: beyond === 0 ? before + now : before };
}

/** Dependent rows come in clumps, each of which counts as one. */
function clumped(ends: PooledEnds, clump: number): PooledEnds {
  if (clump === 1) return ends;
  const fewer = (sums: readonly number[]): number[] => sums.map((sum) => Math.ceil(sum / clump));
  return { low: fewer(ends.low), high: fewer(ends.high), n: ends.n / clump, m: ends.m / clump };
}

/** A distance against the unit it is measured in, as a score: 0 for none, ½ for one unit, 1 for infinitely many. */
const against = (distance: number, unit: number): number =>
  distance === 0 ? 0 : distance / (distance + unit);

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
function onSamples(
  key: StatisticKey,
  least: number,
  compute: (samples: Samples) => Figures,
): Statistic {
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
      return {
        statistic: key,
        metric,
        score: bounded,
        pValue,
        location: null,
        ...pair.medians,
        matters: false,
      };
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
  return {
    metric: statistic,
    score: Math.sqrt(3 * pair.ranks.distances.meanSquare),
    pValue: hasTies(x, y) ? null : pValue,
  };
});

/** Scored by 1 − exp(−A·(n+m)/nm), the statistic freed of the samples' sizes. */
const andersonDarling = onSamples('ad', 2, ({ x, y }) => {
  const { statistic, pValue } = andersonDarlingTest(x, y, { midrank: true });
  const perValue = (x.length + y.length) / (x.length * y.length);
  return { metric: statistic, score: 1 - Math.exp(-Math.max(0, statistic) * perValue), pValue };
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
