import type { Random } from '../leaves/random.js';
import type { DecodedTable, DecodeLimits } from '../wire/decoded-table.js';

/**
 * Those rows of a call that may be kept, with the lot of each. A buffer keeps the rows of the lowest lots, so that rows
 * whose lots are too high already need not even be copied.
 */
export interface RowChoice {
  /** How many rows the call has. */
  readonly count: number;
  /** Places of the chosen rows, ascending. */
  readonly places: readonly number[];
  /** For each chosen row its lot, from 0 to 1. */
  readonly lots: readonly number[];
  /** All rows whose lots are below are chosen. */
  readonly threshold: number;
}

/**
 * Draws a lot for each of `count` rows, and chooses those whose lots are below `threshold`; where there are none, the row of
 * the lowest, so that a call always has a row to stand for it. The time it takes depends on the chosen rows, not on all.
 *
 * Source: geometric gaps between chosen rows, as in L. Devroye, "Non-uniform random variate generation" (1986), XII.
 */
export function chooseRows(count: number, threshold: number, random: Random): RowChoice {
  const places: number[] = [];
  const lots: number[] = [];
  const logMiss = Math.log1p(-threshold);
  const gap = (): number => Math.floor(Math.log(1 - random()) / logMiss);
  for (let place = gap(); place < count; place += 1 + gap()) {
    places.push(place);
    lots.push(threshold * random());
  }
  if (places.length === 0) {
    places.push(Math.floor(random() * count));
    // The least of so many lots above the threshold.
    lots.push(threshold + (1 - threshold) * (1 - (1 - random()) ** (1 / count)));
  }
  return { count, places, lots, threshold };
}

/** Chooses of so many rows of a call to a model; `undefined`: all of them. */
export type Draw = (model: string, count: number) => RowChoice | undefined;

/** The limits of one call, with what was chosen of its rows: X and Y are copied in the same places. */
export class RowPick implements DecodeLimits {
  readonly columns: number;
  readonly cells: number;
  readonly #model: string;
  readonly #draw: Draw;
  #choice: RowChoice | undefined;

  constructor({ columns, cells }: DecodeLimits, model: string, draw: Draw) {
    this.columns = columns;
    this.cells = cells;
    this.#model = model;
    this.#draw = draw;
  }

  choose(count: number): readonly number[] | undefined {
    if (count <= 1) return undefined;
    if (this.#choice === undefined) this.#choice = this.#draw(this.#model, count);
    return this.#choice?.count === count ? this.#choice.places : undefined;
  }

  /** What was chosen, where the table holds just that. */
  choiceOf(table: DecodedTable | undefined): RowChoice | undefined {
    return table?.count === undefined || table.count !== this.#choice?.count
      ? undefined
      : this.#choice;
  }
}

/** The chosen rows of a table that may hold them all. */
export function onlyChosen(
  table: DecodedTable | undefined,
  choice: RowChoice | undefined,
): DecodedTable | undefined {
  if (table === undefined || choice === undefined || table.count !== undefined) return table;
  const { places, count } = choice;
  return { names: table.names, rows: places.map((place) => table.rows[place] ?? []), count };
}
