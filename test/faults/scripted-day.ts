import { callback } from '../../src/alert/sinks/callback.js';
import { seededRandom } from '../../src/leaves/random.js';
import type { DriftStatus } from '../../src/service/middleware-controls.js';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import { type Cell, decodeChunk } from '../../src/tracking/chunk.js';
import type { LogEntry } from '../../src/tracking/log-entry.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { type Fault, FaultInjector } from './fault.js';
import { type SimulatedTime, type SkewedClock, simulatedTime } from './simulated-clock.js';

export const EXPERIMENT = 'day';
export const MODEL = 'm';
export const MINUTE = 60_000;
/** A day of quarters of an hour: eight captures, so that one takes a moment to play. */
export const PERIOD = 15 * MINUTE;
const PERIODS = 8;
const DRIFTS_FROM = 2;
const RESTARTS_AT = 4;

/** What a day left behind. */
export interface DayAfter {
  readonly store: TrackingStore;
  readonly time: SimulatedTime;
  readonly injector: FaultInjector;
  readonly recorded: number;
  readonly counters: { readonly dropped: number; readonly unknown: number };
  readonly statuses: readonly DriftStatus[];
  /** Ids of alerts, as often as the sinks heard of them. */
  readonly delivered: ReadonlyMap<string, readonly string[]>;
  readonly ticks: readonly number[];
  readonly thrown: readonly unknown[];
  /** Replicas whose job has been at one run for over two periods. */
  readonly stuck: number;
  readonly close: () => Promise<void>;
}

/** Where a day is played. */
export interface Stage {
  readonly time?: SimulatedTime;
  /** The store, without faults. @default in memory */
  readonly store?: (time: SimulatedTime) => TrackingStore;
  readonly fault?: Fault;
  readonly options?: Partial<DriftOptions>;
  /** What the store's calls go through beside the fault. */
  readonly around?: (store: TrackingStore, time: SimulatedTime) => TrackingStore;
  /** Whether store and replicas are on one machine, and so have one clock. @default false */
  readonly oneMachine?: boolean;
  /** Looks at the fleet before each minute, and may turn its clocks: those of the replicas, and last the store's. */
  readonly watch?: (
    minute: number,
    fleet: readonly Service[],
    clocks: readonly SkewedClock[],
  ) => void | Promise<void>;
}

/** Plays a day of two replicas: traffic, flushes, folds, captures, an incident with its alerts, upkeep, and a restart. */
export async function playDay(stage: Stage = {}): Promise<DayAfter> {
  const time = stage.time ?? simulatedTime();
  const machine = time.clock();
  const clocks =
    stage.oneMachine === true ? [machine, machine, machine] : [time.clock(), time.clock(), machine];
  const inner = stage.store?.(time) ?? memoryStore({ clock: machine });
  const injector = new FaultInjector(time.clock(), stage.fault);
  const ticks: number[] = [];
  const noted = stage.around?.(noteTicks(inner, ticks), time) ?? noteTicks(inner, ticks);
  const delivered = new Map<string, string[]>([
    ['first', []],
    ['second', []],
  ]);
  const sink = (name: string) => ({
    ...callback((alert) =>
      injector.call('deliver', async () => {
        delivered.get(name)?.push(alert.id);
      }),
    ),
    name,
  });
  const thrown: unknown[] = [];
  const open = (replica: number): Service => {
    const clock = clocks[replica] as SkewedClock;
    return new Service(
      {
        experiment: EXPERIMENT,
        model: MODEL,
        match: 'POST /predict',
        schedule: '15m',
        minRows: 20,
        baseline: rowsOf(400, seededRandom(1)).map(({ a }) => ({ X_a: a, Y_0: 1 })),
        rules: [{ notify: [sink('first'), sink('second')] }],
        store: injector.wrap(noted),
        onError: () => undefined,
        onInfo: () => undefined,
        ...stage.options,
      },
      { clock, patience: time.clock() },
    );
  };
  const random = seededRandom(2);
  const fleet = [open(0), open(1)];
  const counters = { dropped: 0, unknown: 0 };
  const note = (service: Service): void => {
    counters.dropped += service.status().counters.droppedRows;
    counters.unknown += service.status().counters.unconfirmedRows;
  };
  let recorded = 0;
  for (let minute = 0; minute < (PERIODS * PERIOD) / MINUTE; minute += 1) {
    const period = Math.floor((minute * MINUTE) / PERIOD);
    await stage.watch?.(minute, fleet, clocks);
    for (const service of fleet) {
      const X = rowsOf(5, random, period >= DRIFTS_FROM && period < DRIFTS_FROM + 3 ? 3 : 0);
      try {
        service.record({ X, Y: X.map(() => 1) });
        recorded += X.length;
      } catch (error) {
        thrown.push(error);
      }
    }
    if (minute === (RESTARTS_AT * PERIOD) / MINUTE + 3) {
      const [first] = fleet as [Service];
      const closing = first.close();
      await time.pass(6_000);
      await closing;
      note(first);
      fleet[0] = open(0);
    }
    await time.pass(MINUTE);
  }
  // What is left is brought in, without new traffic: half a period, so that no silence comes of it.
  await time.pass(PERIOD + MINUTE);
  const statuses = fleet.map((service) => service.status());
  const close = async (): Promise<void> => {
    const closing = Promise.all(fleet.map((service) => service.close()));
    await time.pass(6_000);
    await closing;
  };
  for (const service of fleet) note(service);
  const stuck = fleet.filter((service) => {
    const { running, last } = service.monitor(MODEL).job.status();
    // Told by the replica's own clock.
    const now = time.now + (clocks[fleet.indexOf(service)]?.skew ?? 0);
    return running || last === null || now - last.at > 2 * PERIOD + 5 * MINUTE;
  }).length;
  return {
    stuck,
    store: inner,
    time,
    injector,
    recorded,
    counters,
    statuses,
    delivered,
    ticks,
    thrown,
    close,
  };
}

/** No two rows are alike: a row is known by its value. */
const rowsOf = (count: number, random: () => number, shift = 0): { readonly a: number }[] =>
  Array.from({ length: count }, () => ({ a: random() + random() + random() + shift }));

/** Notes the ticks that captures were committed for. */
function noteTicks(store: TrackingStore, ticks: number[]): TrackingStore {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      const call = value.bind(target);
      if (name !== 'commitWindow') return call;
      return async (commit: { readonly tick?: number }) => {
        const done = await call(commit);
        if (done !== undefined && commit.tick !== undefined) ticks.push(commit.tick);
        return done;
      };
    },
  });
}

/** What is wrong with what a day left behind, in words; empty where all promises were kept. */
export async function brokenPromises(day: DayAfter): Promise<string[]> {
  const wrong: string[] = [];
  const say = (what: string): void => void wrong.push(what);
  const entries: LogEntry[] = [];
  for await (const entry of day.store.query(EXPERIMENT)) entries.push(entry);
  checkOrder(entries, say);
  checkRows(entries, day, say);
  checkSnapshots(entries, day, say);
  if (new Set(day.ticks).size !== day.ticks.length)
    say(`a tick was captured twice: ${day.ticks.join()}`);
  checkAlerts(entries, day, say);
  const waiting = await day.store.pendingDeliveries(EXPERIMENT, 10);
  if (waiting.length > 0) say(`${waiting.length} deliveries wait for ever`);
  for (const { ok, reasons, store } of day.statuses) {
    if (!ok || store.failing || store.unflushedRows > 0)
      say(`status is not clean: ${JSON.stringify({ ok, reasons, store })}`);
  }
  const [some, others] = day.statuses.map(({ state, models }) => [
    state,
    models.map(({ drifted }) => drifted),
  ]);
  if (JSON.stringify(some) !== JSON.stringify(others))
    say(`verdicts differ: ${JSON.stringify([some, others])}`);
  if (day.stuck > 0) say(`${day.stuck} replicas capture no more`);
  if (day.thrown.length > 0) say(`a request saw ${day.thrown.length} errors: ${day.thrown[0]}`);
  return wrong;
}

function checkOrder(entries: readonly LogEntry[], say: (what: string) => void): void {
  const runs = new Set<number>();
  let last = 0;
  entries.forEach(({ pos, run, runs: count }, index) => {
    if (pos !== index + 1) say(`position ${index + 1} is missing or out of place`);
    for (let one = run; one < run + count; one += 1) {
      runs.add(one);
      last = Math.max(last, one);
    }
  });
  if (runs.size !== last) say(`${last - runs.size} run numbers are missing`);
  const chunks = entries.filter(({ event }) => event === 'predict');
  const own = new Set<number>();
  for (const { run, runs: count } of chunks) {
    for (let one = run; one < run + count; one += 1) {
      if (own.has(one)) say(`run ${one} was given twice`);
      own.add(one);
    }
  }
}

function checkRows(entries: readonly LogEntry[], day: DayAfter, say: (what: string) => void): void {
  const ids = entries.flatMap(({ event, bytes }): readonly Cell[] =>
    event === 'predict' && bytes !== undefined ? (decodeChunk(bytes).columns.get('X_a') ?? []) : [],
  );
  if (new Set(ids).size !== ids.length)
    say(`${ids.length - new Set(ids).size} rows are in the log twice`);
  const { dropped, unknown } = day.counters;
  const least = day.recorded - dropped - unknown;
  if (ids.length < least) say(`${least - ids.length} rows are lost and not counted`);
  if (ids.length > day.recorded)
    say(`${ids.length} rows are in the log, of ${day.recorded} at most`);
}

function checkSnapshots(
  entries: readonly LogEntry[],
  day: DayAfter,
  say: (what: string) => void,
): void {
  const chunks = entries.filter(({ event }) => event === 'predict');
  let seq = -1;
  let upTo = 0;
  let lastAt = entries[0]?.dt ?? 0;
  // A call that hangs holds a capture up for a few time-outs; one that comes late, for no longer.
  const longest = 2 * PERIOD + 5 * MINUTE;
  for (const { event, value, dt } of entries) {
    if (event !== 'snapshot') continue;
    const told = value as {
      readonly seq: number;
      readonly rows: number;
      readonly after: number;
      readonly upTo: number;
    };
    if (told.seq !== seq + 1) say(`snapshot ${told.seq} follows snapshot ${seq}`);
    if (told.after !== upTo)
      say(`snapshot ${told.seq} begins after ${told.after}, the one before ends at ${upTo}`);
    const inside = chunks.filter(({ pos }) => pos > told.after && pos <= told.upTo);
    const rows = inside.reduce((sum, chunk) => sum + chunk.rows, 0);
    if (rows !== told.rows) say(`snapshot ${told.seq} has ${told.rows} rows, the log has ${rows}`);
    if (dt - lastAt > longest) say(`no capture for ${Math.round((dt - lastAt) / MINUTE)} minutes`);
    seq = told.seq;
    upTo = told.upTo;
    lastAt = dt;
  }
  if (day.time.now - lastAt > longest)
    say(`no capture for ${Math.round((day.time.now - lastAt) / MINUTE)} minutes, and none to come`);
}

function checkAlerts(
  entries: readonly LogEntry[],
  { delivered }: DayAfter,
  say: (what: string) => void,
): void {
  const alerts = entries.filter(({ event }) => event === 'alert');
  if (alerts.length === 0) say('no alert was raised');
  for (const { value } of alerts) {
    const { id } = value as { readonly id: string };
    for (const [sink, ids] of delivered) if (!ids.includes(id)) say(`${sink} never heard of ${id}`);
  }
}
