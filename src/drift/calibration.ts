import { type BaselineTransforms, BLOCK_BINS, type ColumnTransform } from '../profile/baseline-transforms.js';
import type { Block, BlockColumn } from '../profile/block.js';
import type { BlockRing } from '../profile/block-ring.js';
import { familyOf } from '../profile/schema.js';
import { INDEPENDENT, type Inflation } from './inflation.js';

/** How much windows of a stream vary by themselves, as told by a baseline's history. */
export interface Calibration {
  /** How many blocks of time tell it, and over how long, ms. */
  readonly blocks: number;
  readonly spanMs: number;
  /** Whether that is enough for the promised rate of false alarms: 30 blocks over two days. */
  readonly ready: boolean;
  /** A column's factors; those of independent rows where the history does not know it. */
  inflationOf(column: string): Inflation;
  /** The factor for how columns go together. */
  readonly joint: number;
}

/** From so many blocks on over so long a span the promise is kept: two days hold every hour twice. */
export const NEEDED_BLOCKS = 30;
export const NEEDED_SPAN_MS: number = 2 * 86_400_000;
/** Fewer blocks than this say nothing about how much they vary. */
const LEAST_BLOCKS = 10;
/** A block with fewer values than this is left out. */
const LEAST_VALUES = 5;

/**
 * What the blocks of a baseline say about the variance of a window's statistics: batch means. How much the means of blocks
 * differ, against how much they would if rows were independent, is the factor by which variances are larger; it is known
 * with blocks − 1 degrees of freedom. Seasons within the history make blocks differ too, and so widen what counts as usual.
 *
 * @param windowMs how long the windows last that are to be judged: neighbouring blocks are joined up to that, while ten are
 *   left; where blocks are longer than windows, what goes on within a block is not known and the promise can't be kept.
 * @returns `undefined` where there are fewer than ten blocks.
 *
 * Source: batch means, e.g. C. Geyer, "Practical Markov chain Monte Carlo" (1992) §3.2.
 */
export function calibrate(ring: BlockRing, windowMs?: number): Calibration | undefined {
  const blocks = joined(ring, windowMs);
  const [first, last] = [blocks[0], blocks.at(-1)];
  if (first === undefined || last === undefined || blocks.length < LEAST_BLOCKS) return undefined;
  const spanMs = last.to - first.from;
  const known = inflations(ring.transforms, blocks);
  const locations = [...known.values()].map(({ waerden }) => waerden);
  const within = windowMs === undefined || ring.widthMs <= Math.max(windowMs, 2 * (last.to - last.from));
  return {
    blocks: blocks.length,
    spanMs,
    ready: blocks.length >= NEEDED_BLOCKS && spanMs >= NEEDED_SPAN_MS - ring.widthMs && within,
    inflationOf: (column) => known.get(column) ?? INDEPENDENT,
    joint: locations.length === 0 ? 1 : locations.reduce((sum, factor) => sum + factor, 0) / locations.length,
  };
}

/** Neighbours together, until they last as long as a window or ten are left. */
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

function inflations(transforms: BaselineTransforms, blocks: readonly Block[]): Map<string, Inflation> {
  const degrees = blocks.length - 1;
  return new Map(
    transforms.columns.map((transform, place) => {
      const columns = blocks.map((block) => block.column(place));
      return [transform.name, { ...factorsOf(transform, columns), degrees }];
    }),
  );
}

function factorsOf(transform: ColumnTransform, all: readonly BlockColumn[]): Omit<Inflation, 'degrees'> {
  const shares = dispersion(
    all.map(({ count, missing }) => ({ total: count + missing, part: missing })),
    (share) => share * (1 - share),
  );
  const blocks = all.filter(({ count }) => count >= LEAST_VALUES);
  const family = familyOf(transform.type);
  const counted = { ...INDEPENDENT, shares };
  if (blocks.length < LEAST_BLOCKS) return counted;
  if (family === 'categorical') return { ...counted, counts: ofCounts(blocks) };
  if (family !== 'numeric') return counted;
  const total = blocks.reduce((sum, { count }) => sum + count, 0);
  const mean = blocks.reduce((sum, { scores }) => sum + scores, 0) / total;
  const square = blocks.reduce((sum, { squares }) => sum + squares, 0) / total;
  const variance = Math.max(square - mean * mean, 1e-9);
  const location = dispersion(
    blocks.map(({ count, scores }) => ({ total: count, part: scores })),
    () => variance,
  );
  const spread = dispersion(
    blocks.map(({ count, squares }) => ({ total: count, part: squares })),
    // Of normal scores; ties make it smaller, so that the factor errs downwards there and location's stands in.
    () => 2 * variance * variance,
  );
  const ks = ofRanks(blocks);
  return { ...counted, ks, waerden: location, wilcoxon: location, klotz: spread, counts: 1 };
}

interface Part {
  readonly total: number;
  readonly part: number;
}

/** Σ n (mean of a block − mean)² / (blocks − 1), against the variance of one value; at least 1. */
function dispersion(parts: readonly Part[], varianceOf: (mean: number) => number): number {
  return Math.max(1, between(parts) / Math.max(varianceOf(meanOf(parts)), 1e-12)) || 1;
}

function meanOf(parts: readonly Part[]): number {
  const total = parts.reduce((sum, part) => sum + part.total, 0);
  return total === 0 ? 0 : parts.reduce((sum, { part }) => sum + part, 0) / total;
}

function between(parts: readonly Part[]): number {
  const mean = meanOf(parts);
  const squares = parts.reduce(
    (sum, { total, part }) => sum + (total === 0 ? 0 : total * (part / total - mean) ** 2),
    0,
  );
  return squares / Math.max(1, parts.length - 1);
}

/** Of shares up to each bin's edge, weighted as Cramér and von Mises would. */
function ofRanks(blocks: readonly BlockColumn[]): number {
  const passed = blocks.map(() => 0);
  let [seen, expected] = [0, 0];
  for (let bin = 0; bin < BLOCK_BINS - 1; bin += 1) {
    const parts = blocks.map(({ count, bins }, place) => {
      passed[place] = (passed[place] as number) + (bins[bin] as number);
      return { total: count, part: passed[place] as number };
    });
    const share = meanOf(parts);
    seen += between(parts);
    expected += share * (1 - share);
  }
  return expected > 0 ? Math.max(1, seen / expected) : 1;
}

/** Pearson's dispersion of a table of counts: X² over its degrees of freedom. */
function ofCounts(blocks: readonly BlockColumn[]): number {
  let [statistic, categories] = [0, 0];
  for (let bin = 0; bin < BLOCK_BINS; bin += 1) {
    const parts = blocks.map(({ count, bins }) => ({ total: count, part: bins[bin] as number }));
    const share = meanOf(parts);
    if (share <= 0) continue;
    categories += 1;
    statistic += between(parts) / share;
  }
  return categories < 2 ? 1 : Math.max(1, statistic / (categories - 1));
}
