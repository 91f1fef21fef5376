import { setTimeout as wait } from 'node:timers/promises';
import { LeewayError } from '../../errors.js';
import type { Migration } from '../store.js';
import { closedError } from './check.js';
import { driverOf, isConflict, type PgClient, type PgDriver, type PgPool, sqlState } from './postgres-driver.js';
import { prepareTables } from './postgres-schema.js';

export interface PostgresConnectionOptions {
  readonly location: string;
  /** Gives the pool; called at first use, and again where that failed. */
  readonly pool: () => Promise<PgPool>;
  /** Whether `close` ends the pool. */
  readonly owned: boolean;
}

/** A transaction that met a conflict so often is told of. */
const MAX_TRIES = 10;
const FIRST_WAIT_MS = 5;

const ADVICE: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing answers there; check that the server runs and that host and port are right'],
  ['ENOTFOUND', "there is no such host; check the URL's host"],
  ['28P01', 'the server refused the password; check the URL, or PGPASSWORD'],
  ['28000', 'the server refused the user; check the URL'],
  ['3D000', 'there is no such database; make it with CREATE DATABASE, or check the URL'],
  ['42501', 'the user lacks a right; it needs to create, read and write tables in its schema'],
  ['53100', 'the disk of the server is full'],
  ['25006', 'the server, or this session, is read-only'],
]);

/** A commit that was sent, and whose answer did not come. */
class LostCommit extends Error {
  readonly result: unknown;

  constructor(result: unknown, cause: unknown) {
    super('the connection was lost while a transaction was committed', { cause });
    this.result = result;
  }
}

/** Connections to one PostgreSQL database, whose tables are laid out at first use. */
export class PostgresConnection {
  readonly #options: PostgresConnectionOptions;
  #ready: Promise<PgPool> | undefined;
  #migration: Migration | undefined;
  readonly #working: Set<Promise<unknown>> = new Set();
  #closing: Promise<void> | undefined;

  constructor(options: PostgresConnectionOptions) {
    this.#options = options;
  }

  checkOpen(): void {
    if (this.#closing !== undefined) throw closedError(this.#options.location);
  }

  /** Runs statements that only read; each sees what is committed when it runs. */
  read<T>(work: (driver: PgDriver) => Promise<T>): Promise<T> {
    return this.#run((client) => this.#again(() => work(driverOf(client))));
  }

  /**
   * Runs a transaction: all or nothing, again where it met a conflict.
   *
   * @param happened tells, of a commit whose answer was lost with the connection, whether it was one.
   */
  write<T>(
    work: (driver: PgDriver) => Promise<T>,
    happened?: (driver: PgDriver, result: T) => Promise<boolean>,
  ): Promise<T> {
    return this.#track(async () => {
      const pool = await this.#open();
      try {
        return await this.#with(pool, (client) => this.#again(() => this.#transaction(client, work)));
      } catch (error) {
        if (!(error instanceof LostCommit)) throw error;
        const result = error.result as T;
        const done = happened !== undefined && (await this.#with(pool, (client) => happened(driverOf(client), result)));
        if (done) return result;
        throw error.cause;
      }
    });
  }

  async migration(): Promise<Migration> {
    await this.#track(() => this.#open());
    return this.#migration as Migration;
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    await Promise.allSettled(this.#working);
    const pool = await this.#ready?.catch(() => undefined);
    if (this.#options.owned) await pool?.end();
  }

  #run<T>(work: (client: PgClient) => Promise<T>): Promise<T> {
    return this.#track(async () => this.#with(await this.#open(), work));
  }

  /** Keeps count of what is under way, and explains what went wrong. */
  #track<T>(work: () => Promise<T>): Promise<T> {
    try {
      this.checkOpen();
    } catch (error) {
      return Promise.reject(error);
    }
    const mine = work().catch((error) => {
      throw this.#explain(error);
    });
    this.#working.add(mine);
    mine.then(
      () => this.#working.delete(mine),
      () => this.#working.delete(mine),
    );
    return mine;
  }

  #open(): Promise<PgPool> {
    this.#ready ??= this.#prepare().catch((error) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  async #prepare(): Promise<PgPool> {
    const pool = await this.#options.pool();
    const { from, to, minWriter } = await this.#with(pool, (client) =>
      prepareTables(driverOf(client), this.#options.location),
    );
    this.#migration = { from: this.#migration?.from ?? from, to, minWriter };
    return pool;
  }

  async #with<T>(pool: PgPool, work: (client: PgClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    // A connection that breaks says so twice: to the statement under way, which rejects, and here.
    const listener = (): void => {};
    client.on?.('error', listener);
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      // Only an error that the server told of leaves the connection in a state we know.
      broken = !(error instanceof LeewayError) && !/^[0-9A-Z]{5}$/.test(sqlState(error) ?? '');
      throw error;
    } finally {
      client.off?.('error', listener);
      client.release(broken);
    }
  }

  async #transaction<T>(client: PgClient, work: (driver: PgDriver) => Promise<T>): Promise<T> {
    const driver = driverOf(client);
    await driver.all('BEGIN');
    let result: T;
    try {
      result = await work(driver);
    } catch (error) {
      await driver.all('ROLLBACK').catch(() => {});
      throw error;
    }
    try {
      await driver.all('COMMIT');
      return result;
    } catch (cause) {
      if (isConflict(cause)) throw cause;
      throw new LostCommit(result, cause);
    }
  }

  async #again<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!isConflict(error) || attempt === MAX_TRIES) throw error;
        // Apart, so that those who met do not meet again.
        await wait(FIRST_WAIT_MS * 2 ** Math.min(attempt, 6) * (0.5 + Math.random()));
      }
    }
  }

  #explain(error: unknown): LeewayError {
    if (error instanceof LeewayError) return error;
    const text = error instanceof Error ? error.message || error.name : String(error);
    const advice = ADVICE.get(sqlState(error) ?? '');
    const message = `${this.#options.location}: ${advice === undefined ? text : `${advice} (${text})`}`;
    return new LeewayError('ERR_LEEWAY_STORE', message, { cause: error });
  }
}
