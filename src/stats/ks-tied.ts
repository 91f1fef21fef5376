import { ksTiedExact } from './ks-tied-exact.js';
import type { PooledGroups } from './pooled-groups.js';

/** Splits are counted where that takes at most so many steps, about 0.2 ms; a table has many columns. */
const EXACT_STEPS = 2e5;
/** A variance larger by no more than this changes less than the law for many values does where rows are few. */
const NEGLIGIBLE = 1.01;
/** Below, what is counted is rounding. */
const LEAST_EXACT = 1e-10;
/** A value that makes up less of the pooled samples than this is no atom: it is taken with its neighbours as continuous. */
const LEAST_ATOM = 0.01;
/** The largest atoms are jumped over one by one; further ones count as continuous, which errs upwards. */
const MOST_ATOMS = 24;
/** A stretch between atoms that is shorter than this is not walked by itself. */
const LEAST_STRETCH = 0.004;
/** Points on [0, h]; even, for Simpson's rule. */
const POINTS = 32;
/** Images of the density are kept out to here. */
const REACH = 5 * POINTS;
/** Barriers beyond are too far apart for the grid; the p-value is at most that of this one. */
const HIGHEST = 3.4;
/** Within so near a barrier a bridge hardly ever stays. */
const LOWEST = 0.1;
/** Below, 1 − P is too much rounding: the paths that leave are summed instead. */
const LEAST_DIFFERENCE = 1e-3;

interface Stretch {
  /** Its share of the pooled values. */
  readonly length: number;
  /** Whether it is one tied value, inside of which the two distribution functions can't be told apart. */
  readonly atom: boolean;
}

/**
 * The two-sided p-value of a two-sample Kolmogorov–Smirnov distance given the ties in the pooled samples: the share of all splits of
 * the pooled values with so large a distance, where that is quickly counted (`ksTiedExact`), else the law that it tends to with
 * many values, which errs upwards. `undefined` where neither can be had: splits are too many and no value makes up 1 % of the pooled;
 * then the law for continuous data holds.
 *
 * The law for many values: the difference of the two distribution functions is a Brownian bridge that is looked at only between
 * tied values. The chance that it stays within ±h = √(nm/N)·(D − half a step) is carried on from atom to atom on a grid; on
 * stretches without atoms the bridge may not leave in between either (method of images). Below 10⁻³ it is right to some percent of
 * itself; far out in the tail it is the lesser of two upper bounds. Where 80 % are zeros, the law for continuous data rejects .001 at
 * .05; this one .05.
 */
export function ksTiedPValue(
  distance: number,
  groups: PooledGroups,
  inflation = 1,
): number | undefined {
  if (groups.values.length === groups.n + groups.m) return undefined;
  const exact = inflation <= NEGLIGIBLE ? ksTiedExact(distance, groups, EXACT_STEPS) : undefined;
  if (exact !== undefined && exact > LEAST_EXACT) return exact;
  const stretches = stretchesOf(groups);
  if (stretches === undefined) return undefined;
  return Math.min(
    exact === undefined ? 1 : LEAST_EXACT,
    limitLaw(distance, groups, stretches, inflation),
  );
}

function limitLaw(
  distance: number,
  { n, m }: PooledGroups,
  stretches: readonly Stretch[],
  inflation: number,
): number {
  const step = (1 / n + 1 / m) / 2;
  const barrier = Math.sqrt((n * m) / (n + m) / inflation) * (distance - step);
  if (barrier < LOWEST) return 1;
  if (barrier > HIGHEST)
    return Math.min(leaving(HIGHEST, stretches), 2 * Math.exp(-2 * barrier * barrier));
  const short = stretches.flatMap((stretch) =>
    stretch.atom ? [stretch] : inPieces(stretch, barrier),
  );
  const pValue = 1 - stayingWithin(barrier, short);
  return Math.min(1, pValue < LEAST_DIFFERENCE ? leaving(barrier, short) : pValue);
}

/** Images are kept out to five barriers: a stretch without atoms is walked in pieces that end before the bridge can go as far. */
function inPieces({ length }: Stretch, barrier: number): Stretch[] {
  const pieces = Math.ceil(length / (1.25 * barrier) ** 2);
  return Array.from({ length: pieces }, () => ({ length: length / pieces, atom: false }));
}

function stretchesOf({ sizes, n, m }: PooledGroups): Stretch[] | undefined {
  const total = n + m;
  const tied: number[] = [];
  const least = Math.max(2, LEAST_ATOM * total);
  for (let group = 0; group < sizes.length; group += 1)
    if ((sizes[group] as number) >= least) tied.push(group);
  if (tied.length === 0) return undefined;
  const sizeOf = (group: number): number => sizes[group] as number;
  const atoms = tied
    .sort((a, b) => sizeOf(b) - sizeOf(a))
    .slice(0, MOST_ATOMS)
    .sort((a, b) => a - b);
  const stretches: Stretch[] = [];
  let from = 0;
  const before = (end: number): number => {
    let sum = 0;
    for (; from < end; from += 1) sum += sizeOf(from);
    return sum / total;
  };
  for (const atom of atoms) {
    const open = before(atom);
    const own = before(atom + 1);
    if (open >= LEAST_STRETCH)
      stretches.push({ length: open, atom: false }, { length: own, atom: true });
    else stretches.push({ length: open + own, atom: true });
  }
  const rest = before(sizes.length);
  if (rest > 0) stretches.push({ length: rest, atom: rest < LEAST_STRETCH });
  return stretches;
}

/** The chance that a Brownian bridge is within ±h wherever it is looked at. */
function stayingWithin(barrier: number, stretches: readonly Stretch[]): number {
  const spacing = barrier / POINTS;
  // Point i of the density is at (i − REACH) spacings; the bridge begins at 0.
  let density = new Float64Array(2 * REACH + 1);
  let started = false;
  for (const [index, { length, atom }] of stretches.entries()) {
    const reach = atom ? POINTS : REACH;
    if (started) weigh(density, spacing);
    else density[REACH] = 1;
    // Images of opposite sign beyond ±h, and theirs: paths that leave cancel.
    if (!atom)
      imagesOf(density).forEach((image, place) => {
        density[place] = (density[place] as number) + image;
      });
    const kernel = kernelOf(length, spacing);
    if (index === stretches.length - 1)
      return moved(density, kernel, reach, 0) * Math.sqrt(2 * Math.PI);
    const next = new Float64Array(2 * REACH + 1);
    for (let to = 0; to <= POINTS; to += 1) {
      const value = moved(density, kernel, reach, to);
      // The law is symmetric.
      next[REACH + to] = value;
      next[REACH - to] = value;
    }
    density = next;
    started = true;
  }
  return 1;
}

/** The chance that a Brownian bridge is somewhere outside ±h when it is looked at: what leaves in each stretch, summed up. */
function leaving(barrier: number, stretches: readonly Stretch[]): number {
  const spacing = barrier / POINTS;
  let density = new Float64Array(2 * REACH + 1);
  density[REACH] = 1;
  let elapsed = 0;
  let sum = 0;
  for (const [index, { length, atom }] of stretches.entries()) {
    const kernel = kernelOf(length, spacing);
    const images = atom ? undefined : imagesOf(density);
    const crossed = (to: number): number =>
      images === undefined ? 0 : -moved(images, kernel, REACH, to);
    if (index === stretches.length - 1) return sum + crossed(0) * Math.sqrt(2 * Math.PI);
    elapsed += length;
    const rest = 1 - elapsed;
    /** The density of coming back to 0 in the end, by that of a bridge that may go anywhere. */
    const returning = (to: number): number =>
      Math.exp(-((to * spacing) ** 2) / (2 * rest)) / Math.sqrt(rest);
    const next = new Float64Array(2 * REACH + 1);
    let left = 0;
    for (let to = 0; to <= 3 * POINTS; to += 1) {
      const free = moved(density, kernel, POINTS, to);
      const gone = to <= POINTS ? crossed(to) : free;
      // The trapezoid rule, on both sides of 0; at the barrier itself half of what comes there counts as outside.
      const edge = to === POINTS ? (free + gone) / 2 : gone;
      left += (to === 0 ? 1 : 2) * edge * returning(to) * spacing;
      if (to > POINTS) continue;
      const kept = Math.max(0, free - gone) * (to === POINTS ? spacing / 2 : spacing);
      next[REACH + to] = kept;
      next[REACH - to] = kept;
    }
    sum += left;
    density = next;
  }
  return sum;
}

/** What reflecting at ±h takes away from a density inside, and gives back further out. */
function imagesOf(density: Float64Array): Float64Array {
  const images = new Float64Array(density.length);
  for (let place = POINTS; place < REACH; place += 1) {
    if (place === 3 * POINTS) continue;
    const near = place < 3 * POINTS;
    const image =
      (near ? -1 : 1) *
      (density[REACH + (near ? 2 * POINTS - place : place - 4 * POINTS)] as number);
    images[REACH + place] = image;
    images[REACH - place] = image;
  }
  return images;
}

/** The weights of Simpson's rule on either half. */
function weigh(density: Float64Array, spacing: number): void {
  for (let place = -POINTS; place <= POINTS; place += 1) {
    const inner = place % 2 === 0 ? 2 : 4;
    const weight = Math.abs(place) === POINTS ? 1 : inner;
    density[REACH + place] = ((density[REACH + place] as number) * weight * spacing) / 3;
  }
}

/** The density of Brownian motion by distance in spacings. */
function kernelOf(length: number, spacing: number): Float64Array {
  const scale = 1 / Math.sqrt(2 * Math.PI * length);
  const rate = (spacing * spacing) / (2 * length);
  const kernel = new Float64Array(REACH + POINTS + 1);
  for (let steps = 0; steps < kernel.length; steps += 1) {
    const value = scale * Math.exp(-rate * steps * steps);
    if (value < 1e-18 * scale) break;
    kernel[steps] = value;
  }
  return kernel;
}

function moved(density: Float64Array, kernel: Float64Array, reach: number, to: number): number {
  let sum = 0;
  for (let from = -reach; from <= to; from += 1) {
    sum += (density[REACH + from] as number) * (kernel[to - from] as number);
  }
  for (let from = to + 1; from <= reach; from += 1) {
    sum += (density[REACH + from] as number) * (kernel[from - to] as number);
  }
  return sum;
}
