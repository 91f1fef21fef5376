import { QUIET_WINDOWS } from '../../alert/incident.js';
import { DAY_MS, WEEK_MS } from '../../leaves/time.js';
import type { MonitorLog } from '../log/monitor-log.js';

/** An incident of drift that is over: its first window and its last that was not quiet, by number, and when it was, epoch ms. */
export interface EndedIncident {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly from: number;
  readonly to: number;
}

/** What the log tells of an incident as its alerts are read. */
type Told = Partial<EndedIncident>;

/** The incidents of drift that are over, as the alerts in the log tell of them. */
export async function endedIncidents(log: MonitorLog): Promise<EndedIncident[]> {
  const told = new Map<string, Told>();
  const alerts = log.query({ events: ['alert'], keys: [log.model] }, { withBytes: false });
  for await (const { step, value } of alerts) {
    const { event, incident, transition, since, at } = (value ?? {}) as Record<string, unknown>;
    if (event !== 'drift' || typeof incident !== 'string' || step === undefined) continue;
    const known = told.get(incident) ?? {};
    if (transition === 'opened')
      told.set(incident, { ...known, firstSeq: step, from: Date.parse(String(since)) });
    if (transition === 'resolved')
      told.set(incident, { ...known, lastSeq: step - QUIET_WINDOWS, to: Date.parse(String(at)) });
  }
  return [...told.values()].filter(isWhole);
}

const isWhole = (told: Told): told is EndedIncident =>
  [told.firstSeq, told.lastSeq, told.from, told.to].every(Number.isFinite);

/**
 * The incidents that came once. One that came again at the same hours, a day or a week apart, is a night or a Sunday that
 * the baseline did not know yet: that is what it grows for.
 */
export function singleIncidents(incidents: readonly EndedIncident[]): EndedIncident[] {
  return incidents.filter((one) => !incidents.some((other) => isOfOneCycle(one, other)));
}

function isOfOneCycle(one: EndedIncident, other: EndedIncident): boolean {
  const [earlier, later] = one.from <= other.from ? [one, other] : [other, one];
  return [DAY_MS, WEEK_MS].some((cycle) => {
    // What lasts longer than the cycle is no part of it.
    if (Math.max(one.to - one.from, other.to - other.from) >= cycle) return false;
    const starts = [earlier.from + cycle, later.from];
    const ends = [earlier.to + cycle, later.to];
    const common = Math.min(...ends) - Math.max(...starts);
    return common >= (Math.max(...ends) - Math.min(...starts)) / 2;
  });
}
