/**
 * Walks over the distinct values of two sorted samples in increasing order and tells how often each occurs in either: what
 * every rank statistic is made of, with ties in one piece.
 */
export function walkPooled(
  xs: Float64Array,
  ys: Float64Array,
  visit: (inX: number, inY: number, value: number) => void,
): void {
  let i = 0;
  let j = 0;
  while (i < xs.length || j < ys.length) {
    const x = i < xs.length ? (xs[i] as number) : Number.POSITIVE_INFINITY;
    const y = j < ys.length ? (ys[j] as number) : Number.POSITIVE_INFINITY;
    const value = Math.min(x, y);
    const firstX = i;
    const firstY = j;
    while (i < xs.length && xs[i] === value) i += 1;
    while (j < ys.length && ys[j] === value) j += 1;
    visit(i - firstX, j - firstY, value);
  }
}

/** Whether any value occurs twice in the two samples together. */
export function hasTies(xs: Float64Array, ys: Float64Array): boolean {
  let tied = false;
  walkPooled(xs, ys, (inX, inY) => {
    if (inX + inY > 1) tied = true;
  });
  return tied;
}
