/** Lengths of time in milliseconds. A month is 30 days. */
export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
export const WEEK_MS = 604_800_000;
export const MONTH_MS = 2_592_000_000;

/** Milliseconds of the units that durations are written in; a month is 30 days and a year 365. */
const UNIT_MS: Readonly<Record<string, number>> = {
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: WEEK_MS,
  M: MONTH_MS,
  q: 91 * DAY_MS,
  y: 365 * DAY_MS,
};

/**
 * Reads a duration such as `'15m'`, `'6h'` or `'30d'` (units `s m h d w M q y`).
 *
 * @returns milliseconds, or `undefined` where the text is no duration.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)([smhdwMqy])$/.exec(text);
  const unitMs = match === null ? undefined : UNIT_MS[match[2] ?? ''];
  if (match === null || unitMs === undefined) return undefined;
  return Number(match[1]) * unitMs;
}

/** Epoch ms to the minute: `2026-01-05 14:20 UTC`. */
export function formatMinute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A length of time in one unit: `3 minutes`, `5 hours`, `2 days`. */
export function formatAge(ms: number): string {
  for (const [unit, unitMs] of [
    ['day', DAY_MS],
    ['hour', HOUR_MS],
    ['minute', MINUTE_MS],
  ] as const) {
    const count = Math.round(ms / unitMs);
    if (count >= 1) return `${count} ${unit}${count === 1 ? '' : 's'}`;
  }
  return 'less than a minute';
}
