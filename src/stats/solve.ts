/**
 * The x between `low` and `high` (both above 0) where a decreasing function meets the target, to the last digits, by
 * bisection: no derivative, no starting guess, no failure. About 60 evaluations.
 */
export function solveDecreasing(
  decreasing: (x: number) => number,
  target: number,
  low: number,
  high: number,
): number {
  let below = low;
  let above = high;
  for (let step = 0; step < 2000; step += 1) {
    // The geometric mean while the ends are far apart finds tiny roots with full relative precision.
    const middle = above > 4 * below ? Math.sqrt(below) * Math.sqrt(above) : (below + above) / 2;
    if (middle <= below || middle >= above) return middle;
    if (decreasing(middle) > target) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}
