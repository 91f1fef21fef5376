import { LeewayError } from '../../../leaves/errors.js';
import type { SqlDriver } from '../sql/dialect.js';

/** A writer looks at what all hold whenever it has written so much of the bound itself. */
const LOOK_SHARE = 0.01;

/** There is no room for a write. */
export class FullStoreError extends LeewayError {}

/** What payloads take, over all experiments. */
export async function heldBytes(driver: SqlDriver): Promise<number> {
  const [row] = await driver.all(
    'SELECT coalesce(sum(bytes), 0)::FLOAT8 AS held FROM leeway_experiments',
    [],
  );
  return row?.held as number;
}

/**
 * What payloads may take yet. What a writer itself wrote since it last looked is counted here, what others wrote is seen at the next
 * look: so `n` writers hold at most `n` hundredths more than the bound, and hardly a write costs a statement more.
 */
export class PostgresRoom {
  readonly #location: string;
  readonly #maxBytes: number;
  #held = 0;
  #writtenSince = Number.POSITIVE_INFINITY;

  constructor(location: string, maxBytes: number) {
    this.#location = location;
    this.#maxBytes = maxBytes;
  }

  /** @throws FullStoreError where so much does not fit. */
  async check(driver: SqlDriver, bytes: number): Promise<void> {
    if (this.#writtenSince >= LOOK_SHARE * this.#maxBytes || !this.#fits(bytes)) {
      this.#held = await heldBytes(driver);
      this.#writtenSince = 0;
    }
    if (this.#fits(bytes)) return;
    const message = `${this.#location}: the store has reached its maxBytes (${this.#maxBytes}), and no rows can be removed`;
    throw new FullStoreError('ERR_LEEWAY_STORE', message);
  }

  /** Counts what was written. */
  wrote(bytes: number): void {
    this.#held += bytes;
    this.#writtenSince += bytes;
  }

  #fits(bytes: number): boolean {
    return this.#held + bytes <= this.#maxBytes;
  }
}
