import { formatCount } from '../leaves/text.js';
import { formatAge } from '../leaves/time.js';
import type { BaselineDescription } from '../monitor/baseline/baselines.js';

/** What is said of a monitor when its server starts: `california: windows are compared with the first snapshot, 3 days old, 1,000 rows`. */
export function startLine(
  model: string,
  baseline: BaselineDescription | undefined,
  { now, firstRows }: { readonly now: number; readonly firstRows: number },
): string {
  if (baseline === undefined)
    return `${model}: no baseline yet; it needs a window of ${formatCount(firstRows)} rows`;
  const { source, rows, until } = baseline;
  const facts = [
    source,
    ...(until === null ? [] : [`${formatAge(now - until)} old`]),
    ...(rows === null ? [] : [`${formatCount(rows)} rows`]),
  ];
  return `${model}: windows are compared with ${source.startsWith('pinned') ? 'the baseline ' : ''}${facts.join(', ')}`;
}
