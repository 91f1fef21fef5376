import type { Clock } from '../leaves/clock.js';
import type { TrackingStore } from '../tracking/store.js';
import { appendingCases } from './appending.js';
import { commitsCases } from './commits.js';
import { lifeCases } from './life.js';
import { queriesCases } from './queries.js';
import { restoringCases } from './restoring.js';
import { roundTripCases } from './round-trip.js';
import type { Bench, CreateStore, TestFunctions } from './suite.js';
import { upkeepCases } from './upkeep.js';
import { windowsCases } from './windows.js';

/**
 * The contract every tracking store has to keep, one case for each promise of `TrackingStore`. Each case gets a store
 * of its own.
 *
 * @example
 * describeStore('memory', ({ clock }) => ({ store: memoryStore({ clock }) }), { describe, it, expect });
 */
export function describeStore(
  name: string,
  createStore: CreateStore,
  { describe, it, expect }: TestFunctions,
): void {
  function promise(title: string, body: (bench: Bench) => Promise<void>): void {
    it(title, async () => {
      let now = 1_000_000;
      const clock: Clock = { now: () => now, setTimer: () => ({ cancel() {} }) };
      const made = await createStore({ clock });
      const opened = [made.store];
      const reopen =
        made.reopen === undefined
          ? undefined
          : () => {
              const again = (made.reopen as () => TrackingStore)();
              opened.push(again);
              return again;
            };
      const stores = reopen === undefined ? [made.store] : [made.store, reopen()];
      try {
        await body({
          store: made.store,
          stores,
          reopen,
          advance(ms) {
            now += ms;
          },
        });
      } finally {
        await Promise.all(opened.map((store) => store.close()));
        await made.dispose?.();
      }
    });
  }

  const suite = { name, describe, promise, expect };
  const groups = [
    appendingCases,
    roundTripCases,
    queriesCases,
    windowsCases,
    commitsCases,
    upkeepCases,
    restoringCases,
    lifeCases,
  ];
  for (const group of groups) group(suite);
}
