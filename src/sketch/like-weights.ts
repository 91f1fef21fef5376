import { sortRun } from './sort-run.js';

/** Fewer values are not worth the sort. */
const FEWEST = 64;

/** Where values gather that go to one level. No call leaves anything in them. */
let once = new Float64Array(256);
let twice = new Float64Array(256);

/** Where runs of values go. */
export interface Levels {
  /** Takes sorted values in, each of which stands for 2^level. They are copied. */
  insert(sorted: Float64Array, level: number): void;
  /** A number in [0, 1) that the levels' own state decides, and a value that stirs it. */
  draw(value: number): number;
}

/**
 * Puts those of the values that have one weight into the levels: each at one place, where a place for each binary digit of
 * the weight would be two to ten. With 2^h the largest power of 2 in the weight w, a value stands for 2^h or for 2^(h+1), so that
 * any values next to each other stand for their share of all to within 2^h; what is left over, less than 2^h, goes to one of them by its
 * digits. Every value has the expected weight w, and the weights sum to what they are.
 *
 * Source: systematic sampling of a list in order, as in Y. Tillé, "Sampling Algorithms" (2006), 7.1.
 */
export function insertLike(
  levels: Levels,
  values: Float64Array,
  weights: ArrayLike<number>,
  weight: number,
): void {
  const run = valuesOf(values, weights, weight);
  if (run.length === 0) return;
  sortRun(run, 0, run.length);
  let level = 0;
  let unit = 1;
  for (; unit * 2 <= weight; unit *= 2) level += 1;
  if (unit === weight || run.length < FEWEST) {
    insertDigits(levels, run, weight);
    return;
  }
  const total = weight * run.length;
  const units = Math.floor(total / unit);
  const odd = run[Math.floor(levels.draw(run[0] as number) * run.length)] as number;
  const start = levels.draw(odd);
  let single = 0;
  let double = 0;
  let before = 0;
  for (let index = 0; index < run.length; index += 1) {
    const value = run[index] as number;
    const after =
      index === run.length - 1 ? units : Math.floor(((index + 1) * units) / run.length + start);
    if (after - before === 1) once[single++] = value;
    else twice[double++] = value;
    before = after;
  }
  levels.insert(once.subarray(0, single), level);
  levels.insert(twice.subarray(0, double), level + 1);
  insertDigits(levels, Float64Array.of(odd), total - units * unit);
}

/** The digit of level h says whether sorted values of one weight go there too, standing for 2^h. */
function insertDigits(levels: Levels, sorted: Float64Array, weight: number): void {
  for (let [level, left] = [0, weight]; left > 0; level += 1, left = Math.floor(left / 2)) {
    if (left % 2 === 1) levels.insert(sorted, level);
  }
}

function valuesOf(values: Float64Array, weights: ArrayLike<number>, weight: number): Float64Array {
  if (once.length < values.length) {
    once = new Float64Array(values.length);
    twice = new Float64Array(values.length);
  }
  let held = 0;
  for (let index = 0; index < values.length; index += 1) {
    if (weights[index] !== weight) continue;
    once[held] = values[index] as number;
    held += 1;
  }
  return once.subarray(0, held);
}
