import type { Expected } from './reference.js';

interface Tested {
  readonly statistic: Expected | null;
  readonly p: number | null;
  readonly df?: number | null;
}

/** One case of `two_sample.json`; the README beside the full set defines every field. */
export interface TwoSampleCase {
  readonly id: string;
  readonly shape: string;
  readonly x: number[];
  readonly y: number[];
  readonly expected: {
    readonly ks: {
      readonly statistic: number;
      readonly p_exact: number | null;
      readonly p_kolmogorov_limit: number | null;
      readonly statistic_location: number;
      readonly statistic_sign: number;
      readonly locations: number[];
    };
    readonly wasserstein: number;
    readonly energy_distance: number;
    readonly cvm: {
      readonly statistic: number | null;
      readonly p_asymp: number | null;
      readonly p_exact: number | null;
    } | null;
    readonly anderson_darling: Readonly<
      Record<
        'midrank' | 'right',
        { readonly statistic: number | null; readonly p_clipped: number | null }
      >
    > | null;
    readonly mann_whitney: {
      readonly u1: number;
      readonly p_asymp_continuity: number | null;
      readonly p_asymp: number | null;
      readonly p_exact: number | null;
    };
    readonly welch_t?: Tested;
    readonly levene_mean?: Tested;
    readonly brown_forsythe?: Tested;
    readonly degenerate_variance?: boolean;
  };
}
