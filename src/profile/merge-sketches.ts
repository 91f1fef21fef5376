import { DateOrders } from './date-orders.js';
import { DressedNumbers } from './dressed-numbers.js';
import { ListSummary } from './list-summary.js';
import { NumberSummary } from './number-summary.js';
import { RisingNumbers } from './rising-numbers.js';
import type { SketchParts } from './sketch-parts.js';
import { TextSummary } from './text-summary.js';
import { addCounts } from './value-counts.js';
import { VectorSummary } from './vector-summary.js';

/** Takes the sketches of other rows into those of a column; `other` is left as it is. */
export function mergeSketches(sketches: SketchParts, other: SketchParts): void {
  mergeRising(sketches, other);
  // Before the counts: they say what a side without dressed numbers has.
  mergeDressed(sketches, other);
  addCounts(sketches.counts, other.counts);
  addCounts(sketches.readings, other.readings);
  sketches.measures += other.measures;
  sketches.wholeDecimals += other.wholeDecimals;
  sketches.numbers.merge(other.numbers);
  sketches.items.merge(other.items);
  if (other.times !== undefined) {
    sketches.times ??= new NumberSummary();
    sketches.times.merge(other.times);
  }
  if (other.texts !== undefined) {
    sketches.texts ??= new TextSummary();
    sketches.texts.merge(other.texts);
  }
  if (other.dates !== undefined) {
    sketches.dates ??= new DateOrders();
    sketches.dates.merge(other.dates);
  }
  if (other.lists !== undefined) {
    sketches.lists ??= new ListSummary();
    sketches.lists.merge(other.lists);
  }
  if (other.vectors !== undefined) mergeVectors(sketches, other.vectors);
}

/** A side without numbers leaves those of the other as they are. */
function mergeRising(sketches: SketchParts, other: SketchParts): void {
  if (other.numbers.count === 0) return;
  if (sketches.numbers.count === 0) sketches.rising = new RisingNumbers();
  const { rising } = sketches;
  if (rising === undefined) return;
  if (other.rising === undefined || !rising.merge(other.rising)) sketches.rising = undefined;
}

/** A side without dressed numbers has its plain ones, by either mark, unless they have decimal points. */
function mergeDressed(sketches: SketchParts, other: SketchParts): void {
  if (sketches.dressed === undefined && other.dressed === undefined) return;
  sketches.dressed ??= new DressedNumbers(sketches.numbers, sketches.readings.decimal > 0);
  sketches.dressed.merge(
    other.dressed ?? new DressedNumbers(other.numbers, other.readings.decimal > 0),
  );
  if (sketches.dressed.strings === 0 && sketches.dressed.comma === undefined)
    sketches.dressed = undefined;
}

/** Vectors of another dimension do not mix: the side with fewer of them counts as `other` (of equals, the longer). */
function mergeVectors(sketches: SketchParts, theirs: VectorSummary): void {
  const ours = sketches.vectors ?? new VectorSummary(theirs.dimension);
  if (ours.dimension === theirs.dimension) {
    ours.merge(theirs);
    sketches.vectors = ours;
    return;
  }
  const keepOurs =
    ours.count === theirs.count ? ours.dimension < theirs.dimension : ours.count > theirs.count;
  const dropped = keepOurs ? theirs : ours;
  sketches.counts.vector -= dropped.count;
  sketches.counts.other += dropped.count;
  if (keepOurs) return;
  sketches.vectors = new VectorSummary(theirs.dimension);
  sketches.vectors.merge(theirs);
}
