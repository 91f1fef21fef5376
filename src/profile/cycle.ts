import { HOUR_MS } from '../leaves/time.js';

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
