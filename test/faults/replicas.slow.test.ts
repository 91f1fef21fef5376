import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/leaves/random.js';
import { Service } from '../../src/service/request-service.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { simulatedTime } from './simulated-clock.js';

const MINUTE = 60_000;
const PERIOD = 5 * MINUTE;
const TICKS = 30;
const DRIFTS = { from: 8, until: 16 };

const rowsOf = (count: number, random: () => number, shift: number): { readonly a: number }[] =>
  Array.from({ length: count }, () => ({ a: random() + random() + random() + shift }));

/** What a replica reports of the model. */
function verdictOf(service: Service) {
  const { ok, state, reasons, models } = service.status();
  const [model] = models;
  return {
    ok,
    state,
    reasons,
    drifted: model?.drifted,
    calibrated: model?.calibrated,
    snapshots: model?.snapshots,
  };
}

/** Three replicas on one store, and a draw of which one wakes first at each tick. */
function fleet(seed: number) {
  const time = simulatedTime();
  const store = memoryStore({ clock: time.clock() });
  const random = seededRandom(seed);
  const wins = [0, 0, 0];
  const clocks = [time.clock(), time.clock(), time.clock()];
  const replicas = clocks.map(
    (clock, index) =>
      new Service(
        {
          experiment: 'e',
          model: 'm',
          match: 'POST /predict',
          schedule: '5m',
          minRows: 20,
          store: new Proxy(store, {
            get(target, name) {
              const value: unknown = Reflect.get(target, name);
              if (typeof value !== 'function') return value;
              const call = value.bind(target) as (...given: unknown[]) => unknown;
              if (name !== 'commitWindow') return call;
              return async (...given: unknown[]) => {
                const done = await call(...given);
                if (done !== undefined) wins[index] = (wins[index] ?? 0) + 1;
                return done;
              };
            },
          }),
          onAlert: () => undefined,
          onInfo: () => undefined,
          onError: () => undefined,
        },
        { clock, patience: time.clock() },
      ),
  );
  return { time, random, wins, clocks, replicas };
}

describe('three replicas on one store', () => {
  it.each([1, 2, 3])(
    'report alike a minute after each tick, whoever made the capture (seed %i)',
    async (seed) => {
      const { time, random, wins, clocks, replicas } = fleet(seed);
      const states = new Set<string>();
      for (let tick = 0; tick < TICKS; tick += 1) {
        const shift = tick >= DRIFTS.from && tick < DRIFTS.until ? 2 : 0;
        const winner = Math.floor(3 * random());
        clocks.forEach((clock, index) => {
          // The one whose clock is a moment ahead wakes first.
          clock.skew = index === winner ? 0 : -1_000 * (index + 1);
        });
        for (const replica of replicas) {
          const X = rowsOf(80, random, shift);
          replica.record({ X, Y: X.map(() => 1) });
        }
        await time.pass(PERIOD - (time.now % PERIOD));
        await time.pass(MINUTE + 5_000);
        const [first, ...others] = replicas.map(verdictOf);
        for (const other of others) expect(other, `tick ${tick}`).toEqual(first);
        expect(first?.ok, first?.reasons.join()).toBe(true);
        states.add(first?.state ?? '');
      }
      expect([...states]).toEqual(expect.arrayContaining(['learning', 'healthy', 'drifting']));
      expect(Math.min(...wins)).toBeGreaterThan(0);
      const closing = Promise.all(replicas.map((replica) => replica.close()));
      await time.pass(6_000);
      await closing;
    },
    120_000,
  );
});
