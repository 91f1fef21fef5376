import type { CheckedEntry } from './validate.js';

/** Where an entry stands. */
export interface LogPlace {
  readonly pos: number;
  readonly run: number;
}

/** So many of the latest appends can be told from new ones. */
const MOST_KNOWN = 10_000;

/**
 * The appends that a store was given by name, so that one that is repeated is not written twice. It lives as long as the
 * store object: whoever repeats an append has it from the same process.
 *
 * @typeParam Doubt - what a store needs to find out later whether an append was committed
 */
export class BatchBook<Doubt = never> {
  readonly #known = new Map<string, readonly LogPlace[]>();
  readonly #underWay = new Map<string, Promise<readonly LogPlace[]>>();
  readonly #doubts = new Map<string, Doubt>();

  /**
   * Writes a batch, unless it is in the log already.
   *
   * @param write - writes it. It gets what is in doubt of an earlier try.
   */
  async once(
    experiment: string,
    entries: readonly CheckedEntry[],
    write: (doubt: Doubt | undefined) => Promise<readonly LogPlace[]>,
  ): Promise<{ pos: number; run: number }[]> {
    const batch = entries[0]?.batch;
    const places =
      batch === undefined ? await write(undefined) : await this.#named([experiment, batch], write);
    return places.map(({ pos, run }) => ({ pos, run }));
  }

  /** Notes that nobody knows whether a batch was committed. */
  doubt(experiment: string, entries: readonly CheckedEntry[], doubt: Doubt): void {
    const batch = entries[0]?.batch;
    if (batch !== undefined) this.#doubts.set(nameOf([experiment, batch]), doubt);
  }

  /** Forgets what was written, such as after an experiment was cleared. */
  forget(): void {
    this.#known.clear();
    this.#doubts.clear();
  }

  async #named(
    id: readonly [experiment: string, batch: string],
    write: (doubt: Doubt | undefined) => Promise<readonly LogPlace[]>,
  ): Promise<readonly LogPlace[]> {
    const name = nameOf(id);
    // A first try that is still under way decides; where it fails, this one is the next.
    for (
      let first = this.#underWay.get(name);
      first !== undefined;
      first = this.#underWay.get(name)
    ) {
      const places = await first.catch(() => undefined);
      if (places !== undefined) return places;
    }
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const writing = write(this.#doubts.get(name));
    this.#underWay.set(name, writing);
    try {
      const places = await writing;
      this.#note(name, places);
      return places;
    } finally {
      if (this.#underWay.get(name) === writing) this.#underWay.delete(name);
    }
  }

  #note(name: string, places: readonly LogPlace[]): void {
    this.#doubts.delete(name);
    this.#known.set(name, places);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }
}

const nameOf = (id: readonly [experiment: string, batch: string]): string => JSON.stringify(id);
