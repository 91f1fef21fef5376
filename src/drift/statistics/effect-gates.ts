import { LeewayError, shown } from '../../leaves/errors.js';
import { checkOptionNames } from '../../leaves/option-names.js';

/** Changes smaller than these are no drift, however certain: at a million rows everything is significant. */
export interface EffectGates {
  /** Kolmogorov–Smirnov distance: 0.02 is what a shift of 0.05 standard deviations makes of normal data. */
  readonly ks: number;
  /** Shift in standard deviations (difference of mean normal scores). */
  readonly location: number;
  /** Logarithm of the ratio of spreads. */
  readonly spread: number;
  /** ½·√(max(0, X² − df)·N/nm): what √((X² − df)/N) is for windows of equal size. */
  readonly categories: number;
  /** Difference of the shares of missing values. */
  readonly missing: number;
  /** Share of rows in categories never seen before. */
  readonly unseen: number;
  /** Share of rows outside the baseline's range. */
  readonly range: number;
  /** Difference of the shares of values of another sort. */
  readonly type: number;
  /** Change of a rank correlation. */
  readonly joint: number;
}

/** How small a change still counts. */
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

/** `low` wants changes of twice the size, `high` is content with half. */
const FACTORS: Readonly<Record<Sensitivity, number>> = { low: 2, normal: 1, high: 0.5 };

/**
 * The gates that options ask for.
 *
 * @param minEffect the smallest shift that matters, in standard deviations (all gates go with it), or single gates.
 * @throws LeewayError `ERR_LEEWAY_OPTION` where an option is out of range or unknown.
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
