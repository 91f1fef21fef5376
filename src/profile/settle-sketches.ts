import { FrequentItems } from '../sketch/frequent-items.js';
import type { ReadSketches } from './sketch-parts.js';
import { NO_READINGS } from './value-counts.js';

/** Strings that all turned out to be numbers, times or truths become what they are; other columns stay as they are. */
export function settleSketches(sketches: ReadSketches): void {
  const { counts, readings, mark, namesNumbers } = sketches;
  const { integer, decimal, truth, time } = readings;
  if (counts.string === 0) return;
  const numeric = integer + decimal + sketches.dressedStrings;
  const times = time + sketches.orderedDates;
  if (counts.string === numeric && (counts.boolean === 0 || namesNumbers)) {
    readings.whole += sketches.wholeStrings;
    counts.number += numeric;
    if (!namesNumbers) {
      if (mark !== undefined) sketches.numbers = sketches.dressed?.by(mark) ?? sketches.numbers;
      sketches.items = new FrequentItems();
    }
  } else if (counts.string === times && !namesNumbers) {
    sketches.times = sketches.allTimes();
    counts.date += times;
    sketches.items = new FrequentItems();
  } else if (counts.string === truth) counts.boolean += truth;
  else return;
  counts.string = 0;
  Object.assign(readings, { ...NO_READINGS, whole: readings.whole });
  sketches.wholeDecimals = 0;
  sketches.texts = undefined;
  sketches.dressed = undefined;
  sketches.dates = undefined;
}
