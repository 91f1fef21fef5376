/** A timer that can be taken back. */
export interface Timer {
  cancel(): void;
}

/** Where time comes from. Everything that waits or stamps takes one, so that a test can hold the hands. */
export interface Clock {
  /** Now, in milliseconds since the epoch. */
  now(): number;
  /** Calls `callback` once after `delayMs`. The timer never keeps the process alive. */
  setTimer(delayMs: number, callback: () => void): Timer;
}

/** The machine's own clock; its timers are unreferenced, so they never hold a process open. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, callback) {
    const handle: { unref?: () => void } | number = setTimeout(callback, delayMs);
    // A browser's handle is a number and holds nothing open.
    if (typeof handle === 'object') handle.unref?.();
    return { cancel: () => clearTimeout(handle as Parameters<typeof clearTimeout>[0]) };
  },
};

/** Milliseconds of the units that durations are written in; a month is 30 days and a year 365. */
export const DURATION_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  M: 30 * 86_400_000,
  q: 91 * 86_400_000,
  y: 365 * 86_400_000,
};

/**
 * Reads a duration such as `'15m'`, `'6h'` or `'30d'` (units `s m h d w M q y`).
 *
 * @returns milliseconds, or `undefined` where the text is no duration.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)([smhdwMqy])$/.exec(text);
  const unit = match === null ? undefined : DURATION_MS[match[2] ?? ''];
  if (match === null || unit === undefined) return undefined;
  return Number(match[1]) * unit;
}
