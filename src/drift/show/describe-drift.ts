import { distance } from 'fastest-levenshtein';
import { formatNumber, formatShare, formatTime, shorten } from '../../chart/svg.js';
import { nearestName } from '../../leaves/option-names.js';
import { joinWithAnd } from '../../leaves/text.js';
import type { DriftRow } from '../verdict/drift-row.js';
import type { Comparison } from './comparison.js';

/** How a movement is told. */
export interface WordOptions {
  /** Whether names of categories may be said; they are values from requests. @default true */
  readonly values?: boolean;
  /** Units of columns, said after their numbers. @default none */
  readonly units?: Readonly<Record<string, string>>;
}

/** Known categories among which another spelling is looked for. */
const SPELLINGS = 1_000;
/** A median that moved by fewer standard deviations, or a spread by a smaller log ratio, is not what moved. */
const NOTICEABLE = 0.1;

/**
 * Says in a clause what happened to a column, the larger movement first: `median rose from 2.9 to 4.6 (+1.2 sd), spread
 * grew from 1.4 to 2.1`.
 *
 * @param row the column's row `mean` in the comparison.
 */
export function describeMovement(
  stats: Comparison,
  row: DriftRow,
  options: WordOptions = {},
): string {
  if (row.outcome === 'not-computed' && !row.drift) {
    return `could not be compared: ${row.error ?? 'a statistic failed'}`;
  }
  switch (row.outcome) {
    case 'missing-column':
      return 'is gone';
    case 'all-missing':
      return stats.baseline(row.column).profile.present === 0
        ? 'had no values in the baseline'
        : 'has no values any more';
    case 'not-observed':
      return 'was not observed';
    case 'new-column':
      return 'is new';
    case 'constant':
      return 'did not change: one value only';
    case 'uncertain':
      if (row.drift) break;
      return `may have changed: ${row.note ?? 'the comparison does not show it'}`;
    case 'too-few':
      return 'has too few values to compare';
    default:
  }
  const decisive = stats
    .select({ column: row.column })
    .find((other) => other.drift && other.statistic !== 'mean');
  switch (decisive?.statistic) {
    case 'missing':
      return `is missing in ${formatShare(decisive.current ?? 0)} of rows, was ${formatShare(decisive.baseline ?? 0)}`;
    case 'type':
      return `has values of another type in ${formatShare(decisive.current ?? 0)} of rows, was ${formatShare(decisive.baseline ?? 0)}`;
    case 'joint':
      return `no longer correlates with ${shorten(String(decisive.location), 40)} as before: rank correlation ${said(decisive.current)}, was ${said(decisive.baseline)}`;
    default:
      return movementOf(stats, row, decisive, options);
  }
}

function movementOf(
  stats: Comparison,
  row: DriftRow,
  decisive: DriftRow | undefined,
  options: WordOptions,
): string {
  const { family } = stats.baseline(row.column);
  if (family === 'numeric') return numericMovement(stats, row, decisive, options);
  if (decisive?.statistic === 'residual')
    return categoryShare(family === 'text' ? 'text' : 'category', decisive, options);
  return family === 'categorical'
    ? categoryMovement(stats, row, options)
    : derivedMovement(row, decisive);
}

const said = (correlation: number | null): string => (correlation ?? 0).toFixed(2);

function numericMovement(
  stats: Comparison,
  row: DriftRow,
  decisive: DriftRow | undefined,
  options: WordOptions,
): string {
  if (row.type === 'timestamp') return timeMovement(stats, row);
  const before = stats.baseline(row.column).describe();
  const now = stats.current(row.column).describe();
  const unit = options.units?.[row.column] === undefined ? '' : ` ${options.units[row.column]}`;
  const said = (value: number | undefined): string => `${formatNumber(value ?? Number.NaN)}${unit}`;
  // Values near the largest number have no finite spread; then only the direction is told.
  const spread = Number.isFinite(before.standardDeviation)
    ? (before.standardDeviation as number)
    : 0;
  const shift = ((now.median ?? 0) - (before.median ?? 0)) / (spread > 0 ? spread : 1);
  const ratio = spread > 0 ? (now.standardDeviation ?? 0) / spread : Number.NaN;
  const growth = Number.isFinite(ratio) ? Math.log(Math.max(ratio, 1e-9)) : 0;
  const inSpreads = spread > 0 ? ` (${shift > 0 ? '+' : '−'}${Math.abs(shift).toFixed(1)} sd)` : '';
  const moved = [
    {
      size: Math.abs(shift),
      text: `median ${shift > 0 ? 'rose' : 'fell'} from ${said(before.median)} to ${said(now.median)}${inSpreads}`,
    },
    {
      size: Math.abs(growth),
      text: `spread ${growth > 0 ? 'grew' : 'shrank'} from ${said(spread)} to ${said(now.standardDeviation)}`,
    },
  ]
    .filter(({ size }) => size >= NOTICEABLE)
    .sort((a, b) => b.size - a.size);
  if (moved.length > 0) return moved.map(({ text }) => text).join(', ');
  if (decisive?.statistic === 'chisq' && decisive.location !== null) {
    return shareMovement(
      options.values === false ? 'one value' : said(Number(decisive.location)),
      decisive,
    );
  }
  return row.drift
    ? `shape changed, most near ${said(Number(row.location))}`
    : 'shows no marked change';
}

/** Times go on; how far they are spread is a matter of how long windows are. */
function timeMovement(stats: Comparison, row: DriftRow): string {
  const before = stats.baseline(row.column).describe().median;
  const now = stats.current(row.column).describe().median;
  if (before === undefined || now === undefined || before === now) return unnamed(row);
  return `median moved ${now > before ? 'forward' : 'back'} from ${formatTime(before)} to ${formatTime(now)}`;
}

function categoryMovement(stats: Comparison, row: DriftRow, options: WordOptions): string {
  const [unseen] = stats.select({ column: row.column, statistic: 'unseen' });
  if (row.drift && unseen !== undefined && unseen.metric > 0.01) {
    const such = options.values === false ? '' : unseenCategory(stats, row.column);
    return `${formatShare(unseen.metric)} of rows are in categories never seen before${such}`;
  }
  const [test] = stats.select({ column: row.column, statistic: 'chisq' });
  return test === undefined ? unnamed(row) : categoryShare('category', test, options);
}

/** `: “Yes”, nearest “yes”`: the most frequent new category, and the known one that it may be another spelling of. */
function unseenCategory(stats: Comparison, column: string): string {
  const before = stats.baseline(column).profile.items;
  const now = stats.current(column).profile.items;
  const known = before.entries().map(([name]) => name);
  const unseen = now.entries().find(([name]) => before.countOf(name) === 0)?.[0];
  if (unseen === undefined || known.length === 0) return '';
  const plain = (name: string): string => name.trim().toLowerCase();
  const same = known.find((name) => plain(name) === plain(unseen));
  const nearest = same ?? nearestName(unseen, known.slice(0, SPELLINGS));
  const named = `: “${shorten(unseen, 40)}”`;
  if (nearest === undefined || (same === undefined && !isSpelling(unseen, nearest))) return named;
  return `${named}, nearest “${shorten(nearest, 40)}”`;
}

/** Whether one text may be the other, misspelt: up to one character in four differs. */
const isSpelling = (a: string, b: string): boolean =>
  4 * distance(a, b) <= Math.max(a.length, b.length);

function categoryShare(sort: 'category' | 'text', test: DriftRow, options: WordOptions): string {
  if (typeof test.location !== 'string') return unnamed(test);
  return shareMovement(
    options.values === false ? `one ${sort}` : `“${shorten(test.location, 40)}”`,
    test,
  );
}

const unnamed = ({ drift }: DriftRow): string => (drift ? 'changed' : 'shows no marked change');

/** What is derived from texts and vectors moves as numbers do: `length fell from 36 to 6`. */
function derivedMovement(row: DriftRow, decisive: DriftRow | undefined): string {
  const { location, baseline, current } = decisive ?? {};
  if (typeof location !== 'string' || baseline == null || current == null) return unnamed(row);
  if (baseline === current) return `${location} has another shape, with the same median`;
  const said = SHARES.has(location) ? formatShare : formatNumber;
  return `${location} ${current > baseline ? 'rose' : 'fell'} from ${said(baseline)} to ${said(current)}`;
}

/** What of a text is a share of its characters. */
const SHARES: ReadonlySet<string> = new Set(['letters', 'capitals', 'digits', 'spaces']);

function shareMovement(name: string, { baseline, current }: DriftRow): string {
  const verb = (current ?? 0) > (baseline ?? 0) ? 'rose' : 'fell';
  return `${name} ${verb} from ${formatShare(baseline ?? 0)} to ${formatShare(current ?? 0)} of rows`;
}

/** The verdict in one sentence: `Drift in 3 of 5 columns: X_wind, X_temp_min and Y_temp_max.` */
export function describeVerdict(stats: Comparison): string {
  if (stats.outcome === 'too-few') {
    const { baseline, current } = stats.counts;
    return `No verdict: ${current} rows against a baseline of ${baseline}; at least ${stats.settings.minRows} are needed on either side.`;
  }
  const total = stats.compared.length;
  if (stats.verdict === 'none') {
    return ['No verdict: nothing could be compared.', ...asides(stats)].join(' ');
  }
  const columns = total === 1 ? 'column' : 'columns';
  const names = [
    ...new Set(
      stats
        .summary()
        .filter((row) => row.drift)
        .map((row) => shorten(row.column, 60)),
    ),
  ];
  const whole =
    names.length === 0
      ? `No drift in ${total} ${columns}`
      : `Drift in ${names.length} of ${total} ${columns}: ${joinWithAnd(names, 4)}`;
  const apart = stats.driftedSegments.length;
  if (apart === 0) return [`${whole}.`, ...asides(stats)].join(' ');
  const asWhole = names.length === 0 ? `${whole} as a whole.` : `${whole}.`;
  return [asWhole, describeSegments(stats), ...asides(stats)].join(' ');
}

/** So many columns, or statistics, are named with their reasons; the others are counted. */
const MOST_REASONS = 3;

/** What the verdict says nothing about: `2 columns were not compared: note (too few values) and ts (all missing).` */
function asides({ notCompared, failed }: Comparison): string[] {
  const silent = notCompared.map(({ column, reason }) => `${shorten(column, 60)} (${reason})`);
  const errors = failed
    .filter(({ column }) => !notCompared.some((other) => other.column === column))
    .map(({ column, statistic, error }) => `${statistic} of ${shorten(column, 60)} (${error})`);
  const were = (count: number, noun: string): string =>
    `${count} ${noun}${count === 1 ? ' was' : 's were'}`;
  return [
    ...(silent.length > 0
      ? [`${were(silent.length, 'column')} not compared: ${joinWithAnd(silent, MOST_REASONS)}.`]
      : []),
    ...(errors.length > 0
      ? [`${were(errors.length, 'statistic')} not computed: ${joinWithAnd(errors, MOST_REASONS)}.`]
      : []),
  ];
}

/** `Drift in 1 of 4 segments: north (X_wind).` */
function describeSegments(stats: Comparison): string {
  const told = stats.driftedSegments.map((name) => {
    const columns = stats.segments.get(name)?.drifted ?? [];
    return `${shorten(name, 40)} (${joinWithAnd(
      columns.map((column) => shorten(column, 60)),
      3,
    )})`;
  });
  return `Drift in ${told.length} of ${stats.segments.size} segments: ${joinWithAnd(told, 3)}.`;
}
