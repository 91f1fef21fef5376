import { describe, expect, it } from 'vitest';
import { brokenInvariants } from './quarter-invariants.js';
import { playQuarter, type Script } from './simulated-quarter.js';

const HOURS_OF_DAY = 24;
const WEEK = 7 * HOURS_OF_DAY;
const isWhole = process.env.LEEWAY_FAULTS === 'all';
const TIMEOUT_MS = isWhole ? 3_600_000 : 600_000;

/** Every so many hours, from one on. */
const every = (from: number, hours: number, days: number): number[] =>
  Array.from(
    { length: Math.max(0, Math.ceil((days * HOURS_OF_DAY - from) / hours)) },
    (_, time) => from + time * hours,
  );

const METHODS = [
  'commitWindow',
  'append',
  'windowParts',
  'monitorHead',
  'query',
  'fold',
  'takeLease',
  'prune',
  'parts',
];

function scriptOf(days: number, drifts: readonly (readonly [from: number, to: number])[]): Script {
  return {
    days,
    maxBytes: 6_000_000,
    drifts: drifts.map(([from, to]) => [from * HOURS_OF_DAY, to * HOURS_OF_DAY]),
    skews: every(50, 100, days).map((from, time) => ({
      at: [from, from + 5],
      byHours: [2, -3, 30, -30, 24 * 10, -24 * 10, 24 * 365, -24 * 365][time % 8] as number,
    })),
    outages: every(95, WEEK, days).map((from) => [from, from + 1]),
    hangs: new Map(
      every(61, 70, days).map((hour, time) => [hour, METHODS[time % METHODS.length] as string]),
    ),
    restarts: new Set(every(WEEK - 15, WEEK, days)),
  };
}

const script = isWhole
  ? scriptOf(91, [
      [10, 45],
      [60, 75],
    ])
  : scriptOf(14, [
      [3, 8],
      [11, 13],
    ]);

describe(`${script.days} days of two replicas on a full store, with faults`, () => {
  it(
    'keep what is promised',
    async () => {
      const quarter = await playQuarter(script);
      expect(await brokenInvariants(quarter)).toEqual([]);
      await quarter.store.close();
    },
    TIMEOUT_MS,
  );
});
