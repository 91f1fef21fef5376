import type { Block } from './block.js';

export const HOUR_MS = 3_600_000;

/** What comes again: a day, or a week. */
export type Cycle = 'day' | 'week';

/** How many hours it has. */
export const HOURS_OF: Readonly<Record<Cycle, number>> = { day: 24, week: 168 };

/** The epoch was a Thursday, 72 hours into its week. */
const HOURS_BEFORE: Readonly<Record<Cycle, number>> = { day: 0, week: 72 };

/** The hour of the day, or of the week (0 is Monday from midnight to one), of a time in epoch ms; UTC. */
export function hourOf(cycle: Cycle, time: number): number {
  const hours = HOURS_OF[cycle];
  return (((Math.floor(time / HOUR_MS) + HOURS_BEFORE[cycle]) % hours) + hours) % hours;
}

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
