import type { LogHead } from '../../log-entry.js';
import type { PredictionFilter } from '../../prediction.js';
import type { Pruned, Retention } from '../../retention.js';
import type { Migration } from '../../store.js';
import type { Fold, PartFilter } from '../../window-part.js';
import type { PlacedEntry } from '../assign-positions.js';
import type { CheckedRestored } from '../check-restored.js';
import type { CheckedCommit, CheckedEntry, CheckedQuery, CheckedRewrite } from '../validate.js';
import type { SqlRow, SqlValue } from './rows.js';

/** Runs statements on one connection. */
export interface SqlDriver {
  /** Runs a statement; its values are bound to the `?` in it, in order. */
  all(text: string, values: readonly SqlValue[]): Promise<SqlRow[]>;
}

/** Work inside a transaction, or of statements that only read. */
export type SqlWork<Driver, T> = (driver: Driver) => Promise<T>;

/** Whether a transaction is in the log whose answer was lost. */
export type Happened<Driver, T> = (driver: Driver, result: T) => Promise<boolean>;

/** Connections to one database. */
export interface SqlConnection<Driver> {
  /** @throws LeewayError `ERR_LEEWAY_CLOSED` */
  checkOpen(): void;
  /** Runs statements that only read; each sees what is committed when it runs. */
  read<T>(work: SqlWork<Driver, T>): Promise<T>;
  /** Runs a transaction: all or nothing. */
  write<T>(work: SqlWork<Driver, T>, happened?: Happened<Driver, T>): Promise<T>;
  migration(): Promise<Migration>;
  close(): Promise<void>;
}

/** How a store writes that may be full. */
export interface SqlWrites<Driver> {
  /** Writes entries; where the store is full it makes room, and tries again. */
  append<T>(
    entries: readonly CheckedEntry[],
    work: SqlWork<Driver, T>,
    happened?: Happened<Driver, T>,
  ): Promise<T>;
  /** Writes what is no append, and may take the reserve. */
  upkeep<T>(work: SqlWork<Driver, T>, happened?: Happened<Driver, T>): Promise<T>;
}

/** A part of a log that is read as a window. */
export interface Window {
  readonly key: string;
  readonly after: number;
  readonly upTo: number;
}

/** Where a page of a query starts, after this entry in the query's order, and how many rows it has at most. */
export interface PagePlace {
  readonly start: { readonly pos: number; readonly runEnd: number } | undefined;
  readonly limit: number;
}

/**
 * What differs between databases that hold a tracking store.
 *
 * @typeParam Written - what tells later whether a batch was committed
 * @typeParam Part - what a part of a window is found by
 */
export interface Dialect<
  Driver extends SqlDriver,
  Written extends { readonly placed: readonly PlacedEntry[] },
  Part,
> {
  /** Before the name of each table. */
  readonly prefix: string;
  /** The column by which a monitor, a delivery or a lease is found; it holds what `idOf` gives. */
  readonly nameId: string;
  /** Stands for an experiment's id in a statement; `idOf` of its name is bound to it. */
  readonly experimentId: string;
  readonly idOf: (name: string) => string;
  /** The columns by which deliveries are in order, in brackets where there are several. */
  readonly outbox: string;
  /** Keeps a row that was read until the transaction ends. */
  readonly forUpdate: string;
  /** Whether copies of payloads are of no more use once an append has settled. */
  readonly lendsMemory: boolean;
  readonly partsPerPage: number;
  /** Whether bytes of parts are read for one key at a time. */
  readonly readsByKey: boolean;

  findExperiment(driver: Driver, name: string): Promise<LogHead | undefined>;
  appendEntries(
    driver: Driver,
    experiment: string,
    entries: readonly CheckedEntry[],
  ): Promise<Written>;
  /** Whether a batch is in the log. Left out where no commit's answer can be lost. */
  readonly isWritten?: (driver: Driver, experiment: string, written: Written) => Promise<boolean>;
  writeCommit(
    driver: Driver,
    commit: CheckedCommit,
    clock: () => Promise<number>,
  ): Promise<(Written & { readonly run: number; readonly version: number }) | undefined>;
  /** Gives what reads the pages of one query, one after the other. */
  pages(
    experiment: string,
    query: CheckedQuery,
  ): (driver: Driver, place: PagePlace) => Promise<SqlRow[]>;
  /** The parts of a window without their bytes, in order, as they were at one moment. */
  listWindow(experiment: string, window: Window): Promise<readonly Part[]>;
  sumWindow(experiment: string, window: Window): Promise<number>;
  readParts(
    driver: Driver,
    place: { readonly experiment: string; readonly key: string },
    parts: readonly Part[],
  ): Promise<SqlRow[]>;
  writeFold(driver: Driver, fold: Fold, now: number): Promise<boolean>;
  listParts(
    driver: Driver,
    experiment: string,
    filter: PartFilter,
    page: { readonly now: number; readonly limit: number },
  ): Promise<SqlRow[]>;
  /** Bytes of listed parts, in the order listed; `undefined` for those that were erased since. */
  readPartBytes(
    driver: Driver,
    experiment: string,
    listed: readonly SqlRow[],
  ): Promise<(Uint8Array | undefined)[]>;
  readPredictions(
    driver: Driver,
    experiment: string,
    filter: PredictionFilter,
    page: { readonly start: SqlRow | undefined; readonly limit: number },
  ): Promise<SqlRow[]>;
  holdLease(
    driver: Driver,
    lease: { readonly name: string; readonly owner: string; readonly ttlMs: number },
    now: number,
  ): Promise<SqlRow[]>;
  prune(experiment: string, retention: Retention): Promise<Pruned>;
  writeRewrite(driver: Driver, rewrite: CheckedRewrite): Promise<boolean>;
  writeRestored(driver: Driver, experiment: string, restored: CheckedRestored): Promise<void>;
  scrub(): Promise<boolean>;
  /** The store's own time; on the driver of a transaction where there is one. */
  now(driver?: Driver): Promise<number>;
}
