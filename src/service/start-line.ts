import { DURATION_MS } from '../leaves/clock.js';
import type { BaselineDescription } from '../monitor/baseline/baselines.js';

/** What is said of a monitor when its server starts: `california: windows are compared with the first snapshot, 3 days old, 1,000 rows`. */
export function startLine(
  model: string,
  baseline: BaselineDescription | undefined,
  { now, firstRows }: { readonly now: number; readonly firstRows: number },
): string {
  if (baseline === undefined) return `${model}: no baseline yet; it takes a window of ${count(firstRows)} rows`;
  const { source, rows, until } = baseline;
  const facts = [
    source,
    ...(until === null ? [] : [`${ageOf(now - until)} old`]),
    ...(rows === null ? [] : [`${count(rows)} rows`]),
  ];
  return `${model}: windows are compared with ${source.startsWith('pinned') ? 'the baseline ' : ''}${facts.join(', ')}`;
}

const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** `3 days`, `5 hours`, `2 minutes`: one unit is enough. */
function ageOf(ms: number): string {
  for (const [name, unit] of [
    ['day', 'd'],
    ['hour', 'h'],
    ['minute', 'm'],
  ] as const) {
    const age = Math.floor(ms / (DURATION_MS[unit] as number));
    if (age >= 1) return `${age} ${name}${age === 1 ? '' : 's'}`;
  }
  return 'less than a minute';
}
