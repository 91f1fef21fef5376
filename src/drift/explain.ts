import type { DriftStats } from './drift-stats.js';
import { describeMovement } from './show/describe-drift.js';
import { sharedEdges } from './show/plot.js';
import { categoryCounts, OTHER } from './statistics/categories.js';
import type { DriftRow, Outcome } from './verdict/drift-row.js';

/** A range of a column's values, or a category, with its share of rows on each side. */
export interface MovedPart {
  /** For numbers: from (inclusive) and to (exclusive). The outermost ranges are open. */
  readonly from?: number;
  readonly to?: number;
  /** For categories: the name; `null` for those that are not counted by name. */
  readonly category?: string | null;
  readonly baseline: number;
  readonly current: number;
}

/** The explanation of a column's verdict. */
export interface Explanation {
  readonly column: string;
  readonly drift: boolean;
  /** Whether the column was compared, and if not, why. */
  readonly outcome: Outcome;
  /** What changed, as text. */
  readonly what: string;
  /** The statistic that decided, if one did. */
  readonly decidedBy: string | null;
  /** The parts that changed most, the largest change of share first. At most five. */
  readonly moved: readonly MovedPart[];
  /** The column with which its correlation changed most, and the rank correlations. */
  readonly partner: {
    readonly column: string;
    readonly baseline: number;
    readonly current: number;
  } | null;
  /** This column's share of all changes of correlations in the table, from 0 to 1. */
  readonly jointShare: number | null;
}

const BINS = 12;
const MOST_PARTS = 5;

/**
 * Explains one column of a comparison, from its profiles.
 *
 * @throws LeewayError `ERR_LEEWAY_STATE` if the comparison was read back without its profiles.
 */
export function explainColumn(stats: DriftStats, column: string): Explanation {
  const rows = stats.select({ column });
  const whole = rows.find((row) => row.statistic === 'mean') as DriftRow;
  const decisive = rows.find((row) => row.drift && row.statistic !== 'mean');
  const joint = rows.find((row) => row.statistic === 'joint');
  const partner =
    joint === undefined ||
    typeof joint.location !== 'string' ||
    joint.baseline === null ||
    joint.current === null
      ? null
      : { column: joint.location, baseline: joint.baseline, current: joint.current };
  return {
    column,
    drift: whole.drift,
    outcome: whole.outcome,
    what: describeMovement(stats, whole),
    decidedBy: decisive?.statistic ?? null,
    moved: movedParts(stats, column),
    partner,
    jointShare: jointShareOf(stats, column),
  };
}

function movedParts(stats: DriftStats, column: string): MovedPart[] {
  const baseline = stats.baseline(column);
  const current = stats.current(column);
  const parts =
    baseline.family === 'numeric' ? numericParts(stats, column) : categoryParts(stats, column);
  if (baseline.profile.present === 0 || current.profile.present === 0) return [];
  return parts
    .filter((part) => part.baseline !== part.current)
    .sort((a, b) => Math.abs(b.current - b.baseline) - Math.abs(a.current - a.baseline))
    .slice(0, MOST_PARTS);
}

function numericParts(stats: DriftStats, column: string): MovedPart[] {
  const sides = [stats.baseline(column), stats.current(column)] as const;
  const edges = sharedEdges(sides, BINS);
  const [before, now] = sides.map((side) => side.histogram(edges.slice(1, -1))) as [
    number[],
    number[],
  ];
  return before.map((share, bin) => ({
    ...(bin > 0 && { from: edges[bin] as number }),
    ...(bin < before.length - 1 && { to: edges[bin + 1] as number }),
    baseline: share,
    current: now[bin] as number,
  }));
}

function categoryParts(stats: DriftStats, column: string): MovedPart[] {
  const before = stats.baseline(column).profile.items;
  const now = stats.current(column).profile.items;
  const counts = categoryCounts(before, now);
  return counts.names.map((name, index) => ({
    category: name === OTHER && before.countOf(OTHER) + now.countOf(OTHER) === 0 ? null : name,
    baseline: before.total === 0 ? 0 : (counts.baseline[index] as number) / before.total,
    current: now.total === 0 ? 0 : (counts.current[index] as number) / now.total,
  }));
}

/** Of all absolute changes of correlations, those with this column; each pair counts half for either of its columns. */
function jointShareOf(stats: DriftStats, column: string): number | null {
  const { columns, values } = stats.correlationChange();
  const place = columns.indexOf(column);
  if (place < 0) return null;
  const sizeOf = (row: readonly number[]): number =>
    row.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : Math.abs(value)), 0);
  const all = values.reduce((sum, row) => sum + sizeOf(row), 0);
  return all === 0 ? null : sizeOf(values[place] as readonly number[]) / all;
}
