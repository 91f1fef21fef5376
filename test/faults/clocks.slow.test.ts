import { describe, expect, it } from 'vitest';
import { brokenPromises, playDay } from './scripted-day.js';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;
const TIMEOUT_MS = 120_000;

const jumps = [HOUR, DAY, YEAR].flatMap((ms) => [ms, -ms]);
const name = (ms: number): string => `${ms < 0 ? 'back' : 'forward'} by ${Math.abs(ms) / HOUR} h`;

let dayTime: ((ms: number) => Promise<void>) | undefined;

/** Times in the log are those of the clocks, so that gaps show. Where no clock is right, there is nothing to see it by. */
function expected(oneMachine: boolean, ms: number): RegExp {
  if (!oneMachine) return /no capture for|status is not clean/;
  // The same hour comes twice, and with it its ticks.
  if (ms < 0) return /no capture for|status is not clean|a tick was captured twice/;
  // A year has passed by all there is, also to a process that starts then: rows that are kept for a week go.
  return ms === YEAR
    ? /no capture for|status|position|rows|run numbers/
    : /no capture for|status is not clean/;
}

describe('a clock that jumps', () => {
  it.each(jumps.map((ms) => [name(ms), ms] as const))(
    '%s for three seconds costs no capture, on one replica or a whole machine',
    async (_, ms) => {
      for (const oneMachine of [false, true]) {
        const day = await playDay({
          oneMachine,
          async watch(minute, fleet, [first]) {
            if (minute !== 20 || first === undefined) return;
            first.skew = ms;
            fleet[0]?.record({ X: [{ a: 1.5 }], Y: [1] });
            await dayTime?.(3 * SECOND);
            first.skew = 0;
          },
          around(store, time) {
            dayTime = (passed) => time.pass(passed);
            return store;
          },
        });
        const wrong = (await brokenPromises({ ...day, recorded: day.recorded + 1 })).filter(
          (what) => {
            // Where all clocks are ahead, a capture is made early, and times in the log are those of the clock.
            return !(oneMachine && /no capture for/.test(what));
          },
        );
        expect([oneMachine, wrong]).toEqual([oneMachine, []]);
        expect(day.ticks.length).toBeGreaterThanOrEqual(7);
        await day.close();
      }
    },
    TIMEOUT_MS,
  );

  it.each(jumps.map((ms) => [name(ms), ms] as const))(
    '%s for good on one replica stops no captures, and prunes nothing',
    async (_, ms) => {
      const day = await playDay({
        watch(minute, _fleet, [first]) {
          if (minute === 20 && first !== undefined) first.skew = ms;
        },
      });
      const wrong = (await brokenPromises(day)).filter(
        (what) => !/no capture for|status is not clean/.test(what),
      );
      expect(wrong).toEqual([]);
      expect(new Set(day.ticks.map((tick) => Math.floor(tick / (15 * MINUTE)))).size).toBe(
        day.ticks.length,
      );
      expect(day.ticks.length).toBeGreaterThanOrEqual(7);
      await day.close();
    },
    TIMEOUT_MS,
  );

  it.each(jumps.map((ms) => [name(ms), ms] as const))(
    '%s for good on all replicas, or on all and the store, stops no captures',
    async (_, ms) => {
      for (const oneMachine of [false, true]) {
        const day = await playDay({
          oneMachine,
          watch(minute, _fleet, clocks) {
            if (minute === 20) for (const clock of clocks.slice(0, 2)) clock.skew = ms;
          },
        });
        const wrong = (await brokenPromises(day)).filter(
          (what) => !expected(oneMachine, ms).test(what),
        );
        expect([oneMachine, wrong]).toEqual([oneMachine, []]);
        expect(day.ticks.length).toBeGreaterThanOrEqual(7);
        await day.close();
      }
    },
    TIMEOUT_MS,
  );
});
