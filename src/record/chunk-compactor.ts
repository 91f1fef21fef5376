import { SerialQueue } from '../leaves/async.js';
import { HOUR_MS } from '../leaves/time.js';
import { Profile } from '../profile/profile.js';
import type { Profiling } from '../profile/profiling.js';
import { rowVersions } from '../tracking/chunk.js';
import type { Fold } from '../tracking/window-part.js';
import type { PackedChunk } from './packed-chunk.js';
import { inSlices } from './slices.js';

/** How chunks are folded. */
export interface ChunkCompactorOptions {
  /** Puts a fold in place of its parts; `false` where a cut lies between them. */
  readonly fold: (fold: Omit<Fold, 'experiment'>) => Promise<boolean>;
  /** Gives how rows are profiled: as the baseline's are. */
  readonly profilingOf: (model: string) => Promise<Profiling>;
}

/**
 * So many folds of one level become one of the next: of a minute, of eight, and of 64, about an hour. A window then has at
 * most seven of each kind from a writer, where sixty minutes at once would leave it up to fifty-nine.
 */
const FOLDS_PER_LEVEL = 8;
const HIGHEST_LEVEL = 3;

/** Levels above the minute end with the hour, so that a baseline's history can be told by the hour. */

interface OpenFold {
  readonly profile: Profile;
  readonly parts: Fold['replaces'][number][];
  /** The hour of its first call, counted from 1970. */
  hour: number;
}

/**
 * Folds this writer's own chunks into profiles, off the request path: each chunk goes into an open profile when it is
 * stored, `foldAll` (once a minute, and before a cut) writes the open profiles, and eight of those become one of the next
 * level. A fold that the store refuses is let go: its parts are still there and count one by one.
 */
export class ChunkCompactor {
  readonly #options: ChunkCompactorOptions;
  /** Per model, the open fold of each level from 1 up. */
  readonly #open = new Map<string, OpenFold[]>();
  readonly #queue = new SerialQueue();

  constructor(options: ChunkCompactorOptions) {
    this.#options = options;
  }

  /** Takes a stored chunk into the open profile of its model. */
  add(packed: PackedChunk, pos: number): Promise<void> {
    return this.#queue.run(() => this.#add(packed, pos));
  }

  /** Takes a profile that stands in the log in place of a chunk. */
  addProfile(model: string, profile: Profile, at: number, pos: number): Promise<void> {
    return this.#queue.run(async () => {
      const open = await this.#openFold(model, 1, Math.floor(at / HOUR_MS));
      open.profile.merge(profile);
      open.parts.push({ level: 0, posFrom: pos });
    });
  }

  /** Writes all open profiles of chunks. */
  foldAll(): Promise<void> {
    return this.#queue.run(async () => {
      for (const model of [...this.#open.keys()]) await this.#close(model, 1);
    });
  }

  async #add({ model, chunk }: PackedChunk, pos: number): Promise<void> {
    const { profile, parts } = await this.#openFold(
      model,
      1,
      Math.floor((chunk.calls[0]?.at ?? 0) / HOUR_MS),
    );
    const versions = rowVersions(chunk);
    try {
      await inSlices(profile.addingColumns(chunk.columns, 0, chunk.rows, chunk.weights, versions));
    } catch (error) {
      // The profile now holds some of the chunk's rows: no fold may come of it.
      delete this.#open.get(model)?.[0];
      throw error;
    }
    parts.push({ level: 0, posFrom: pos });
  }

  async #close(model: string, level: number): Promise<void> {
    const levels = this.#open.get(model) ?? [];
    const open = levels[level - 1];
    if (open === undefined || open.parts.length === 0) return;
    delete levels[level - 1];
    const { rows } = open.profile;
    const done = await this.#options.fold({
      key: model,
      level,
      replaces: open.parts,
      bytes: open.profile.toBytes(),
      rows,
    });
    if (!done || level >= HIGHEST_LEVEL) return;
    const begun = (this.#open.get(model) ?? [])[level];
    if (begun !== undefined && begun.hour !== open.hour) await this.#close(model, level + 1);
    const above = await this.#openFold(model, level + 1, open.hour);
    above.profile.merge(open.profile);
    above.parts.push({ level, posFrom: (open.parts[0] as OpenFold['parts'][number]).posFrom });
    if (above.parts.length >= FOLDS_PER_LEVEL) await this.#close(model, level + 1);
  }

  async #openFold(model: string, level: number, hour: number): Promise<OpenFold> {
    const { profileAs } = await this.#options.profilingOf(model);
    let levels = this.#open.get(model);
    if (levels === undefined) {
      levels = [];
      this.#open.set(model, levels);
    }
    levels[level - 1] ??= { profile: new Profile(profileAs), parts: [], hour };
    return levels[level - 1] as OpenFold;
  }
}
