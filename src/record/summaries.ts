import { randomUUID } from 'node:crypto';
import { SerialQueue } from '../leaves/async.js';
import { Profile } from '../profile/profile.js';
import type { Profiling } from '../profile/profiling.js';
import { type ChunkCall, rowVersions } from '../tracking/chunk.js';
import { isOverdue } from '../tracking/timed-calls.js';
import type { PackedChunk } from './packed-chunk.js';
import { inSlices } from './slices.js';

/** A profile in place of the rows it was made from, on its way to the store. */
export interface Summary {
  readonly model: string;
  readonly profile: Profile;
  readonly bytes: Uint8Array;
  /** The calls, without their ids. */
  readonly calls: readonly ChunkCall[];
  /** Names its append, which is repeated under the same name where its answer was lost. */
  readonly batch: string;
}

/** What summaries need from the outside. */
export interface SummariesOptions {
  /**
   * Gives how rows are profiled: as the baseline's are, without samples of rows. The frequent categories of a baseline are
   * no secrets.
   */
  readonly profilingOf: (model: string) => Promise<Profiling>;
  /** Nothing is written about fewer rows. */
  readonly minRows: number;
  /** Writes a summary to the log and gives its position. Of one that fails as overdue nobody knows whether the log has it. */
  readonly append: (summary: Summary) => Promise<number>;
  /** Hears of each summary once it is in the log. */
  readonly onStored: (summary: Summary, pos: number) => Promise<void>;
}

/** A category seen less often may tell of a single person. */
export const RARE_BELOW = 20;
/** Calls of one summary; the rest of a burst is one call more. */
const MAX_CALLS = 10_000;
/** Columns and categories that are remembered as frequent, per model. */
const MAX_KNOWN = 100_000;

interface Open {
  profile: Profile;
  calls: ChunkCall[];
}

/**
 * For hosts that keep no rows (`retain: 'profiles'`): takes the recorder's chunks into a profile in memory, and writes that, with
 * rare categories folded and numbers coarsened, when it stands for enough rows. Until then nothing of it is anywhere else,
 * and a crash loses it.
 */
export class Summaries {
  readonly #options: SummariesOptions;
  readonly #open = new Map<string, Open>();
  /** By model: what the store refused. It may have it all the same, so it is sent again as it is, and grows no more. */
  readonly #refused = new Map<string, Summary>();
  /** Categories that were frequent once, by model. */
  readonly #known = new Map<string, Set<string>>();
  readonly #queue = new SerialQueue();

  constructor(options: SummariesOptions) {
    this.#options = options;
  }

  /** Rows that are in no log yet. */
  get rows(): number {
    let rows = 0;
    for (const { profile } of [...this.#open.values(), ...this.#refused.values()])
      rows += profile.rows;
    return rows;
  }

  /** Takes a chunk in. */
  add(packed: PackedChunk): Promise<void> {
    return this.#queue.run(() => this.#add(packed));
  }

  /** Writes what stands for enough rows. What the store refuses waits, and what comes in meanwhile grows beside it. */
  writeAll(): Promise<void> {
    return this.#queue.run(async () => {
      for (const summary of [...this.#refused.values()]) await this.#send(summary);
      for (const [model, open] of this.#open) {
        if (open.profile.rows >= this.#options.minRows)
          await this.#send(await this.#summarise(model, open));
      }
    });
  }

  async #add({ model, chunk }: PackedChunk): Promise<void> {
    const { profileAs } = await this.#options.profilingOf(model);
    const open = this.#open.get(model) ?? { profile: new Profile(profileAs), calls: [] };
    this.#open.set(model, open);
    const part = new Profile(profileAs);
    const versions = rowVersions(chunk);
    await inSlices(part.addingColumns(chunk.columns, 0, chunk.rows, chunk.weights, versions));
    // As a whole or not at all: a failure above leaves the open profile as it was.
    open.profile.merge(part);
    const room = MAX_CALLS - open.calls.length;
    open.calls.push(...chunk.calls.slice(0, room).map((call) => ({ ...call, requestId: null })));
    if (room < chunk.calls.length) open.calls.push(restOf(chunk.calls.slice(room)));
  }

  async #summarise(model: string, open: Open): Promise<Summary> {
    const known = await this.#learn(model, open.profile);
    const isKnown = (column: string, category: string): boolean =>
      known.has(keyOf(column, category));
    const profile = open.profile.anonymised({ rareBelow: RARE_BELOW, isKnown });
    this.#open.delete(model);
    return { model, profile, bytes: profile.toBytes(), calls: open.calls, batch: randomUUID() };
  }

  async #send(summary: Summary): Promise<void> {
    const { model } = summary;
    let pos: number;
    try {
      pos = await this.#options.append(summary);
    } catch (error) {
      if (isOverdue(error)) this.#refused.delete(model);
      else this.#refused.set(model, summary);
      throw error;
    }
    this.#refused.delete(model);
    await this.#options.onStored(summary, pos);
  }

  /**
   * Categories that were frequent once are kept by name from then on, so that a quiet minute does not move them to "other",
   * which would look like drift.
   */
  async #learn(model: string, profile: Profile): Promise<ReadonlySet<string>> {
    let known = this.#known.get(model);
    if (known === undefined) {
      const { baseline } = await this.#options.profilingOf(model);
      known = new Set();
      this.#known.set(model, known);
      if (baseline !== undefined) learn(known, baseline);
    }
    learn(known, profile);
    return known;
  }
}

function learn(known: Set<string>, profile: Profile): void {
  for (const column of profile.columnNames) {
    for (const [category, count] of profile.column(column)?.items.entries() ?? []) {
      if (count < RARE_BELOW) break;
      if (known.size < MAX_KNOWN) known.add(keyOf(column, category));
    }
  }
}

const keyOf = (column: string, category: string): string => JSON.stringify([column, category]);

/** Calls beyond what is kept one by one, as one. */
function restOf(calls: readonly ChunkCall[]): ChunkCall {
  const [first] = calls as [ChunkCall];
  const rows = calls.reduce((sum, call) => sum + call.rows, 0);
  return { ...first, rows, requestId: null };
}
