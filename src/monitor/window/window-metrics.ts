import { Profile } from '../../profile/profile.js';
import { fromStored } from '../../tracking/logged-value.js';
import type { MonitorLog } from '../log/monitor-log.js';

/**
 * The metrics that were logged since the last snapshot, up to a position, a column `M_<name>` each, its values in the order of the log;
 * `undefined` where there were none. Those that are said to be of another model (`extra: { model }`) are left out; those of a wrapped model
 * go by what was called.
 */
export async function metricsUpTo(log: MonitorLog, upTo: number): Promise<Profile | undefined> {
  const columns = new Map<string, number[]>();
  for await (const { key, value, bytes } of log.query({
    events: ['metric'],
    after: await lastUpTo(log),
    upTo,
  })) {
    const { value: measured, extra } = fromStored(value, bytes);
    if (typeof measured !== 'number' || (extra.model !== undefined && extra.model !== log.model))
      continue;
    const name = `M_${key.startsWith(`${log.model}/`) ? key.slice(log.model.length + 1) : key}`;
    const values = columns.get(name);
    if (values === undefined) columns.set(name, [measured]);
    else values.push(measured);
  }
  if (columns.size === 0) return undefined;
  // How metrics go together is not known from a few values.
  const profile = new Profile({ joint: 0 });
  profile.addColumns(columns, 0, Math.max(...[...columns.values()].map(({ length }) => length)));
  return profile;
}

/** The position up to which the last snapshot took metrics: not its own, since some may have come while it was made. */
async function lastUpTo(log: MonitorLog): Promise<number> {
  for await (const { value } of log.latest('snapshot', { limit: 1, withBytes: false })) {
    return (value as { upTo?: number }).upTo ?? log.head?.cursor ?? 0;
  }
  return 0;
}
