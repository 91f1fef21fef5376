import type { Clock } from '../../src/leaves/clock.js';
import { LeewayError } from '../../src/leaves/errors.js';
import type { TrackingStore } from '../../src/tracking/store.js';

/** What becomes of a call. */
export const FAULTS = ['fails', 'hangs', 'loses', 'late', 'answers-late'] as const;
export type FaultKind = (typeof FAULTS)[number];

/** What goes wrong: the `nth` call of a method, from 1, and what becomes of it. */
export interface Fault {
  readonly method: string;
  readonly nth: number;
  readonly kind: FaultKind;
}

export const LATE_MS = 3_600_000;

/** Counts calls by method, and lets one go wrong, over all that it wraps. */
export class FaultInjector {
  readonly counts = new Map<string, number>();
  /** Whether the fault was met. */
  met = false;
  readonly #fault: Fault | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock, fault?: Fault) {
    this.#clock = clock;
    this.#fault = fault;
  }

  /** Makes a call, or what becomes of it. */
  call<T>(method: string, work: () => Promise<T>): Promise<T> {
    const count = (this.counts.get(method) ?? 0) + 1;
    this.counts.set(method, count);
    const { method: faulty, nth, kind } = this.#fault ?? {};
    if (method !== faulty || count !== nth) return work();
    this.met = true;
    const broken = (): LeewayError =>
      new LeewayError('ERR_LEEWAY_STORE', `injected: call ${count} of ${method}`);
    const later = (): Promise<void> =>
      new Promise((resolve) => this.#clock.setTimer(LATE_MS, resolve));
    switch (kind) {
      case 'fails':
        return Promise.reject(broken());
      case 'hangs':
        return new Promise(() => undefined);
      case 'loses':
        return work().then(() => Promise.reject(broken()));
      case 'late':
        return later().then(work);
      default:
        return work().then((answer) => later().then(() => answer));
    }
  }

  /** A store whose calls go through here. Of what it gives one by one the beginning is the call. */
  wrap(store: TrackingStore): TrackingStore {
    return new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function' || typeof name !== 'string') return value;
        const call = value.bind(target) as (...args: unknown[]) => unknown;
        if (!STREAMS.has(name))
          return (...args: unknown[]) => this.call(name, async () => call(...args));
        return (...args: unknown[]) =>
          this.#stream(name, () => call(...args) as AsyncIterable<unknown>);
      },
    });
  }

  async *#stream(name: string, open: () => AsyncIterable<unknown>): AsyncGenerator<unknown> {
    const all: unknown[] = [];
    await this.call(name, async () => {
      for await (const one of open()) all.push(one);
    });
    yield* all;
  }
}

const STREAMS: ReadonlySet<string> = new Set(['query', 'windowParts', 'parts', 'predictions']);
