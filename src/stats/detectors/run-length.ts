import {
  finite,
  listOf,
  notNegative,
  number,
  type OptionRule,
  option,
  type Rule,
  whole,
} from '../../leaves/option-rules.js';
import type { Random } from '../../leaves/random.js';

/** Many independent streams without any change, which advance together from time 0. */
export interface StreamSimulation {
  readonly streams: number;
  /** Advances one stream over the times [from, to) and returns the largest test statistic it met there. */
  advance(stream: number, from: number, to: number): number;
  /** Makes stream `to` a copy of stream `from`. */
  copy(from: number, to: number): void;
}

/** Levels that a test statistic must exceed, at times counted from 0; linear in between, constant after the last. */
export interface Thresholds {
  readonly times: readonly number[];
  readonly levels: readonly number[];
}

/** Options that all tests with a target run length share. */
export interface RunLengthOptions {
  /** Mean number of values to a false alarm; 20 to 1e9. @default 10_000 */
  readonly expectedRunLength?: number;
  /** Sizes of the windows that are tested side by side; 1 to 8 whole numbers from 2 to 10,000. @default [20, 100] */
  readonly windowSizes?: readonly number[];
  /** Seed of the calibration and of tie-breaking; a whole number of 32 bits. @default 0 */
  readonly seed?: number;
  /**
   * Values simulated for the calibration, 1e5 to 1e8. The run length's relative error is about √(3E / calibrationSteps), with E
   * the expected run length or calibrationSteps / 2000, whichever is less: 4 % by default. A longer run length is extrapolated:
   * ten times as long within some 20 %, for rates below 0.02 within a factor of 2. Peak memory: 2 bytes a value.
   * @default 2e7, enough for the default run length
   */
  readonly calibrationSteps?: number;
  /** `.thresholds` of an earlier test with the same options, to skip the calibration. @default calibrated, and cached */
  readonly thresholds?: Thresholds | undefined;
}

const thresholdsRule: Rule<Thresholds | null> = {
  expected: 'the .thresholds of another test',
  accepts: (value): value is Thresholds | null => {
    if (value === null) return true;
    if (typeof value !== 'object') return false;
    const { times, levels } = value as Partial<Thresholds>;
    if (!listOf(notNegative, 1000, 1).accepts(times) || !listOf(finite, 1000, 1).accepts(levels))
      return false;
    const ascending = times.every(
      (time, index) => index === 0 || time > (times[index - 1] as number),
    );
    return ascending && times.length === levels.length && (times.at(-1) as number) <= 1e6;
  },
};

/** The rules of {@link RunLengthOptions}, for each test's own table. */
export const RUN_LENGTH_RULES: {
  readonly expectedRunLength: OptionRule<number>;
  readonly windowSizes: OptionRule<readonly number[]>;
  readonly seed: OptionRule<number>;
  readonly calibrationSteps: OptionRule<number>;
  readonly thresholds: OptionRule<Thresholds | null>;
} = {
  expectedRunLength: option(
    10_000,
    number('a number from 20 to 1e9', (value) => value >= 20 && value <= 1e9),
  ),
  windowSizes: option<readonly number[]>(Object.freeze([20, 100]), listOf(whole(2, 10_000), 8, 1)),
  seed: option(0, whole(0, 0xffffffff)),
  calibrationSteps: option(2e7, whole(1e5, 1e8)),
  thresholds: option<Thresholds | null>(null, thresholdsRule),
};

const calibrated = new Map<string, Thresholds>();
const MOST_CALIBRATED = 64;

/** What was calibrated before under this key in this process, else what `find` finds; the newest 64 are kept. */
export function cachedThresholds(key: string, find: () => Thresholds): Thresholds {
  const known = calibrated.get(key) ?? find();
  calibrated.delete(key);
  calibrated.set(key, known);
  if (calibrated.size > MOST_CALIBRATED)
    calibrated.delete(calibrated.keys().next().value as string);
  return known;
}

/** Levels that no one else can change. */
export function copyThresholds({ times, levels }: Thresholds): Thresholds {
  return { times: [...times], levels: [...levels] };
}

/** How {@link calibrate} goes about. */
export interface CalibrationPlan {
  /** Wanted mean number of values to a false alarm. */
  readonly expectedRunLength: number;
  /** Values to simulate. */
  readonly steps: number;
  /** Time from which on the level stays constant. */
  readonly settled: number;
  /** Length of the stretch after `settled` that the constant level is taken from. */
  readonly measured: number;
  /** Chooses the survivors that take an alarmed stream's place. */
  readonly random: Random;
}

/** Alarms to see at least in a simulation; where the wanted run length gives fewer, the levels are extrapolated. */
const LEAST_ALARMS = 2000;

/** The slope for that is taken from a simulation of an eighth of the run length, with a quarter of the streams. */
const SLOPE = { runLength: 1 / 8, streams: 1 / 4 };

/** Quantiles in the tail need some streams, however long the windows. */
const LEAST_STREAMS = 200;

/** A block of constant level is at most this share of the time before it: levels fall fast at first, slowly later. */
const BLOCK_SHARE = 0.25;

/**
 * Finds levels for a test statistic such that, at every time, a stream that has not alarmed so far does so with chance
 * 1 / expectedRunLength: the run length is geometric, its hazard flat.
 *
 * Time is cut into growing blocks. All streams run through a block; the level is the quantile of their largest statistic that
 * lets through the block's share of alarms; streams that exceed it are replaced by copies of random survivors, so the next
 * block sees streams conditioned on silence. A run length beyond 1/2000 of all simulated values would see too few alarms;
 * for that the levels are extrapolated, linearly in the logarithm of the run length.
 *
 * Cost: `steps` values in time (a quarter more when extrapolating); the simulation's own state, in memory.
 *
 * Source: Cobb, Van Looveren, Klaise, "Sequential multivariate change detection with calibrated and memoryless false
 * detection rates" (AISTATS 2022); the replacement is Fleming and Viot's particle scheme.
 *
 * @param simulate makes that many new streams
 */
export function calibrate(
  simulate: (streams: number) => StreamSimulation,
  plan: CalibrationPlan,
): Thresholds {
  const streams = Math.max(LEAST_STREAMS, Math.floor(plan.steps / (plan.settled + plan.measured)));
  const runLength = Math.min(plan.expectedRunLength, plan.steps / LEAST_ALARMS);
  const found = levelsFor(simulate(streams), runLength, plan);
  if (runLength === plan.expectedRunLength) return found;
  const fewer = simulate(Math.max(LEAST_STREAMS, Math.floor(streams * SLOPE.streams)));
  const lower = levelsFor(fewer, runLength * SLOPE.runLength, plan);
  const slope =
    ((found.levels.at(-1) as number) - (lower.levels.at(-1) as number)) /
    -Math.log(SLOPE.runLength);
  const further = slope * Math.log(plan.expectedRunLength / runLength);
  return { times: found.times, levels: found.levels.map((level) => level + further) };
}

function levelsFor(
  simulation: StreamSimulation,
  runLength: number,
  plan: CalibrationPlan,
): Thresholds {
  const end = plan.settled + plan.measured;
  const largest = new Float64Array(simulation.streams);
  const times: number[] = [];
  const levels: number[] = [];
  let settledSum = 0;
  for (let from = 0; from < end; ) {
    const to = blockEnd(from, from < plan.settled ? plan.settled : end, plan.measured / 8);
    for (let stream = 0; stream < simulation.streams; stream += 1) {
      largest[stream] = simulation.advance(stream, from, to);
    }
    const level = upperQuantile(largest, 1 - (1 - 1 / runLength) ** (to - from));
    replaceAlarmed(simulation, largest, level, plan.random);
    if (from < plan.settled) {
      times.push((from + to - 1) / 2);
      levels.push(level);
    } else {
      settledSum += level * (to - from);
    }
    from = to;
  }
  times.push(plan.settled);
  levels.push(settledSum / plan.measured);
  return { times, levels };
}

/** Levels by time, ready for use: one for each time up to the last; the last stands for all later ones. */
export function tabulate({ times, levels }: Thresholds): Float64Array {
  const last = times.at(-1) as number;
  const table = new Float64Array(Math.floor(last) + 1);
  for (let time = 0, knot = 0; time < table.length; time += 1) {
    while (knot + 1 < times.length && (times[knot + 1] as number) <= time) knot += 1;
    const start = times[knot] as number;
    const stop = times[knot + 1] ?? start;
    const along = stop > start ? Math.max(0, (time - start) / (stop - start)) : 0;
    const level = levels[knot] as number;
    table[time] = level + along * ((levels[knot + 1] ?? level) - level);
  }
  return table;
}

function blockEnd(from: number, end: number, longest: number): number {
  const length = Math.max(1, Math.min(Math.floor(from * BLOCK_SHARE), Math.ceil(longest)));
  return Math.min(end, from + length);
}

/** The value that a share of all values exceeds, linear between order statistics; needs no sorted input. */
function upperQuantile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort();
  const place = Math.min(
    sorted.length - 1,
    Math.max(0, sorted.length - (sorted.length + 1) * share),
  );
  const below = Math.floor(place);
  const low = sorted[below] as number;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}

function replaceAlarmed(
  simulation: StreamSimulation,
  largest: Float64Array,
  level: number,
  random: Random,
): void {
  for (let stream = 0; stream < largest.length; stream += 1) {
    if (!((largest[stream] as number) > level)) continue;
    let survivor = Math.floor(random() * largest.length);
    // At least one stream is silent: the level is not below the least of them.
    while ((largest[survivor] as number) > level) survivor = (survivor + 1) % largest.length;
    simulation.copy(survivor, stream);
  }
}
