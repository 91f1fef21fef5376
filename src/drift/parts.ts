import type { Profile } from '../profile/profile.js';

/** Two profiles of one part: of a segment, or of the metrics. */
export interface PartPair {
  readonly before: Profile;
  readonly now: Profile;
}

/** What is judged beside the whole table, and how much of the rate of false alarms each may spend. */
export interface Parts {
  readonly rates: { readonly whole: number; readonly segment: number; readonly metrics: number };
  readonly segments: readonly (PartPair & { readonly name: string })[];
  readonly metrics: PartPair | undefined;
}

/** Metrics are few, and change by much when they change. */
const METRICS_SHARE = 0.1;
/** All segments together may cry wolf as often as the whole: it must not grow blind, however many there are. */
const SEGMENTS_SHARE = 0.5;

/**
 * The parts that both profiles know, and their shares: the rates add up to the whole's, so that the chance of any false alarm is at
 * most that, however the parts depend on each other (Bonferroni). Segments with too few rows on either side are left out, and take
 * no share.
 */
export function partsOf(
  baseline: Profile,
  current: Profile,
  { alpha, minRows }: { readonly alpha: number; readonly minRows: number },
): Parts {
  const segments = [...baseline.segments].flatMap(([name, before]) => {
    const now = current.segments.get(name);
    return now === undefined || before.rows < minRows || now.rows < minRows ? [] : [{ name, before, now }];
  });
  const metrics =
    baseline.metrics === undefined || current.metrics === undefined
      ? undefined
      : { before: baseline.metrics, now: current.metrics };
  const forMetrics = metrics === undefined ? 0 : METRICS_SHARE * alpha;
  const forSegments = segments.length === 0 ? 0 : SEGMENTS_SHARE * (alpha - forMetrics);
  const rates = {
    whole: alpha - forMetrics - forSegments,
    segment: forSegments / Math.max(1, segments.length),
    metrics: forMetrics,
  };
  return { rates, segments, metrics };
}
