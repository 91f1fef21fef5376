import { LeewayError } from '../errors.js';
import { BaselineTransforms } from '../profile/baseline-transforms.js';
import { BlockRing } from '../profile/block-ring.js';
import { Profile } from '../profile/profile.js';
import type { ProfileOptions } from '../profile/profile-options.js';
import { decodeChunk, isChunk, rowVersions } from '../tracking/chunk.js';
import type { TrackingStore } from '../tracking/store.js';
import type { WindowPart } from '../tracking/window-part.js';
import type { WindowRows, WindowSource } from './window.js';

/** Whose calls are read. */
export interface ModelSourceOptions {
  readonly store: TrackingStore;
  readonly experiment: string;
  readonly model: string;
  /** How rows are profiled: as the baseline's are. */
  readonly profileAs: ProfileOptions;
  /** Hears of rows that could not be taken into a window. */
  readonly onError: (error: unknown) => void;
}

/** Rows of a chunk are profiled in slices of this many, so that no request waits for more than a few milliseconds. */
const SLICE_ROWS = 256;

/** Windows of a model: what it was asked and answered, as chunks of rows and their folds. */
export class ModelSource implements WindowSource {
  readonly #options: ModelSourceOptions;

  constructor(options: ModelSourceOptions) {
    this.#options = options;
  }

  rows(after: number, upTo: number): Promise<number> {
    const { store, experiment, model } = this.#options;
    return store.windowRows(experiment, model, after, upTo);
  }

  async read(after: number, upTo: number): Promise<WindowRows> {
    const profile = new Profile(this.#options.profileAs);
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for await (const part of this.#parts(after, upTo)) {
      await this.#mergePart(profile, part);
      from = Math.min(from, part.dt);
      to = Math.max(to, part.dtEnd);
      await breathe();
    }
    return { profile, from, to };
  }

  async history(whole: Profile, after: number, upTo: number): Promise<BlockRing> {
    const ring = new BlockRing(BaselineTransforms.freeze(whole));
    for await (const part of this.#parts(after, upTo)) {
      const profile = new Profile(this.#options.profileAs);
      await this.#mergePart(profile, part);
      ring.add(profile, { from: part.dt, to: part.dtEnd });
      await breathe();
    }
    return ring;
  }

  #parts(after: number, upTo: number): AsyncIterable<WindowPart> {
    const { store, experiment, model } = this.#options;
    return store.windowParts(experiment, model, after, upTo);
  }

  async #mergePart(profile: Profile, part: WindowPart): Promise<void> {
    if (part.level > 0) this.#mergeFold(profile, part);
    else await addChunk(profile, part.bytes);
  }

  /** A fold made under another baseline may mean other things by its columns; it must not hold up all windows to come. */
  #mergeFold(profile: Profile, part: WindowPart): void {
    const folded = Profile.fromBytes(part.bytes);
    try {
      profile.merge(folded);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#options.onError(
        new LeewayError('ERR_LEEWAY_FORMAT', `${part.rows} rows were left out of a window: ${why}`, { cause }),
      );
    }
  }
}

/**
 * One profile of several parts, encoded, or `undefined` where they can't be joined: folds that were made under unlike
 * baselines mean other things by their columns.
 */
export async function mergeParts(
  profileAs: ProfileOptions,
  parts: readonly Pick<WindowPart, 'level' | 'bytes'>[],
): Promise<Uint8Array | undefined> {
  const profile = new Profile(profileAs);
  try {
    for (const { level, bytes } of parts) {
      if (level > 0) profile.merge(Profile.fromBytes(bytes));
      else await addChunk(profile, bytes);
      await breathe();
    }
  } catch (error) {
    if (error instanceof LeewayError) return undefined;
    throw error;
  }
  return profile.toBytes();
}

/** Takes a chunk in, or the profile that a host which keeps no rows wrote in its place. */
async function addChunk(profile: Profile, bytes: Uint8Array): Promise<void> {
  if (!isChunk(bytes)) {
    profile.merge(Profile.fromBytes(bytes));
    return;
  }
  const chunk = decodeChunk(bytes);
  const versions = rowVersions(chunk);
  for (let from = 0; from < chunk.rows; from += SLICE_ROWS) {
    if (from > 0) await breathe();
    profile.addColumns(chunk.columns, from, Math.min(chunk.rows, from + SLICE_ROWS), chunk.weights, versions);
  }
}

/** Lets requests through between two pieces of work. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
