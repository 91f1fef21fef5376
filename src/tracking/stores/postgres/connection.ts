import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../../leaves/clock.js';
import { LeewayError } from '../../../leaves/errors.js';
import { withTimeLimit } from '../../../leaves/time-limit.js';
import type { Migration } from '../../store.js';
import { closedError } from '../closed-error.js';
import type { SqlConnection } from '../sql/dialect.js';
import { InDoubtError } from '../sql/in-doubt.js';
import {
  driverOf,
  HUNG,
  isConflict,
  isFatal,
  type PgClient,
  type PgDriver,
  type PgPool,
  sqlState,
} from './driver.js';
import { prepareTables } from './schema.js';

export interface PostgresConnectionOptions {
  readonly location: string;
  /** Gives the pool; called at first use, and again where that failed. */
  readonly pool: () => Promise<PgPool>;
  /** Whether `close` ends the pool. */
  readonly owned: boolean;
  /** How long a statement, a lock, or a connection is waited for. */
  readonly timeoutMs: number;
}

/** A transaction that met a conflict so often is told of. */
const MAX_TRIES = 10;
const FIRST_WAIT_MS = 5;
/** So often it is asked whether a transaction was committed whose answer was lost. */
const MAX_QUESTIONS = 3;
const QUESTION_EVERY_MS = 200;
/** The server ends a statement that takes too long; so much later it is given up here, with its connection. */
const GRACE_SHARE = 0.1;
/** `VACUUM` goes through whole tables. */
const LONG_STATEMENT_MS = 600_000;

const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    'ECONNREFUSED',
    'nothing answers there; check that the server runs and that host and port are right',
  ],
  ['ENOTFOUND', "there is no such host; check the URL's host"],
  ['28P01', 'the server refused the password; check the URL, or PGPASSWORD'],
  ['28000', 'the server refused the user; check the URL'],
  ['3D000', 'there is no such database; make it with CREATE DATABASE, or check the URL'],
  ['42501', 'the user lacks a right; it needs to create, read and write tables in its schema'],
  ['53100', 'the disk of the server is full'],
  ['25006', 'the server, or this session, is read-only'],
  ['55P03', 'another process holds this experiment for too long; it is tried again'],
  ['57014', 'the server ended a statement that took too long; it is tried again'],
  [
    HUNG,
    'the server does not answer; the connection was given up, and the next call takes another',
  ],
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
export class PostgresConnection implements SqlConnection {
  readonly #options: PostgresConnectionOptions;
  #ready: Promise<PgPool> | undefined;
  #migration: Migration | undefined;
  readonly #working: Set<Promise<unknown>> = new Set();
  /** When each connection answered last, by `performance.now()`. */
  readonly #answeredAt = new WeakMap<PgClient, number>();
  /** When a connection was last found that does not answer: those that have not answered since may be as dead. */
  #hungAt = Number.NEGATIVE_INFINITY;
  #closing: Promise<void> | undefined;

  constructor(options: PostgresConnectionOptions) {
    this.#options = options;
  }

  checkOpen(): void {
    if (this.#closing !== undefined) throw closedError(this.#options.location);
  }

  /** Runs statements that only read; each sees what is committed when it runs. */
  read<T>(work: (driver: PgDriver) => Promise<T>): Promise<T> {
    return this.#track(async () =>
      this.#with(await this.#open(), (driver) => this.#again(() => work(driver))),
    );
  }

  /** The same for statements that take minutes. */
  readSlowly<T>(work: (driver: PgDriver) => Promise<T>): Promise<T> {
    return this.#track(async () => this.#with(await this.#open(), work, LONG_STATEMENT_MS));
  }

  /**
   * Runs a transaction: all or nothing, again where it met a conflict.
   *
   * @param happened tells, of a commit whose answer was lost with the connection, whether it was one. It runs in a transaction.
   * @throws InDoubtError where that could not be asked.
   */
  write<T>(
    work: (driver: PgDriver) => Promise<T>,
    happened?: (driver: PgDriver, result: T) => Promise<boolean>,
  ): Promise<T> {
    return this.#track(async () => {
      const pool = await this.#open();
      try {
        return await this.#with(pool, (driver) =>
          this.#again(() => this.#transaction(driver, work)),
        );
      } catch (error) {
        if (!(error instanceof LostCommit)) throw error;
        const result = error.result as T;
        if (happened === undefined) throw error.cause;
        if (await this.#ask(pool, result, happened)) return result;
        throw error.cause;
      }
    });
  }

  /** Asks, on another connection, whether a transaction was committed. */
  async #ask<T>(
    pool: PgPool,
    result: T,
    happened: (driver: PgDriver, result: T) => Promise<boolean>,
  ): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#with(pool, (driver) =>
          this.#transaction(driver, () => happened(driver, result)),
        );
      } catch (error) {
        // The question changes nothing, so that its own commit may be lost too.
        if (error instanceof LostCommit) return error.result as boolean;
        // What waited in vain once would do so again.
        const isOver =
          attempt === MAX_QUESTIONS || [HUNG, 'ETIMEDOUT', '55P03'].includes(sqlState(error) ?? '');
        if (isOver) throw new InDoubtError(this.#options.location, result, error);
        await wait(QUESTION_EVERY_MS * attempt);
      }
    }
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
    const { from, to, minWriter } = await this.#with(pool, (driver) =>
      prepareTables(driver, this.#options.location),
    );
    this.#migration = { from: this.#migration?.from ?? from, to, minWriter };
    return pool;
  }

  /** Works on a connection of its own. One that broke, or does not answer, is destroyed. */
  async #with<T>(
    pool: PgPool,
    work: (driver: PgDriver) => Promise<T>,
    timeoutMs = this.#options.timeoutMs * (1 + GRACE_SHARE),
  ): Promise<T> {
    const client = await this.#connect(pool);
    // A connection that breaks says so twice: to the statement under way, which rejects, and here.
    const listener = (): void => {};
    client.on?.('error', listener);
    let broken = false;
    try {
      const result = await work(driverOf(client, { clock: systemClock, timeoutMs }));
      this.#answeredAt.set(client, performance.now());
      return result;
    } catch (error) {
      if (
        sqlState(error) === HUNG ||
        (error instanceof LostCommit && sqlState(error.cause) === HUNG)
      ) {
        this.#hungAt = performance.now();
      }
      // Only an error that the server told of leaves the connection in a state we know.
      const isKnown = error instanceof LeewayError || /^[0-9A-Z]{5}$/.test(sqlState(error) ?? '');
      broken = !isKnown || isFatal(error);
      if (!broken) this.#answeredAt.set(client, performance.now());
      throw error;
    } finally {
      client.off?.('error', listener);
      client.release(broken);
    }
  }

  /** A connection, but none that has been silent since before another was found dead. */
  async #connect(pool: PgPool): Promise<PgClient> {
    for (;;) {
      const client = await this.#inTime(() => pool.connect());
      const answeredAt = this.#answeredAt.get(client);
      if (answeredAt === undefined || answeredAt > this.#hungAt) return client;
      client.release(true);
    }
  }

  /** A pool may have no connection to give, and none that comes back. */
  #inTime(connect: () => Promise<PgClient>): Promise<PgClient> {
    let isLate = false;
    const connecting = async (): Promise<PgClient> => {
      const client = await connect();
      if (isLate) client.release();
      return client;
    };
    const late = (): Error => {
      isLate = true;
      return Object.assign(new Error('no connection was available'), { code: 'ETIMEDOUT' });
    };
    return withTimeLimit(connecting, { clock: systemClock, ms: this.#options.timeoutMs, late });
  }

  async #transaction<T>(driver: PgDriver, work: (driver: PgDriver) => Promise<T>): Promise<T> {
    await driver.all(this.#begin);
    let result: T;
    try {
      result = await work(driver);
    } catch (error) {
      // On a connection that does not answer it would only be waited for again.
      if (sqlState(error) !== HUNG) await driver.all('ROLLBACK').catch(() => {});
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

  /**
   * Begins a transaction that the server ends by itself: nobody else can write to an experiment while it lasts, and its
   * client may be frozen, or gone without a word. For this transaction only, since the pool may be the host's.
   */
  get #begin(): string {
    const ms = Math.max(1, Math.round(this.#options.timeoutMs));
    const limits = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
    return ['BEGIN', ...limits.map((name) => `SET LOCAL ${name} = ${ms}`)].join('; ');
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
