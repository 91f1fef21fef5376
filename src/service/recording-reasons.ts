import type { Counters } from '../intercept/counters.js';

/** From this share of the predict calls on, what is not recorded is a reason to look. */
const NOTABLE_SHARE = 0.1;

const WHY = {
  undecodable: 'have bodies that could not be read as rows: see the option codec',
  bypassed: 'have answers that could not be followed',
  aborted: 'were left by their client before the answer',
  unsuccessful: 'were not answered with 2xx',
  shed: 'came while calls under way held all the memory there is for them',
} as const satisfies Partial<Record<keyof Counters, string>>;

const count = (value: number): string => value.toLocaleString('en-US');

/** Which predict calls are not recorded, in words, where they are a tenth of all or more. */
export function recordingReasons(counters: Readonly<Counters>): string[] {
  const kinds = Object.keys(WHY) as (keyof typeof WHY)[];
  const lost = kinds.reduce((sum, kind) => sum + counters[kind], 0);
  const calls = lost + counters.recorded + counters.unsampled;
  return kinds
    .filter((kind) => counters[kind] > 0 && counters[kind] >= NOTABLE_SHARE * calls)
    .map((kind) => `${count(counters[kind])} of ${count(calls)} predict calls ${WHY[kind]}`);
}
