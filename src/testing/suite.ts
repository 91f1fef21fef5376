import type { Clock } from '../leaves/clock.js';
import type { TrackingStore } from '../tracking/store.js';

/** The test functions the suite is written with; vitest's and jest's fit. */
export interface TestFunctions {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => Promise<void>) => void;
  readonly expect: (actual: unknown) => {
    toBe(expected: unknown): void;
    toEqual(expected: unknown): void;
  };
}

/** A fresh, empty store for one case. */
export interface StoreUnderTest {
  readonly store: TrackingStore;
  /** Another store on the same data, as another process would have it. Left out where a store can't have that. */
  readonly reopen?: () => TrackingStore;
  /** Called after the case; the suite has closed all stores by then. */
  readonly dispose?: () => Promise<void>;
}

export interface StoreSuiteOptions {
  /** The clock that leases are to run out by. */
  readonly clock: Clock;
}

/** Makes a fresh store; called once for each case. */
export type CreateStore = (options: StoreSuiteOptions) => StoreUnderTest | Promise<StoreUnderTest>;

/** What a case works with. */
export interface Bench {
  readonly store: TrackingStore;
  /** All instances on the data: one, or two where the store can be reopened. */
  readonly stores: readonly TrackingStore[];
  readonly reopen: (() => TrackingStore) | undefined;
  advance(ms: number): void;
}

/** What a group of cases is written with. */
export interface Suite extends Pick<TestFunctions, 'describe' | 'expect'> {
  /** The store's name, for titles. */
  readonly name: string;
  /** One case, on a store of its own. */
  readonly promise: (title: string, body: (bench: Bench) => Promise<void>) => void;
}
