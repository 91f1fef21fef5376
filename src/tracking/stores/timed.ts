import type { Clock } from '../../leaves/clock.js';
import type { TrackingStore } from '../store.js';
import { ANSWER_WITHIN_MS, TimedCalls } from '../timed-calls.js';

/** Calls that go through a whole store or experiment may take this long. */
const LONG_CALL_MS = 600_000;
const LONG_CALLS: ReadonlySet<string> = new Set(['prune', 'clear', 'migrate', 'restore', 'scrub']);
/** Calls that give one thing after another: each is waited for by itself. */
const STREAMS: ReadonlySet<string> = new Set(['query', 'windowParts', 'parts', 'predictions']);

/** What calls are named in messages; other ones by their method. */
const NAMES: Readonly<Record<string, string>> = {
  append: 'a write',
  commitWindow: 'the commit of a capture',
  fold: 'a fold',
  head: "a read of the log's end",
  monitorHead: "a read of a monitor's place",
  pendingDeliveries: 'a read of the outbox',
  prune: 'pruning',
  query: 'a query',
  releaseLease: 'a lease',
  settleDelivery: 'a note on a delivery',
  takeLease: 'a lease',
  windowParts: 'a read of a window',
  windowRows: 'a read of a window',
};

/** What a timed store needs. */
export interface TimedStoreOptions {
  /** By which answers are waited for. */
  readonly clock: Clock;
  /** How long an answer is waited for. Calls that go through a whole store may take ten times as long. @default 60_000 */
  readonly timeoutMs?: number;
}

/**
 * A store each of whose calls ends in time, answered or with `ERR_LEEWAY_TIMEOUT`. `close` is the exception: whoever
 * closes a store decides how long to wait.
 */
export function timedStore(
  store: TrackingStore,
  { clock, timeoutMs = ANSWER_WITHIN_MS }: TimedStoreOptions,
): TrackingStore {
  const calls = new TimedCalls({ clock, location: () => store.location });
  const longMs = (timeoutMs / ANSWER_WITHIN_MS) * LONG_CALL_MS;
  const timed = new Map<PropertyKey, unknown>();

  const wrap = (method: string, call: (...args: unknown[]) => unknown): unknown => {
    const ms = LONG_CALLS.has(method) ? longMs : timeoutMs;
    const named = (args: unknown[]) => ({ kind: method, what: nameOf(method, args), ms });
    if (!STREAMS.has(method))
      return (...args: unknown[]) => calls.make(named(args), () => call(...args));
    return (...args: unknown[]) => {
      const step = <T>(work: () => PromiseLike<T> | T): Promise<T> => calls.make(named(args), work);
      return streamed(step, () => call(...args) as AsyncIterable<unknown>);
    };
  };

  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      const known = timed.get(name);
      if (known !== undefined) return known;
      // Looked up by each call: what a store answers with may change.
      const call = (...args: unknown[]): unknown =>
        Reflect.apply(Reflect.get(target, name, target), target, args);
      const made = name === 'close' ? call : wrap(name, call);
      timed.set(name, made);
      return made;
    },
  });
}

type Step = <T>(work: () => PromiseLike<T> | T) => Promise<T>;

/** The same things one after the other, each in its time. */
async function* streamed(step: Step, open: () => AsyncIterable<unknown>): AsyncGenerator<unknown> {
  // A store of somebody else's may reject where it should give an iterable.
  const iterator = (await step(async () => open()))[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const { done, value } = await step(() => iterator.next());
      isOver = done === true;
      if (isOver) return;
      yield value;
    }
  } catch (error) {
    isOver = true;
    throw error;
  } finally {
    if (!isOver) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

function nameOf(method: string, args: readonly unknown[]): string {
  const name = NAMES[method] ?? `${method}()`;
  if (method !== 'append' || !Array.isArray(args[1])) return name;
  const rows = args[1].reduce(
    (sum: number, entry: { rows?: number }) => sum + (entry?.rows ?? 0),
    0,
  );
  return rows === 0 ? name : `${name} of ${rows} rows`;
}
