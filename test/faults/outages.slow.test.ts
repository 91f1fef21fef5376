import { describe, expect, it } from 'vitest';
import { LeewayError } from '../../src/leaves/errors.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { brokenPromises, MINUTE, playDay } from './scripted-day.js';
import type { SimulatedTime } from './simulated-clock.js';

const TIMEOUT_MS = 120_000;
const FROM = 20;
const TO = 70;

type Way = (work: () => Promise<unknown>, time: SimulatedTime) => Promise<unknown>;

const away = (): LeewayError => new LeewayError('ERR_LEEWAY_STORE', 'away');
const ways: Readonly<Record<string, Way>> = {
  'refuses all': () => Promise.reject(away()),
  'never answers': () => new Promise(() => undefined),
  'does everything and answers nothing': (work) => work().then(() => Promise.reject(away())),
  'answers after half a minute': async (work, time) => {
    await new Promise<void>((resolve) => time.clock().setTimer(MINUTE / 2, resolve));
    return work();
  },
};

/** A store all of whose calls, or those named, go another way for a while. */
function troubled(way: Way, methods?: readonly string[]) {
  const state = { on: false };
  const around = (store: TrackingStore, time: SimulatedTime): TrackingStore =>
    new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function' || typeof name !== 'string') return value;
        const call = value.bind(target) as (...args: unknown[]) => unknown;
        const isMeant = methods === undefined || methods.includes(name);
        if (!STREAMS.includes(name)) {
          return (...args: unknown[]) =>
            state.on && isMeant ? way(async () => call(...args), time) : call(...args);
        }
        return async function* (...args: unknown[]) {
          if (state.on && isMeant) await way(async () => undefined, time);
          yield* call(...args) as AsyncIterable<unknown>;
        };
      },
    });
  return { state, around };
}

const STREAMS = ['query', 'windowParts', 'parts', 'predictions'];

describe('a store that for fifty minutes', () => {
  it.each(Object.entries(ways))(
    '%s is named in the status, and everything goes on afterwards',
    async (name, way) => {
      const { state, around } = troubled(way);
      const told: string[] = [];
      const day = await playDay({
        around,
        watch(minute, fleet) {
          state.on = minute >= FROM && minute < TO;
          if (minute < FROM + 3 || minute >= TO) return;
          for (const service of fleet) {
            const { ok, reasons } = service.status();
            told.push(`${ok}: ${reasons.join('; ')}`);
          }
        },
      });
      // While a store is merely slow, captures may still come through.
      expect(told.length).toBeGreaterThan(50);
      if (!name.includes('half a minute'))
        expect(told.filter((status) => status.startsWith('true'))).toEqual([]);
      const wrong = (await brokenPromises(day)).filter((what) => !/no capture for/.test(what));
      expect(wrong).toEqual([]);
      await day.close();
    },
    TIMEOUT_MS,
  );

  it.each([['takeLease'], ['monitorHead'], ['windowParts'], ['commitWindow'], ['query']])(
    'answers no %s has no captures, and says so within two periods',
    async (method) => {
      const { state, around } = troubled(ways['never answers'] as Way, [method]);
      const told: boolean[] = [];
      const day = await playDay({
        around,
        watch(minute, fleet) {
          state.on = minute >= FROM && minute < TO;
          if (minute >= FROM + 45 && minute < TO) told.push(fleet[1]?.status().ok === true);
        },
      });
      expect(told.length).toBeGreaterThan(3);
      expect(told).not.toContain(true);
      const wrong = (await brokenPromises(day)).filter((what) => !/no capture for/.test(what));
      expect(wrong).toEqual([]);
      await day.close();
    },
    TIMEOUT_MS,
  );
});

it(
  'a process that starts while the store is away recovers by itself',
  async () => {
    const { state, around } = troubled(ways['refuses all'] as Way);
    state.on = true;
    const day = await playDay({
      around,
      watch(minute, fleet) {
        state.on = minute < 10;
        if (minute === 5)
          expect(fleet.map((service) => service.status().ok)).toEqual([false, false]);
        if (minute === 12) {
          expect(fleet.flatMap((service) => service.status().reasons).join()).not.toMatch(
            /reading the log|away/,
          );
        }
      },
    });
    expect(await brokenPromises(day)).toEqual([]);
    await day.close();
  },
  TIMEOUT_MS,
);
