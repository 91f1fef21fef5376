import type { Profile } from '../../profile/profile.js';

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

/** So few values of a metric say nothing. */
export const MIN_METRICS = 5;
/** Metrics are few, and change by much when they change. */
const METRICS_SHARE = 0.1;
/** All segments together may cry wolf as often as the whole: it must not grow blind, however many there are. */
const SEGMENTS_SHARE = 0.5;

/**
 * The parts that both profiles know, and their shares: the rates add up to the whole's, so that the chance of any false alarm is at
 * most that, however the parts depend on each other (Bonferroni). Parts with too few rows on either side are left out, and take
 * no share; nor do segments in which nothing differs that could be compared.
 */
export function partsOf(
  baseline: Profile,
  current: Profile,
  { alpha, minRows }: { readonly alpha: number; readonly minRows: number },
): Parts {
  const segments = [...baseline.segments].flatMap(([name, before]) => {
    const now = current.segments.get(name);
    if (now === undefined || before.rows < minRows || now.rows < minRows) return [];
    return [{ name, before, now }];
  });
  const metrics =
    baseline.metrics === undefined || current.metrics === undefined
      ? undefined
      : { before: baseline.metrics, now: current.metrics };
  const metricRows = metrics === undefined ? 0 : Math.min(metrics.before.rows, metrics.now.rows);
  const forMetrics = metricRows < MIN_METRICS ? 0 : METRICS_SHARE * alpha;
  const varied = segments.filter(({ before, now }) => isVaried(before, now)).length;
  const forSegments = varied === 0 ? 0 : SEGMENTS_SHARE * (alpha - forMetrics);
  const rates = {
    whole: alpha - forMetrics - forSegments,
    segment: varied === 0 ? alpha : forSegments / varied,
    metrics: METRICS_SHARE * alpha,
  };
  return { rates, segments, metrics };
}

/** Whether any column of the two has more than one value, or misses some: else there is nothing that a test could tell apart. */
function isVaried(before: Profile, now: Profile): boolean {
  return before.columnNames.some((name) => {
    const one = before.column(name);
    const other = now.column(name);
    if (one === undefined || other === undefined) return other !== undefined || one !== undefined;
    if (one.present < before.rows !== other.present < now.rows) return true;
    if (one.present > 0 && one.present < before.rows) return true;
    if (one.family !== 'numeric' || other.family !== 'numeric') {
      const names = one.items.entries();
      const others = other.items.entries();
      return (
        one.family !== other.family ||
        names.length > 1 ||
        others.length > 1 ||
        names[0]?.[0] !== others[0]?.[0]
      );
    }
    return (
      one.quantiles.min !== other.quantiles.min ||
      one.quantiles.max !== other.quantiles.max ||
      one.quantiles.min !== one.quantiles.max
    );
  });
}
