import { expect, it } from 'vitest';
import { FAULTS, type Fault } from './fault.js';
import { brokenPromises, playDay } from './scripted-day.js';

/** `LEEWAY_FAULTS=all`: every call of every kind goes wrong in every way, which takes some minutes. */
const isLong = process.env.LEEWAY_FAULTS === 'all';
/** In the short form so many calls of each method go wrong: the first ones, and some in between. */
const SHORT = { firsts: 2, others: 1 };
const LONG_TIMEOUT_MS = 3_600_000;

async function cases(): Promise<Fault[]> {
  const { injector, close } = await playDay();
  await close();
  return [...injector.counts].flatMap(([method, count], place) => {
    const step = Math.max(1, Math.floor(count / (SHORT.others + 1)));
    const all = Array.from({ length: count }, (_, index) => index + 1);
    const chosen = isLong
      ? all
      : all.filter((nth) => nth <= SHORT.firsts || (nth + place) % step === 0).slice(0, SHORT.firsts + SHORT.others);
    return chosen.flatMap((nth) => FAULTS.map((kind) => ({ method, nth, kind })));
  });
}

it('a day without faults keeps all promises', async () => {
  const day = await playDay();
  expect(await brokenPromises(day)).toEqual([]);
  expect(day.ticks.length).toBeGreaterThan(9);
  await day.close();
});

it(
  'whatever becomes of one call to a store or a sink, no promise is broken',
  async () => {
    const broken: Record<string, string[]> = {};
    for (const fault of await cases()) {
      const day = await playDay({ fault });
      const wrong = await brokenPromises(day);
      if (wrong.length > 0) broken[`${fault.method} ${fault.nth} ${fault.kind}`] = wrong;
      await day.close();
    }
    expect(broken).toEqual({});
  },
  isLong ? LONG_TIMEOUT_MS : 120_000,
);
