import { formatCount } from '../../leaves/text.js';
import { DAY_MS, MINUTE_MS } from '../../leaves/time.js';

/** For so long a window may have too few rows before that is called no data. */
const THIN_FOR_MS = 7 * DAY_MS;

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

/** What a monitor whose captures do not come is told from. Times are epoch ms. */
export interface Captures {
  /** When a tick was last found settled, here or elsewhere. */
  readonly settledAt: number;
  /** Why the log could not be read when it was last looked at. */
  readonly trouble: { readonly why: string; readonly at: number } | undefined;
  /** How far apart ticks are; `undefined` where none are planned. */
  readonly tickMs: number | undefined;
}

/** Why captures do not happen, or `undefined` where they do, as far as is known. */
export function stuckOf({ settledAt, trouble, tickMs }: Captures, now: number): string | undefined {
  const last =
    trouble === undefined ? '' : `; ${trouble.why} (${new Date(trouble.at).toISOString()})`;
  if (tickMs !== undefined && now - settledAt > 2 * tickMs + Math.min(tickMs / 2, MINUTE_MS / 2)) {
    const waited = ago(now - settledAt);
    return `no capture for ${waited}, though one is due every ${ago(tickMs)}${last}`;
  }
  return trouble === undefined ? undefined : `the log can't be read${last}`;
}

const ago = (ms: number): string =>
  ms < 2 * MINUTE_MS
    ? `${Math.round(ms / 1_000)} seconds`
    : `${Math.round(ms / MINUTE_MS)} minutes`;

/** Tells no data: no row for two periods, or a week in which a window did not fill. `undefined` where there is enough. */
export function silenceOf(
  { lastRowAt, thinSince, ...traffic }: Traffic,
  now: number,
): Silence | undefined {
  const { windowRows, neededRows, periodMs } = traffic;
  if (periodMs !== undefined && now - lastRowAt > 2 * periodMs) {
    return { reason: `no row for ${ago(now - lastRowAt)}`, since: lastRowAt };
  }
  if (thinSince === null || now - thinSince <= THIN_FOR_MS) return undefined;
  const days = Math.floor((now - thinSince) / DAY_MS);
  return {
    reason: `${formatCount(windowRows)} rows in ${days} days; a window needs ${formatCount(neededRows)}`,
    since: thinSince,
  };
}
