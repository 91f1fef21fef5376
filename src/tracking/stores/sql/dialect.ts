import type { Migration } from '../../store.js';
import type { CheckedEntry } from '../validate.js';
import type { SqlRow, SqlValue } from './rows.js';

/** A condition, with what is bound to the `?` in it. */
export interface Condition {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** How statements for one database are written. All columns that are not named here are alike in all databases. */
export interface Dialect {
  /** Before the name of each table. */
  readonly prefix: string;
  /** The column by which an experiment, a monitor, a delivery or a lease is found; it holds what `idOf` gives. */
  readonly nameId: string;
  /** The column by which a model is found. */
  readonly keyId: string;
  /** The columns of a name, of a key and of a prediction's id; each holds a value of `idAndName`, in order. */
  readonly nameColumns: readonly string[];
  readonly keyColumns: readonly string[];
  readonly predictionColumns: readonly string[];
  readonly idOf: (name: string) => string;
  readonly idAndName: (name: string) => readonly string[];
  /** The columns by which an entry, or a part, is found. */
  readonly entryId: readonly string[];
  readonly partId: readonly string[];
  /** Stands for an experiment's id in a statement; `idOf` of its name is bound to it. */
  readonly experimentId: string;
  /** The columns by which deliveries are in order. */
  readonly outbox: readonly string[];
  /** Whether a delivery is stored with its run and its place in that; else the database numbers deliveries itself. */
  readonly placesDeliveries: boolean;
  /** Whether entries tell the batch that they came with, for a commit whose answer was lost. */
  readonly storesBatch: boolean;
  /** Whether experiments count what their payloads take. */
  readonly countsBytes: boolean;
  /** The function that gives the larger of two numbers. */
  readonly greatest: string;
  /** Rows that one statement writes. */
  readonly rowsPerStatement: number;
  readonly partsPerPage: number;
  /** Holds a row that was read until the transaction ends. */
  readonly forUpdate: string;
  /** Ends a query whose rows are to be found before anything is made of them. */
  readonly apart: string;
  /** Whether copies of payloads are of no more use once an append has settled. */
  readonly lendsMemory: boolean;
  /** The index that a statement has to use, where the database must be told. */
  readonly by: (index: string) => string;
  /** Whether columns have the values of one of the rows. */
  readonly among: (columns: readonly string[], rows: readonly (readonly SqlValue[])[]) => Condition;
  /** Takes or extends a lease that is free; gives a row if it did. */
  readonly holdLease: (
    driver: SqlDriver,
    lease: { readonly name: string; readonly owner: string; readonly ttlMs: number },
    now: number,
  ) => Promise<SqlRow[]>;
}

/** Runs statements on one connection. */
export interface SqlDriver {
  readonly dialect: Dialect;
  /** Runs a statement; its values are bound to the `?` in it, in order. */
  all(text: string, values: readonly SqlValue[]): Promise<SqlRow[]>;
}

/** Work inside a transaction, or of statements that only read. */
export type SqlWork<T> = (driver: SqlDriver) => Promise<T>;

/** Whether a transaction is in the log whose answer was lost. */
export type Happened<T> = (driver: SqlDriver, result: T) => Promise<boolean>;

/** Connections to one database. */
export interface SqlConnection {
  /** @throws LeewayError `ERR_LEEWAY_CLOSED` */
  checkOpen(): void;
  /** Runs statements that only read; each sees what is committed when it runs. */
  read<T>(work: SqlWork<T>): Promise<T>;
  /** Runs a transaction: all or nothing. */
  write<T>(work: SqlWork<T>, happened?: Happened<T>): Promise<T>;
  migration(): Promise<Migration>;
  close(): Promise<void>;
}

/** A part of a log that is read as a window. */
export interface WindowBounds {
  readonly key: string;
  readonly after: number;
  readonly upTo: number;
}

/** What a database does in its own way. */
export interface SqlBackend {
  /** Writes entries; where the store is full it makes room, and tries again. */
  append<T>(entries: readonly CheckedEntry[], work: SqlWork<T>, happened?: Happened<T>): Promise<T>;
  /** Writes what is no append, and may take the reserve. */
  upkeep<T>(work: SqlWork<T>, happened?: Happened<T>): Promise<T>;
  /** What the parts of a window are found by (`partId`), in order, as they were at one moment. */
  listWindow(experiment: string, window: WindowBounds): Promise<readonly (readonly SqlValue[])[]>;
  sumWindow(experiment: string, window: WindowBounds): Promise<number>;
  scrub(): Promise<boolean>;
  /** The store's own time; on the driver of a transaction where there is one. */
  now(driver?: SqlDriver): Promise<number>;
}
