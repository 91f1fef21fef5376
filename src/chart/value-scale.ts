import { scaleLinear } from 'd3-scale';

/** Maps values to places along an axis, and picks round values for its ticks. */
export interface ValueScale {
  (value: number): number;
  ticks(count: number): number[];
}

/** Spans between these are drawn as they are: their steps and their squares are ordinary numbers. */
const ORDINARY = { least: 1e-290, greatest: 1e290 } as const;
/** A power of two, so that nothing is rounded. */
const FACTOR = 2 ** 600;

/**
 * A linear scale for values of any size: near the ends of a double's range the steps between ticks would vanish or overflow, so there
 * values are drawn in another unit.
 *
 * @param nice about how many round steps the domain is widened to. @default as it is
 */
export function valueScale(
  [low, high]: readonly [low: number, high: number],
  range: readonly [from: number, to: number],
  nice?: number,
): ValueScale {
  const factor = factorOf(Math.max(high - low, Math.abs(low), Math.abs(high)), high - low);
  const scale = scaleLinear()
    .domain([low * factor, high * factor])
    .range(range);
  if (nice !== undefined) scale.nice(nice);
  const place = (value: number): number => scale(value * factor);
  return Object.assign(place, {
    ticks: (count: number) => scale.ticks(count).map((tick) => tick / factor),
  });
}

function factorOf(size: number, span: number): number {
  if (size > ORDINARY.greatest) return 1 / FACTOR;
  return span > 0 && size < ORDINARY.least ? FACTOR : 1;
}
