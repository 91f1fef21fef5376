import { LeewayError, shown } from '../../leaves/errors.js';
import { checkOptionNames } from '../../leaves/option-names.js';

/** Smaller changes are not drift, however certain they are: at a million rows every difference is significant. */
export interface EffectGates {
  /** Kolmogorov–Smirnov distance: a shift of 0.05 standard deviations gives 0.02 for normal data. */
  readonly ks: number;
  /** Shift in standard deviations (difference of mean normal scores). */
  readonly location: number;
  /** Logarithm of the ratio of spreads. */
  readonly spread: number;
  /** ½·√(max(0, X² − df)·N/nm). It equals √((X² − df)/N) for windows of equal size. */
  readonly categories: number;
  /** Difference of the shares of missing values. */
  readonly missing: number;
  /** Share of rows in categories never seen before. */
  readonly unseen: number;
  /** Share of rows outside the baseline's range. */
  readonly range: number;
  /** Difference of the shares of values of another type. */
  readonly type: number;
  /** Change of a rank correlation. */
  readonly joint: number;
}

/** How small a change counts. */
export type Sensitivity = 'low' | 'normal' | 'high';

/** The gates at sensitivity `normal`. */
export const EFFECT_GATES: EffectGates = {
  ks: 0.02,
  location: 0.05,
  spread: 0.05,
  categories: 0.05,
  missing: 0.005,
  unseen: 0.001,
  range: 0.002,
  type: 0.005,
  joint: 0.05,
};

/** `low` requires changes of twice the size, `high` of half the size. */
const FACTORS: Readonly<Record<Sensitivity, number>> = { low: 2, normal: 1, high: 0.5 };

/**
 * The gates by the options.
 *
 * @param minEffect the smallest shift that matters, in standard deviations (it scales all gates), or single gates.
 * @throws LeewayError `ERR_LEEWAY_OPTION` if an option is out of range or unknown.
 */
export function resolveGates(
  sensitivity: Sensitivity = 'normal',
  minEffect: number | Partial<EffectGates> = {},
): EffectGates {
  if (!Object.hasOwn(FACTORS, sensitivity)) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `sensitivity must be low, normal or high, got ${shown(sensitivity)}`,
    );
  }
  const single = typeof minEffect === 'number' ? {} : minEffect;
  checkOptionNames('minEffect', single, Object.keys(EFFECT_GATES));
  const shift = typeof minEffect === 'number' ? minEffect : EFFECT_GATES.location;
  for (const [name, value] of [['', shift], ...Object.entries(single)] as [string, unknown][]) {
    if (typeof value !== 'number' || !(value >= 0)) {
      const option = name === '' ? 'minEffect' : `minEffect.${name}`;
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `${option} must be 0 or more, got ${shown(value)}`,
      );
    }
  }
  const factor = FACTORS[sensitivity] * (shift / EFFECT_GATES.location);
  const scaled = Object.fromEntries(
    Object.entries(EFFECT_GATES).map(([name, gate]) => [name, gate * factor]),
  );
  return { ...(scaled as unknown as EffectGates), ...single };
}
