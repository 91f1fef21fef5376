/** More moves a value would cost more to finish by insertion than it saves: values crowd into few bins, and differ there. */
const MOST_MOVES = 16;

/** A table has many columns: an order is walked over once, and then gives place to the next. */
let scratch = newScratch(512);

function newScratch(length: number): { readonly order: Uint32Array; readonly starts: Uint32Array } {
  return { order: new Uint32Array(length), starts: new Uint32Array(length + 1) };
}

/**
 * The places of finite numbers in increasing order, equal ones in any, good until the next call: one bin per value between the least and the greatest,
 * then insertion; where unlike values crowd into few bins, the engine's own sort. O(n) for ordinary distributions.
 */
export function sortedOrder(values: Float64Array): Uint32Array {
  const { length } = values;
  if (scratch.order.length < length) scratch = newScratch(2 * length);
  const order = scratch.order.subarray(0, length);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < length; index += 1) {
    const value = values[index] as number;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const scale = (length - 1) / (max - min);
  const starts = scratch.starts.fill(0, 0, length + 1);
  if (!(scale > 0 && scale < 1e300)) return byEngine(values, order);
  for (let index = 0; index < length; index += 1) {
    const bin = (((values[index] as number) - min) * scale) | 0;
    starts[bin + 1] = (starts[bin + 1] as number) + 1;
  }
  for (let bin = 1; bin <= length; bin += 1)
    starts[bin] = (starts[bin] as number) + (starts[bin - 1] as number);
  for (let index = 0; index < length; index += 1) {
    const bin = (((values[index] as number) - min) * scale) | 0;
    const place = starts[bin] as number;
    starts[bin] = place + 1;
    order[place] = index;
  }
  let moves = MOST_MOVES * length;
  for (let at = 1; at < length; at += 1) {
    const index = order[at] as number;
    const value = values[index] as number;
    let place = at;
    while (place > 0 && (values[order[place - 1] as number] as number) > value) {
      order[place] = order[place - 1] as number;
      place -= 1;
    }
    order[place] = index;
    moves -= at - place;
    if (moves < 0) return byEngine(values, order);
  }
  return order;
}

function byEngine(values: Float64Array, order: Uint32Array): Uint32Array {
  for (let index = 0; index < order.length; index += 1) order[index] = index;
  return order.sort((a, b) => (values[a] as number) - (values[b] as number));
}
