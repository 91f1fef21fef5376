/** Beyond these a number is not a count of decimal places, but of digits. */
const LEAST = 1e-5;
const MOST = 1e9;
const POWERS = Float64Array.from({ length: 16 }, (_, power) => 10 ** power);
const SINGLE_DIGITS = 9;

/**
 * The shortest decimal that rounds to the same float32, if the number is one that a float32 holds; else the number
 * itself. The 0.1 of a float32 is 0.10000000149011612 as a float64: writers of JSON and CSV write 0.1, and so it is the
 * same value whichever way it came. Whole numbers stay as they are. One comparison for a float64 that is no float32.
 */
export function shortestSingle(value: number): number {
  if (Math.fround(value) !== value || Math.floor(value) === value) return value;
  const size = Math.abs(value);
  if (size >= LEAST && size < MOST) {
    for (let places = 1; places < POWERS.length; places += 1) {
      const power = POWERS[places] as number;
      const candidate = Math.round(value * power) / power;
      if (Math.fround(candidate) === value) return candidate;
    }
  }
  return shortest(value, Math.fround, SINGLE_DIGITS);
}

/** The shortest decimal that a function rounds to the same value. */
export function shortest(value: number, round: (value: number) => number, most: number): number {
  for (let digits = 1; digits <= most; digits += 1) {
    const candidate = Number(value.toPrecision(digits));
    if (round(candidate) === value) return candidate;
  }
  return value;
}

const HALF_DIGITS = 5;
const BRAIN_DIGITS = 4;

/** The shortest decimal that rounds to the same float16. */
export const shortestHalf = (value: number): number =>
  shortest(value, (each) => rounded(each, 10, -14), HALF_DIGITS);

/** The shortest decimal that rounds to the same bfloat16. */
export const shortestBrain = (value: number): number =>
  shortest(value, (each) => rounded(each, 7, -126), BRAIN_DIGITS);

/** A number with so many bits after the first, half to even, and no exponent below the least. */
function rounded(value: number, bits: number, least: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const unit = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(value))), least) - bits);
  const steps = value / unit;
  const nearest = Math.round(steps);
  const isTie = Math.abs(steps - Math.trunc(steps)) === 0.5;
  return (isTie ? 2 * Math.round(steps / 2) : nearest) * unit;
}
