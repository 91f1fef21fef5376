import '../fixtures/all-loaded.js';
import type { Clock } from '../../src/leaves/clock.js';

/** Time that passes only when it is told to. Timers go by the time that passed, as a machine's do, whatever the hands show. */
export interface SimulatedTime {
  /** True time, epoch ms. */
  readonly now: number;
  /** A clock that shows true time, and `skew` can make it show another. */
  clock(): SkewedClock;
  /** Lets time pass: timers that come due are called in their order, and what they start goes on. */
  pass(ms: number): Promise<void>;
}

/** The clock of one process. */
export interface SkewedClock extends Clock {
  /** How far its hands are ahead of true time, in ms. */
  skew: number;
}

/** So many turns of the event loop are given to what a timer started. */
const TURNS = 12;
const MORE_TURNS = 60;

/** @param isBusy whether something is at work that takes real time: no time passes meanwhile. @default never */
export function simulatedTime(
  start: number = Date.UTC(2026, 0, 15, 12, 0),
  isBusy: () => boolean = () => false,
): SimulatedTime {
  let now = start;
  let order = 0;
  const timers = new Map<number, { readonly at: number; readonly call: () => void }>();
  const turn = async (count: number): Promise<void> => {
    for (let index = 0; index < count || isBusy(); index += 1)
      await new Promise((resolve) => setImmediate(resolve));
  };
  const setTimer: Clock['setTimer'] = (delayMs, call) => {
    order += 1;
    const id = order;
    timers.set(id, { at: now + Math.max(0, delayMs), call });
    return { cancel: () => timers.delete(id) };
  };
  return {
    get now() {
      return now;
    },
    clock() {
      return {
        skew: 0,
        now() {
          return now + this.skew;
        },
        setTimer,
      };
    },
    async pass(ms) {
      const end = now + ms;
      await turn(MORE_TURNS);
      for (;;) {
        let due: number | undefined;
        let at = end;
        for (const [id, timer] of timers) {
          if (timer.at > at || (timer.at === at && due !== undefined)) continue;
          due = id;
          at = timer.at;
        }
        if (due === undefined) break;
        const timer = timers.get(due);
        timers.delete(due);
        now = Math.max(now, at);
        timer?.call();
        await turn(TURNS);
      }
      now = end;
      await turn(MORE_TURNS);
    },
  };
}
