import { DURATION_MS } from '../clock.js';

/** For so long a window may have too few rows before that is called no data. */
const THIN_FOR_MS = 7 * (DURATION_MS.d as number);

/** What a monitor that hears too little is told from. Times are epoch ms. */
export interface Traffic {
  /** When the latest row came, or the start. */
  readonly lastRowAt: number;
  /** When the first row of a window came that has fewer rows than any window takes. */
  readonly thinSince: number | null;
  readonly windowRows: number;
  /** Rows that the next cut needs. */
  readonly neededRows: number;
  readonly periodMs: number | undefined;
}

/** Why there is no data to speak of, and since when. */
export interface Silence {
  readonly reason: string;
  readonly since: number;
}

const count = (value: number): string => value.toLocaleString('en-US');

/** Tells no data: no row for two periods, or a week in which a window did not fill. `undefined` where there is enough. */
export function silenceOf({ lastRowAt, thinSince, ...traffic }: Traffic, now: number): Silence | undefined {
  const { windowRows, neededRows, periodMs } = traffic;
  if (periodMs !== undefined && now - lastRowAt > 2 * periodMs) {
    return { reason: `no row for ${Math.round((now - lastRowAt) / 60_000)} minutes`, since: lastRowAt };
  }
  if (thinSince === null || now - thinSince <= THIN_FOR_MS) return undefined;
  const days = Math.floor((now - thinSince) / (DURATION_MS.d as number));
  return { reason: `${count(windowRows)} rows in ${days} days; a window takes ${count(neededRows)}`, since: thinSince };
}
