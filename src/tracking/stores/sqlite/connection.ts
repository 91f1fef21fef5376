import { access, constants, mkdir, open as openFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LeewayError } from '../../../leaves/errors.js';
import type { Migration } from '../../store.js';
import { closedError } from '../closed-error.js';
import { boundOfAppends } from '../room.js';
import type { SqlConnection } from '../sql/dialect.js';
import {
  type LoadSqlite,
  resultCode,
  SQLITE_BUSY,
  SQLITE_CANTOPEN,
  SQLITE_CORRUPT,
  SQLITE_FULL,
  SQLITE_IOERR,
  SQLITE_NOTADB,
  SQLITE_READONLY,
  type SqliteDriver,
} from './driver.js';
import { prepareSchema } from './schema.js';

export interface SqliteConnectionOptions {
  /** An absolute path. */
  readonly file: string;
  readonly location: string;
  readonly busyTimeoutMs: number;
  /** The file grows no further. */
  readonly maxBytes: number;
  readonly load: LoadSqlite;
}

const RETRY_MS = 20;
/** SQLite knows no larger number of pages. */
const MAX_PAGES = 4_294_967_294;

const ADVICE: ReadonlyMap<number, string> = new Map([
  [
    SQLITE_BUSY,
    'another process has held it for too long; raise busyTimeoutMs or find that process',
  ],
  [SQLITE_READONLY, "it can't be written to; check the permissions of the file and its directory"],
  [
    SQLITE_FULL,
    'the disk is full, or the store has reached its maxBytes, and no rows can be removed',
  ],
  [SQLITE_CANTOPEN, 'it could not be opened; check that the directory can be written to'],
  [
    SQLITE_CORRUPT,
    'the file is damaged; leeway does not repair it: move it away (and keep it), or restore a backup',
  ],
  [
    SQLITE_NOTADB,
    'the file is not a SQLite database; leeway did not change it: move it away, or choose another file',
  ],
]);

/** After these a connection stays as it is, be the file mended or another in its place: the next call opens the file anew. */
const SPOILT: ReadonlySet<number | undefined> = new Set([
  SQLITE_READONLY,
  SQLITE_IOERR,
  SQLITE_CORRUPT,
  SQLITE_CANTOPEN,
  SQLITE_NOTADB,
]);

/**
 * One connection to a SQLite file, opened by the first call and, where that failed, again by the next. All that runs
 * on it runs one after the other, so no statement gets into another caller's transaction.
 */
export class SqliteConnection implements SqlConnection {
  readonly #options: SqliteConnectionOptions;
  #driver: SqliteDriver | undefined;
  #migration: Migration | undefined;
  /** Settles when all calls so far have. Never rejects. */
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(options: SqliteConnectionOptions) {
    this.#options = options;
  }

  checkOpen(): void {
    if (this.#closing !== undefined) throw closedError(this.#options.location);
  }

  /** Runs statements that only read; each sees what is committed when it runs. */
  read<T>(work: (driver: SqliteDriver) => Promise<T>): Promise<T> {
    return this.#enqueue((driver) => this.#whileBusy(() => work(driver)));
  }

  /** Runs several statements that only read, and all see the same state. */
  snapshot<T>(work: (driver: SqliteDriver) => Promise<T>): Promise<T> {
    return this.#enqueue((driver) =>
      this.#whileBusy(() => this.#transaction(driver, 'BEGIN', work)),
    );
  }

  /** Runs a transaction: all or nothing, alone among all processes. */
  write<T>(work: (driver: SqliteDriver) => Promise<T>): Promise<T> {
    // With the lock taken at the start, only the start can be busy, so no work is done twice.
    return this.#enqueue((driver) =>
      this.#whileBusy(() => this.#transaction(driver, 'BEGIN IMMEDIATE', work)),
    );
  }

  /** The same where the file holds what appends may fill: this one may take the reserve. */
  writeFromReserve<T>(work: (driver: SqliteDriver) => Promise<T>): Promise<T> {
    return this.#enqueue(async (driver) => {
      await this.#bound(driver, this.#options.maxBytes);
      try {
        return await this.#whileBusy(() => this.#transaction(driver, 'BEGIN IMMEDIATE', work));
      } finally {
        await this.#bound(driver, boundOfAppends(this.#options.maxBytes)).catch(() => {});
      }
    });
  }

  /** The layout that was found when the file was opened first, and the one it has now. */
  migration(): Promise<Migration> {
    return this.#enqueue(async () => this.#migration as Migration);
  }

  close(): Promise<void> {
    this.#closing ??= this.#last.then(() => this.#disconnect());
    return this.#closing;
  }

  #enqueue<T>(task: (driver: SqliteDriver) => Promise<T>): Promise<T> {
    this.checkOpen();
    const result = this.#last.then(async () => {
      try {
        this.#driver ??= await this.#connect();
        return await task(this.#driver);
      } catch (error) {
        if (SPOILT.has(resultCode(error))) await this.#abandon();
        throw this.#explain(error);
      }
    });
    this.#last = result.catch(() => {});
    return result;
  }

  async #connect(): Promise<SqliteDriver> {
    const { file, location, busyTimeoutMs, load } = this.#options;
    const open = await load();
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    } catch (cause) {
      const message = `${location}: its directory can't be made; check the path and the permissions of what is above it`;
      throw new LeewayError('ERR_LEEWAY_STORE', message, { cause });
    }
    await this.#checkWritable();
    await makePrivate(file);
    const driver = await open(file, busyTimeoutMs);
    try {
      const { from, to, minWriter } = await this.#whileBusy(() => prepareSchema(driver, location));
      this.#migration = { from: this.#migration?.from ?? from, to, minWriter };
      await this.#bound(driver, boundOfAppends(this.#options.maxBytes));
      return driver;
    } catch (error) {
      await driver.close().catch(() => {});
      throw error;
    }
  }

  /** Of a file that can only be read SQLite would make helpers that can only be read, and leave them there for those who may write. */
  async #checkWritable(): Promise<void> {
    const { file, location } = this.#options;
    await access(file, constants.W_OK).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return;
      const message = `${location}: ${ADVICE.get(SQLITE_READONLY)} (${cause.message})`;
      throw new LeewayError('ERR_LEEWAY_STORE', message, { cause });
    });
  }

  /** Lets the file grow up to so many bytes. SQLite never sets the limit below what the file has. */
  async #bound(driver: SqliteDriver, bytes: number): Promise<void> {
    const [row] = await driver.all('PRAGMA page_size', []);
    const pages = Math.ceil(bytes / Number(row?.page_size ?? 4096));
    await driver.exec(`PRAGMA max_page_count = ${Math.min(pages, MAX_PAGES)}`);
  }

  async #disconnect(): Promise<void> {
    const driver = this.#driver;
    this.#driver = undefined;
    try {
      await driver?.close();
    } catch (error) {
      throw this.#explain(error);
    }
  }

  async #transaction<T>(
    driver: SqliteDriver,
    begin: string,
    work: (driver: SqliteDriver) => Promise<T>,
  ): Promise<T> {
    await driver.exec(begin);
    try {
      const result = await work(driver);
      await driver.exec('COMMIT');
      return result;
    } catch (error) {
      await driver.exec('ROLLBACK').catch(() => this.#abandon());
      throw error;
    }
  }

  /** The next call takes a new connection; nothing is known of the state of this one. */
  async #abandon(): Promise<void> {
    await this.#disconnect().catch(() => {});
  }

  /** Tries again while another process holds the file; between tries neither a thread nor the event loop waits. */
  async #whileBusy<T>(task: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#options.busyTimeoutMs;
    for (;;) {
      try {
        return await task();
      } catch (error) {
        if (resultCode(error) !== SQLITE_BUSY || performance.now() >= deadline) throw error;
        await wait(RETRY_MS);
      }
    }
  }

  #explain(error: unknown): LeewayError {
    if (error instanceof LeewayError) return error;
    const code = resultCode(error);
    const text = error instanceof Error ? error.message : String(error);
    const advice = code === undefined ? undefined : ADVICE.get(code);
    const message = `${this.#options.location}: ${advice === undefined ? text : `${advice} (${text})`}`;
    return new LeewayError('ERR_LEEWAY_STORE', message, { cause: error });
  }
}

/** Makes the file, so that nobody else can read it, where it is not there: SQLite makes the files beside it alike. */
async function makePrivate(file: string): Promise<void> {
  const handle = await openFile(file, 'a', 0o600).catch(() => undefined);
  await handle?.close();
}
