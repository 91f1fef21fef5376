import { DAY_MS, HOUR_MS } from '../../leaves/time.js';
import type { ColumnTransform } from '../../profile/baseline-transforms.js';
import type { Block } from '../../profile/block.js';
import type { BlockRing } from '../../profile/block-ring.js';
import { type Cycle, HOURS_OF } from '../../profile/cycle.js';
import { inflationOf, LEAST_BLOCKS } from './block-dispersion.js';
import { INDEPENDENT, type Inflation } from './inflation.js';
import {
  columnByHour,
  type ExpectedColumn,
  expectedColumn,
  hourShares,
  type TimeSpan,
} from './same-hours.js';

/** How much windows of a stream vary by themselves, as told by a baseline's history. */
export interface Calibration {
  /** How many blocks of time tell it, and over how long, ms. */
  readonly blocks: number;
  readonly spanMs: number;
  /** Whether that is enough for the promised rate of false alarms: 30 blocks over two days. */
  readonly ready: boolean;
  /** A column's factors; those of independent rows where the history does not know it. */
  inflationOf(column: string): Inflation;
  /**
   * What a column usually is in the hours of the day, and in those of the week, that a stretch of time covers, and by how much
   * windows vary around that; of each only where the history holds every such hour twice.
   */
  likeHours(column: string, stretch: TimeSpan): readonly LikeHours[];
  /** The factor for how columns go together. */
  readonly joint: number;
}

/** A column in the like hours of other days or weeks. */
export interface LikeHours {
  readonly transform: ColumnTransform;
  readonly expected: ExpectedColumn;
  readonly inflation: Inflation;
}

/** From so many blocks on over so long a span the promise is kept: two days hold every hour twice. */
export const NEEDED_BLOCKS = 30;
export const NEEDED_SPAN_MS: number = 2 * DAY_MS;

/**
 * What the blocks of a baseline say about the variance of a window's statistics: batch means. How much the means of blocks
 * differ, against how much they would if rows were independent, is the factor by which variances are larger; it is known
 * with blocks − 1 degrees of freedom. Seasons make blocks differ too, and so widen what counts as usual. Where the history
 * holds every hour of the day twice, or every hour of the week, the same is told around what the hours usually are, where
 * seasons are no variation: with as many degrees of freedom fewer as there are places of blocks in the day or the week.
 *
 * @param windowMs how long the windows last that are to be judged: neighbouring blocks are joined up to that, while thirty
 *   are left; where blocks are longer than windows, what goes on within them is told by the hours; where these are not known, the
 *   promise can't be kept.
 * @returns `undefined` where there are fewer than ten blocks.
 *
 * Source: batch means, e.g. C. Geyer, "Practical Markov chain Monte Carlo" (1992) §3.2.
 */
export function calibrateToHistory(ring: BlockRing, windowMs?: number): Calibration | undefined {
  // A ring replaces its list of blocks with every change; a baseline is compared again and again.
  const before = known.get(ring.blocks);
  if (before !== undefined && before.windowMs === windowMs) return before.calibration;
  const calibration = calibrated(ring, windowMs);
  known.set(ring.blocks, { windowMs, calibration });
  return calibration;
}

/** A block is longer than a window where it is so many times as long: a window ends with its last row. */
const LONGER = 1.5;

const known = new WeakMap<
  readonly Block[],
  { windowMs: number | undefined; calibration: Calibration | undefined }
>();

function calibrated(ring: BlockRing, windowMs: number | undefined): Calibration | undefined {
  const blocks = joined(ring, windowMs);
  const first = blocks[0];
  const last = blocks.at(-1);
  if (first === undefined || last === undefined || blocks.length < LEAST_BLOCKS) return undefined;
  const spanMs = last.to - first.from;
  const { columns } = ring.transforms;
  const places = new Map(columns.map(({ name }, place) => [name, place]));
  const hidden =
    windowMs !== undefined && LONGER * windowMs < ring.widthMs ? hoursOf(ring, spanMs) : undefined;
  const inflations = columns.map((transform, place) => {
    const between = inflationOf(transform, blocks, place);
    return hidden === undefined
      ? between
      : both(between, inflationOf(transform, hidden.blocks, place));
  });
  const locations = inflations.map(({ waerden }) => waerden);
  const within = windowMs === undefined || hidden !== undefined || ring.widthMs <= 2 * windowMs;
  const seasons = (['day', 'week'] as const)
    .map((cycle) =>
      holdsTwice(cycle, ring) ? aroundHours(ring, blocks, cycle, hidden) : undefined,
    )
    .filter((around) => around !== undefined);
  return {
    blocks: blocks.length,
    spanMs,
    ready: blocks.length >= NEEDED_BLOCKS && holdsTwice('day', ring) && within,
    inflationOf: (column) => inflations[places.get(column) ?? -1] ?? INDEPENDENT,
    likeHours: (column, stretch) =>
      seasons
        .map((around) => around(places.get(column), stretch))
        .filter((like) => like !== undefined),
    joint:
      locations.length === 0
        ? 1
        : locations.reduce((sum, factor) => sum + factor, 0) / locations.length,
  };
}

/** The hours of a cycle, each as it usually is: what blocks longer than an hour do not show. */
interface Hours {
  readonly cycle: Cycle;
  readonly hours: readonly number[];
  readonly blocks: readonly Block[];
}

/** Those of the week where they are known, else of the day; `undefined` where neither is, or not every hour twice. */
function hoursOf(ring: BlockRing, spanMs: number): Hours | undefined {
  for (const cycle of ['week', 'day'] as const) {
    const season = holdsTwice(cycle, ring) ? ring.season(cycle) : undefined;
    if (season === undefined || season.hours.size < LEAST_BLOCKS) continue;
    const times = spanMs / (HOURS_OF[cycle] * HOUR_MS);
    const blocks = [...season.hours.values()].map((hour) => hour.scaled(1 / times));
    return { cycle, hours: [...season.hours.keys()], blocks };
  }
  return undefined;
}

/** What varies between blocks, and what varies within them beside. */
function both(between: Inflation, within: Inflation): Inflation {
  const add = (name: keyof Inflation): number => between[name] + within[name] - 1;
  return {
    ks: add('ks'),
    waerden: add('waerden'),
    klotz: add('klotz'),
    wilcoxon: add('wilcoxon'),
    counts: add('counts'),
    category: add('category'),
    shares: add('shares'),
    degrees: between.degrees,
  };
}

function only(hour: number, hours: number): Float64Array {
  const shares = new Float64Array(hours);
  shares[hour] = 1;
  return shares;
}

/** Neighbours together, until they last as long as a window or thirty are left. */
function joined(ring: BlockRing, windowMs: number | undefined): Block[] {
  const { blocks, widthMs } = ring;
  const wanted = windowMs === undefined ? 1 : Math.max(1, Math.round(windowMs / widthMs));
  const together = Math.max(1, Math.min(wanted, Math.floor(blocks.length / NEEDED_BLOCKS)));
  const result: Block[] = [];
  blocks.forEach((block, index) => {
    if (index % together === 0) result.push(block.clone());
    else result.at(-1)?.merge(block);
  });
  return result;
}

/** Whether a history holds every hour of a cycle twice. */
export function holdsTwice(cycle: Cycle, { blocks, widthMs }: BlockRing): boolean {
  const first = blocks[0];
  const last = blocks.at(-1);
  if (first === undefined || last === undefined) return false;
  return last.to - first.from >= 2 * HOURS_OF[cycle] * HOUR_MS - widthMs;
}

/** How columns vary around their hours, if the hours are known and leave enough degrees of freedom. */
function aroundHours(
  ring: BlockRing,
  blocks: readonly Block[],
  cycle: Cycle,
  hidden: Hours | undefined,
) {
  const season = ring.season(cycle);
  if (season === undefined) return undefined;
  const cycleBlocks = Math.ceil((HOURS_OF[cycle] * HOUR_MS) / ring.widthMs);
  const places = new Set(blocks.map(({ from }) => Math.floor(from / ring.widthMs) % cycleBlocks));
  const degrees = blocks.length - places.size;
  const shares = blocks.map((block) => hourShares(season, block));
  if (degrees < LEAST_BLOCKS || shares.some((share) => share === undefined)) return undefined;
  const known = new Map<
    number,
    { byHour: ReturnType<typeof columnByHour>; inflation: Inflation }
  >();
  const told = (place: number, transform: ColumnTransform) => {
    const byHour = columnByHour(season, place);
    const expected = shares.map((share) => expectedColumn(byHour, share as Float64Array));
    const between = inflationOf(transform, blocks, place, { expected, degrees });
    if (hidden === undefined || hidden.cycle === cycle) return { byHour, inflation: between };
    const usually = hidden.hours.map((hour) =>
      expectedColumn(byHour, only(hour % HOURS_OF[cycle], HOURS_OF[cycle])),
    );
    const left = hidden.blocks.length - HOURS_OF[cycle];
    const within = inflationOf(transform, hidden.blocks, place, {
      expected: usually,
      degrees: left,
    });
    return { byHour, inflation: both(between, within) };
  };
  let latest: { readonly stretch: TimeSpan; readonly wanted: Float64Array | undefined } | undefined;
  return (place: number | undefined, stretch: TimeSpan): LikeHours | undefined => {
    // All columns of a window are asked for the same stretch.
    if (latest?.stretch !== stretch) latest = { stretch, wanted: hourShares(season, stretch) };
    const { wanted } = latest;
    const transform = ring.transforms.columns[place ?? -1];
    if (place === undefined || wanted === undefined || transform === undefined) return undefined;
    const column = known.get(place) ?? told(place, transform);
    known.set(place, column);
    return {
      transform,
      expected: expectedColumn(column.byHour, wanted),
      inflation: column.inflation,
    };
  };
}

/** What a baseline's history lacks until the promised rate of false alarms can be kept, in words; empty where nothing is. */
export function missingForCalibration(
  ring: BlockRing | undefined,
  windowMs: number | undefined,
): readonly string[] {
  if (ring === undefined)
    return ['two days of windows, because the rows of the baseline have no times'];
  const calibration = calibrateToHistory(ring, windowMs);
  if (calibration?.ready) return [];
  const blocks = calibration?.blocks ?? ring.blocks.length;
  const missing: string[] = [];
  if (blocks < NEEDED_BLOCKS)
    missing.push(`${NEEDED_BLOCKS - blocks} more blocks of time in the baseline`);
  if ((calibration?.spanMs ?? 0) < NEEDED_SPAN_MS)
    missing.push('a baseline that contains every hour of the day twice');
  return missing.length > 0 ? missing : ['a history in blocks no longer than a window'];
}
