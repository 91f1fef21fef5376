import { formatCount } from '../leaves/text.js';
import type { Counters } from '../record/counters.js';

/** From this share of the predict calls on, what is not recorded is a reason to look. */
const NOTABLE_SHARE = 0.1;

const WHY = {
  undecodable: 'have bodies that could not be read as rows: see the option codec',
  bypassed: 'have answers that could not be followed',
  aborted: 'were aborted by their client before the answer was complete',
  unsuccessful: 'were not answered with 2xx',
  droppedCalls: 'arrived while other calls held all the memory that is available for calls',
} as const satisfies Partial<Record<keyof Counters, string>>;

const KINDS = Object.keys(WHY) as (keyof typeof WHY)[];

function callsOf(counters: Readonly<Counters>): number {
  const { failed, recorded, unsampled } = counters;
  return KINDS.reduce((sum, kind) => sum + counters[kind], failed + recorded + unsampled);
}

/** Whether errors keep a tenth of the calls or more from being recorded. */
export const failsCalls = (counters: Readonly<Counters>): boolean =>
  counters.failed > 0 && counters.failed >= NOTABLE_SHARE * callsOf(counters);

/**
 * Which predict calls are not recorded, in words, where they are a tenth of all or more; and which
 * calls and rows are lost, however few they are.
 *
 * @param why what the last error said that lost a call.
 */
export function recordingReasons(counters: Readonly<Counters>, why: string | undefined): string[] {
  const { failed, droppedRows, unconfirmedRows } = counters;
  const calls = callsOf(counters);
  const reasons = KINDS.filter(
    (kind) => counters[kind] > 0 && counters[kind] >= NOTABLE_SHARE * calls,
  ).map(
    (kind) => `${formatCount(counters[kind])} of ${formatCount(calls)} predict calls ${WHY[kind]}`,
  );
  if (failed > 0) {
    const error = why ?? 'onError has the error';
    reasons.push(
      `${formatCount(failed)} of ${formatCount(calls)} calls were not recorded because of an error: ${error}`,
    );
  }
  if (droppedRows > 0) {
    reasons.push(
      `${formatCount(droppedRows)} rows were lost: the store did not accept them, or memory was short`,
    );
  }
  if (unconfirmedRows > 0) {
    reasons.push(
      `${formatCount(unconfirmedRows)} rows may be lost: the store did not answer when they were written`,
    );
  }
  return reasons;
}
