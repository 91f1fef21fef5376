import { yieldToEventLoop } from '../../leaves/async.js';
import { isDamaged, LeewayError } from '../../leaves/errors.js';
import { BaselineTransforms } from '../../profile/baseline-transforms.js';
import { BlockRing } from '../../profile/block-ring.js';
import { Profile } from '../../profile/profile.js';
import type { ProfileOptions } from '../../profile/profile-options.js';
import { decodeChunk, isChunk, rowVersions } from '../../tracking/chunk.js';
import type { TrackingStore } from '../../tracking/store.js';
import type { WindowPart } from '../../tracking/window-part.js';
import { type LogSpan, liesIn, type WindowRows, type WindowSource } from './window.js';

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
/** So many parts that could not be read are told from each other. */
const MAX_LEFT_OUT = 10_000;

/** Windows of a model: what it was asked and answered, as chunks of rows and their folds. */
export class ModelSource implements WindowSource {
  readonly #options: ModelSourceOptions;
  /** Rows of parts that could not be read, by their place. */
  readonly #leftOut = new Map<string, number>();

  constructor(options: ModelSourceOptions) {
    this.#options = options;
  }

  rows(after: number, upTo: number): Promise<number> {
    const { store, experiment, model } = this.#options;
    return store.windowRows(experiment, model, after, upTo);
  }

  get leftOut(): number {
    let rows = 0;
    for (const count of this.#leftOut.values()) rows += count;
    return rows;
  }

  async read(after: number, upTo: number, without?: readonly LogSpan[]): Promise<WindowRows> {
    const profile = new Profile(this.#options.profileAs);
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for await (const part of this.#parts(after, upTo, without)) {
      await this.#mergePart(profile, part);
      from = Math.min(from, part.dt);
      to = Math.max(to, part.dtEnd);
      await yieldToEventLoop();
    }
    return { profile, from, to };
  }

  async history(
    whole: Profile,
    after: number,
    upTo: number,
    without?: readonly LogSpan[],
  ): Promise<BlockRing> {
    const ring = new BlockRing(BaselineTransforms.freeze(whole));
    for await (const part of this.#parts(after, upTo, without)) {
      const profile = new Profile(this.#options.profileAs);
      await this.#mergePart(profile, part);
      ring.add(profile, { from: part.dt, to: part.dtEnd });
      await yieldToEventLoop();
    }
    return ring;
  }

  async *#parts(
    after: number,
    upTo: number,
    without: readonly LogSpan[] = [],
  ): AsyncGenerator<WindowPart> {
    const { store, experiment, model } = this.#options;
    for await (const part of store.windowParts(experiment, model, after, upTo)) {
      if (!liesIn(without, part.posFrom, part.posTo)) yield part;
    }
  }

  /** Takes a part in. One that is damaged, or means other things, must not hold up all windows to come. */
  async #mergePart(profile: Profile, part: WindowPart): Promise<void> {
    try {
      if (part.level > 0) profile.merge(Profile.fromBytes(part.bytes));
      else await addChunk(profile, part.bytes);
    } catch (cause) {
      // A fold made under another baseline may mean other things by its columns.
      if (part.level === 0 && !isDamaged(cause)) throw cause;
      this.#leaveOut(part, cause);
    }
  }

  /** Says once of a part that its rows are in no window. */
  #leaveOut({ level, posFrom, rows }: WindowPart, cause: unknown): void {
    const place = `${level}:${posFrom}`;
    if (this.#leftOut.has(place)) return;
    if (this.#leftOut.size < MAX_LEFT_OUT) this.#leftOut.set(place, rows);
    const why = cause instanceof Error ? cause.message : String(cause);
    this.#options.onError(
      new LeewayError('ERR_LEEWAY_FORMAT', `${rows} rows were left out of a window: ${why}`, {
        cause,
      }),
    );
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
      await yieldToEventLoop();
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
    if (from > 0) await yieldToEventLoop();
    profile.addColumns(
      chunk.columns,
      from,
      Math.min(chunk.rows, from + SLICE_ROWS),
      chunk.weights,
      versions,
    );
  }
}
