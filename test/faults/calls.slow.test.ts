import { expect, it } from 'vitest';
import { FAULTS, type Fault } from './fault.js';
import { brokenPromises, playDay } from './scripted-day.js';

/** `LEEWAY_FAULTS=all`: every call of every kind goes wrong in every way, which takes some minutes. */
const isLong = process.env.LEEWAY_FAULTS === 'all';
/** In the short form each way goes with one call of each method, early, in the midst or late; of these with the first one. */
const FIRST: ReadonlySet<string> = new Set(['append', 'commitWindow']);
const PLACES = [0.01, 0.3, 0.5, 0.65, 0.8];
const LONG_TIMEOUT_MS = 3_600_000;
const SHORT_TIMEOUT_MS = 300_000;

async function cases(): Promise<Fault[]> {
  const { injector, close } = await playDay();
  await close();
  return [...injector.counts].flatMap(([method, count], row) =>
    FAULTS.flatMap((kind, column) => {
      const all = Array.from({ length: count }, (_, index) => index + 1);
      const place = Math.max(
        1,
        Math.round(count * (PLACES[(row + column) % PLACES.length] as number)),
      );
      const chosen = isLong ? all : [...new Set(FIRST.has(method) ? [1, place] : [place])];
      return chosen.map((nth) => ({ method, nth, kind }));
    }),
  );
}

it('a day without faults keeps all promises', async () => {
  const day = await playDay();
  expect(await brokenPromises(day)).toEqual([]);
  expect(day.ticks.length).toBeGreaterThan(6);
  await day.close();
});

it(
  'whatever becomes of one call to a store or a sink, no promise is broken',
  async () => {
    const broken: Record<string, string[]> = {};
    for (const fault of await cases()) {
      const day = await playDay({ fault });
      const wrong = await brokenPromises(day);
      if (!day.injector.met) wrong.push('the call was never made');
      if (wrong.length > 0) broken[`${fault.method} ${fault.nth} ${fault.kind}`] = wrong;
      await day.close();
    }
    expect(broken).toEqual({});
  },
  isLong ? LONG_TIMEOUT_MS : SHORT_TIMEOUT_MS,
);
