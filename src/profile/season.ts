import type { Block } from './block.js';
import { type Cycle, hourOf } from './cycle.js';

/** Rows by the hour of a cycle that they came in, as blocks of the same transforms; hours without rows are absent. */
export class Season {
  readonly cycle: Cycle;
  readonly #hours = new Map<number, Block>();

  constructor(cycle: Cycle) {
    this.cycle = cycle;
  }

  get hours(): ReadonlyMap<number, Block> {
    return this.#hours;
  }

  /** Adds blocks of at most an hour, or of one hour of many days, to the hour that most of them lies in. */
  add(blocks: Iterable<Block>): void {
    for (const block of blocks) {
      const hour = hourOf(this.cycle, (block.from + block.to) / 2);
      const known = this.#hours.get(hour);
      if (known === undefined) this.#hours.set(hour, block.clone());
      else known.merge(block, { keepTime: true });
    }
  }
}
