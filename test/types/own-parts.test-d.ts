import { describe, expectTypeOf, it } from 'vitest';
import { driftMiddleware } from '../../adapters/express.js';
import type {
  Alert,
  AlertSink,
  Call,
  ColumnPair,
  DecodedCall,
  DriftOptions,
  Finding,
  OwnCodec,
  Statistic,
} from '../../src/index.js';
import type {
  Delivery,
  EntryFilter,
  Fold,
  LivePart,
  LogEntry,
  LogHead,
  Migration,
  MonitorHead,
  NewEntry,
  PartFilter,
  Prediction,
  PredictionFilter,
  Pruned,
  QueryOptions,
  Restored,
  Retention,
  Rewrite,
  StoredMonitor,
  TrackingStore,
  WindowCommit,
  WindowPart,
} from '../../src/store.js';

/** A store of one's own, with every type that it needs. */
abstract class OwnStore implements TrackingStore {
  readonly location = 'own';
  abstract append(
    experiment: string,
    entries: readonly NewEntry[],
  ): Promise<{ pos: number; run: number }[]>;
  abstract now(): Promise<number>;
  abstract head(experiment: string): Promise<LogHead>;
  abstract query(
    experiment: string,
    filter?: EntryFilter,
    options?: QueryOptions,
  ): AsyncIterable<LogEntry>;
  abstract experiments(): Promise<string[]>;
  abstract monitorHead(experiment: string, monitor: string): Promise<MonitorHead>;
  abstract monitors(experiment: string): Promise<StoredMonitor[]>;
  abstract windowParts(
    experiment: string,
    key: string,
    after: number,
    upTo: number,
  ): AsyncIterable<WindowPart>;
  abstract windowRows(
    experiment: string,
    key: string,
    after: number,
    upTo: number,
  ): Promise<number>;
  abstract fold(fold: Fold): Promise<boolean>;
  abstract commitWindow(
    commit: WindowCommit,
  ): Promise<{ run: number; version: number } | undefined>;
  abstract pendingDeliveries(
    experiment: string,
    limit: number,
    after?: string,
  ): Promise<Delivery[]>;
  abstract settleDelivery(id: string, outcome: { readonly done: boolean }): Promise<void>;
  abstract takeLease(name: string, owner: string, ttlMs: number): Promise<boolean>;
  abstract releaseLease(name: string, owner: string): Promise<void>;
  abstract parts(
    experiment: string,
    filter?: PartFilter,
    options?: { readonly limit?: number; readonly withBytes?: boolean },
  ): AsyncIterable<LivePart>;
  abstract predictions(experiment: string, filter?: PredictionFilter): AsyncIterable<Prediction>;
  abstract prune(experiment: string, retention: Retention): Promise<Pruned>;
  abstract rewrite(rewrite: Rewrite): Promise<boolean>;
  abstract scrub(): Promise<boolean>;
  abstract restore(experiment: string, restored: Restored): Promise<void>;
  abstract migrate(): Promise<Migration>;
  abstract clear(experiment: string): Promise<void>;
  abstract close(): Promise<void>;
}

const codec: OwnCodec = {
  decode: ({ body, response }: Call): DecodedCall => ({ X: [body], Y: [response] }),
};

const sink: AlertSink = { name: 'pager', deliver: (alert: Alert) => alert.title };

const statistic: Statistic = {
  key: 'median-shift',
  families: ['numeric'],
  decides: false,
  compare: ({ medians, spread }: ColumnPair): Finding => ({
    statistic: 'median-shift',
    metric: medians.current - medians.baseline,
    score: Math.min(1, Math.abs(medians.current - medians.baseline) / spread),
    pValue: null,
    location: medians.current,
    baseline: medians.baseline,
    current: medians.current,
    matters: false,
  }),
};

describe('with public names alone', () => {
  it('a store, a codec, a sink and a statistic can be written', () => {
    const options = (store: OwnStore): DriftOptions => ({
      experiment: 'e',
      match: 'POST /predict',
      store,
      codec,
      statistics: [statistic],
      rules: [{ notify: [sink] }],
    });
    expectTypeOf(driftMiddleware).toBeCallableWith(options({} as OwnStore));
  });
});
