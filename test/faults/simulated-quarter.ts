import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { callback } from '../../src/alert/sinks/callback.js';
import { LeewayError } from '../../src/leaves/errors.js';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { Ledger } from './ledger.js';
import { type SimulatedTime, type SkewedClock, simulatedTime } from './simulated-clock.js';

export const EXPERIMENT = 'quarter';
export const HOURLY = 'hourly';
export const DAILY = 'daily';
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
const STEP = HOUR / 4;
const ROWS_PER_STEP = 8;

/** From an hour to another. */
export type Hours = readonly [from: number, to: number];

/** What a quarter is made of. */
export interface Script {
  readonly days: number;
  readonly maxBytes: number;
  /** When traffic is another than it was. */
  readonly drifts: readonly Hours[];
  /** How far the first replica's clock is off, in hours. */
  readonly skews: readonly { readonly at: Hours; readonly byHours: number }[];
  readonly outages: readonly Hours[];
  /** Hours in which one call never answers, and of which method. */
  readonly hangs: ReadonlyMap<number, string>;
  readonly restarts: ReadonlySet<number>;
}

/** What was seen of the fleet while it went on. */
export interface Sighting {
  readonly hour: number;
  readonly isOut: boolean;
  readonly ok: readonly boolean[];
  readonly reasons: readonly string[];
}

/** What a store holds. */
export interface Holdings {
  readonly hour: number;
  /** How old the oldest rows are, ms. */
  readonly oldestMs: number;
  /** Payloads of entries and profiles. */
  readonly bytes: number;
}

/** What a quarter left behind. */
export interface Quarter {
  readonly script: Script;
  readonly store: TrackingStore;
  readonly ledger: Ledger;
  readonly time: SimulatedTime;
  readonly start: number;
  readonly recorded: ReadonlySet<number>;
  readonly counters: { dropped: number; unknown: number };
  readonly delivered: ReadonlySet<string>;
  readonly sightings: readonly Sighting[];
  readonly thrown: readonly unknown[];
  readonly errors: ReadonlyMap<string, number>;
  /** Bytes of the heap that are in use, once a week. */
  readonly heap: readonly number[];
  /** How many entries and parts were read in each week. */
  readonly reads: readonly number[];
  /** What the store held, at the end of each day. */
  readonly holdings: readonly Holdings[];
}

const STREAMS: ReadonlySet<unknown> = new Set(['query', 'windowParts', 'parts', 'predictions']);

/** Faults of a store that come and go. */
class Trouble {
  isOut = false;
  /** The next call of this method never answers. */
  hangs: string | undefined;
  /** Calls at work. */
  busy = 0;
  /** What was read, one by one. */
  reads = 0;

  around(store: TrackingStore): TrackingStore {
    return new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        const call = value.bind(target) as (...args: unknown[]) => unknown;
        if (!STREAMS.has(name))
          return (...args: unknown[]) => this.#through(name, async () => call(...args));
        return (...args: unknown[]) =>
          this.#stream(name, () => call(...args) as AsyncIterable<unknown>);
      },
    });
  }

  async *#stream(
    name: string | symbol,
    open: () => AsyncIterable<unknown>,
  ): AsyncGenerator<unknown> {
    await this.#through(name, async () => undefined);
    for await (const one of open()) {
      this.reads += 1;
      yield one;
    }
  }

  async #through<T>(name: string | symbol, work: () => Promise<T>): Promise<T> {
    if (this.hangs === name) {
      this.hangs = undefined;
      return new Promise(() => undefined);
    }
    if (this.isOut) throw new LeewayError('ERR_LEEWAY_STORE', 'the store is away');
    this.busy += 1;
    try {
      return await work();
    } finally {
      this.busy -= 1;
    }
  }
}

const inside = (hour: number, [from, to]: Hours): boolean => hour >= from && hour < to;

/** Plays it: two replicas on one store, two models, one with a capture each hour and one with one a day. */
export async function playQuarter(script: Script): Promise<Quarter> {
  const start = Date.UTC(2026, 0, 5);
  const trouble = new Trouble();
  const time = simulatedTime(start, () => trouble.busy > 0);
  const machine = time.clock();
  const clocks: readonly SkewedClock[] = [time.clock(), time.clock()];
  const inner = memoryStore({ clock: machine, maxBytes: script.maxBytes });
  const ledger = new Ledger(() => time.now, 'X_a');
  const store = trouble.around(ledger.around(inner));
  const delivered = new Set<string>();
  const errors = new Map<string, number>();
  const sink = callback((alert) => void delivered.add(alert.id));
  const options: DriftOptions = {
    experiment: EXPERIMENT,
    store,
    minRows: 20,
    falseAlarms: { atMost: 0.01, per: 'month' },
    models: {
      [HOURLY]: { match: 'POST /hourly', schedule: 'hourly' },
      [DAILY]: { match: 'POST /daily', schedule: 'daily' },
    },
    rules: [{ notify: [sink] }],
    onError: (error) => {
      const text = String(error).replaceAll(/\d+/g, 'N').slice(0, 200);
      errors.set(text, (errors.get(text) ?? 0) + 1);
    },
    onInfo: () => undefined,
  };
  const open = (replica: number): Service =>
    new Service(options, { clock: clocks[replica] as SkewedClock, patience: time.clock() });
  const fleet = [open(0), open(1)];
  const counters = { dropped: 0, unknown: 0 };
  const note = (service: Service): void => {
    counters.dropped += service.status().counters.droppedRows;
    counters.unknown += service.status().counters.unconfirmedRows;
  };
  const close = async (service: Service): Promise<void> => {
    const closing = service.close();
    await time.pass(6_000);
    await closing;
    note(service);
  };
  const random = seededRandom(11);
  const recorded = new Set<number>();
  const thrown: unknown[] = [];
  const sightings: Sighting[] = [];
  const heap: number[] = [];
  const reads: number[] = [];
  const holdings: Holdings[] = [];
  for (let hour = 0; hour < script.days * 24; hour += 1) {
    const shift = script.drifts.some((drift) => inside(hour, drift)) ? 1.5 : 0;
    (clocks[0] as SkewedClock).skew =
      HOUR * (script.skews.find(({ at }) => inside(hour, at))?.byHours ?? 0);
    const isOut = script.outages.some((outage) => inside(hour, outage));
    trouble.isOut = isOut;
    trouble.hangs = script.hangs.get(hour);
    if (script.restarts.has(hour)) {
      const replica = Math.floor(hour / 168) % 2;
      await close(fleet[replica] as Service);
      fleet[replica] = open(replica);
    }
    for (let step = 0; step < HOUR / STEP; step += 1) {
      for (const service of fleet) {
        for (const model of [HOURLY, DAILY]) {
          const X = Array.from({ length: model === HOURLY ? ROWS_PER_STEP : 1 }, () => ({
            a: randomNormal(random) + shift,
          }));
          try {
            service.record({ model, X, Y: X.map(() => 1) });
            for (const { a } of X) recorded.add(a);
          } catch (error) {
            thrown.push(error);
          }
        }
      }
      await time.pass(start + hour * HOUR + (step + 1) * STEP - time.now);
    }
    const statuses = fleet.map((service) => service.status());
    const reasons = statuses.flatMap((status) => status.reasons);
    sightings.push({ hour, isOut, ok: statuses.map(({ ok }) => ok), reasons });
    if ((hour + 1) % 24 === 0) {
      holdings.push({ hour, ...(await holdingsOf(inner, ledger, time.now)) });
    }
    if ((hour + 1) % 168 === 0) {
      heap.push(heapInUse());
      reads.push(trouble.reads);
      trouble.reads = 0;
    }
  }
  trouble.isOut = false;
  await time.pass(HOUR / 2);
  const last = fleet.map((service) => service.status());
  sightings.push({
    hour: script.days * 24,
    isOut: false,
    ok: last.map(({ ok }) => ok),
    reasons: last.flatMap(({ reasons }) => reasons),
  });
  for (const service of fleet) await close(service);
  return {
    script,
    store: inner,
    ledger,
    time,
    start,
    recorded,
    counters,
    delivered,
    sightings,
    thrown,
    errors,
    heap,
    reads,
    holdings,
  };
}

/** Rows are as old as they are, whatever a wrong clock stamped on them. */
async function holdingsOf(
  store: TrackingStore,
  { appendedAt }: Ledger,
  now: number,
): Promise<Omit<Holdings, 'hour'>> {
  let oldestMs = 0;
  let held = 0;
  for await (const { event, pos, bytes } of store.query(EXPERIMENT)) {
    held += bytes?.length ?? 0;
    if (event === 'predict') oldestMs = Math.max(oldestMs, now - (appendedAt.get(pos) ?? now));
  }
  const folds = { levels: [1, 2, 3, 4, 5] };
  for await (const { bytes } of store.parts(EXPERIMENT, folds, { withBytes: true }))
    held += bytes?.length ?? 0;
  return { oldestMs, bytes: held };
}

let collect: (() => void) | undefined;

function heapInUse(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  return process.memoryUsage().heapUsed;
}
