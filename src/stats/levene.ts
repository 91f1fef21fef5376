import { LeewayError } from '../leaves/errors.js';
import { checkOptionNames } from '../leaves/option-names.js';
import { fSf } from './beta.js';
import { isRounding, medianOf, momentsOf } from './descriptive.js';
import { chosenOf } from './options.js';
import { copySample, type Sample, scaleTogether } from './sample.js';

export type Center = 'median' | 'mean';

const CENTERS: readonly Center[] = ['median', 'mean'];

export interface LeveneOptions {
  /**
   * What deviations are taken from: the median (Brown and Forsythe), which holds for skewed data too, or the mean (Levene).
   * @default 'median'
   */
  readonly center?: Center;
}

export interface LeveneResult {
  /** W, 0 or more. */
  readonly statistic: number;
  readonly pValue: number;
}

/**
 * Levene's test, by default in Brown and Forsythe's form: did the spread change?
 *
 * For reading a change of variance. It doesn't decide drift here: heavy tails in windows of unequal size break it (realised size,
 * lognormal, 10,000 against 50: .007 at .001); `klotzTest` holds there. The one-way analysis of variance F of the absolute
 * deviations from each sample's centre.
 *
 * @param x baseline sample, two or more finite numbers in any order
 * @param y current sample, likewise
 * @returns W and its p-value from F(1, n + m − 2).
 * @throws {LeewayError} ERR_LEEWAY_SAMPLE for a sample of fewer than two values, a value that is not finite (naming argument and
 *   index), or where the deviations are all equal, so that W is 0/0; ERR_LEEWAY_OPTION for an unknown option.
 *
 * Where all deviations within each sample are equal but differ between them (always so for two values each) W is Infinity and
 * p = 0, whatever rounding says. O(n log n) time with the median. Source: M. B. Brown and A. B. Forsythe (1974); agrees
 * with SciPy 1.10 `levene`.
 *
 * @example
 * leveneTest([1, 1, 1, 1], [1, 1, 2]); // { statistic: 1.428…, pValue: 0.2855… }
 */
export function leveneTest(x: Sample, y: Sample, options: LeveneOptions = {}): LeveneResult {
  checkOptionNames('leveneTest', options, ['center']);
  const center = chosenOf(options.center, CENTERS, 'median', 'center');
  const xs = copySample(x, 'x', 2);
  const ys = copySample(y, 'y', 2);
  scaleTogether(xs, ys);
  const first = deviations(xs, center);
  const second = deviations(ys, center);
  const ofX = momentsOf(first.values);
  const ofY = momentsOf(second.values);
  const total = ofX.count + ofY.count;
  const size = Math.max(first.scale, second.scale);
  const within = ofX.squares + ofY.squares;
  const between =
    (ofX.mean - ofY.mean + (ofX.rest - ofY.rest)) ** 2 * ((ofX.count * ofY.count) / total);
  if (!isRounding(within, size, total)) {
    const statistic = (between / within) * (total - 2);
    return { statistic, pValue: fSf(statistic, 1, total - 2) };
  }
  if (!isRounding(between, size, total)) return { statistic: Number.POSITIVE_INFINITY, pValue: 0 };
  throw new LeewayError(
    'ERR_LEEWAY_SAMPLE',
    'leveneTest needs some spread: the deviations of x and y are all equal',
  );
}

/** Takes the centre off the values, in place. */
function deviations(
  values: Float64Array,
  center: 'median' | 'mean',
): { values: Float64Array; scale: number } {
  const middle =
    center === 'median' ? { mean: medianOf(values, 'values'), rest: 0 } : momentsOf(values);
  let scale = 0;
  for (let index = 0; index < values.length; index += 1) {
    scale = Math.max(scale, Math.abs(values[index] as number));
    values[index] = Math.abs((values[index] as number) - middle.mean - middle.rest);
  }
  return { values, scale };
}
