import { LRUCache } from 'lru-cache';
import type { Window } from '../drift/drift-stats.js';
import { LeewayError } from '../errors.js';
import { BaselineTransforms } from '../profile/baseline-transforms.js';
import { BlockRing } from '../profile/block-ring.js';
import { Profile } from '../profile/profile.js';
import type { ProfileOptions } from '../profile/profile-options.js';
import { decodeChunk, isChunk, rowVersions } from '../tracking/chunk.js';
import type { MonitorHead, TrackingStore, WindowPart } from '../tracking/store.js';

/** A profile and the stretch of the log it summarises. */
export interface Snapshot {
  readonly profile: Profile;
  readonly window: Window;
}

/** An open window: what a snapshot taken now would hold. */
export interface OpenWindow extends Snapshot {
  /** The log position it reaches to. */
  readonly upTo: number;
}

/** Whose windows are read. */
export interface WindowReaderOptions {
  readonly store: TrackingStore;
  readonly experiment: string;
  readonly model: string;
  /** How rows are profiled: as the baseline's are. */
  readonly profileAs: ProfileOptions;
  /** Hears of rows that could not be taken into a window. */
  readonly onError: (error: unknown) => void;
}

/** What is read again and again: decoded snapshots. A compared pair and some history. */
const CACHED_SNAPSHOTS = 32;
/** Rows of a chunk are profiled in slices of this many, so that no request waits for more than a few milliseconds. */
const SLICE_ROWS = 256;
const MAX_ATTEMPTS = 5;

/** Reads windows and snapshots of one monitor out of the log. */
export class WindowReader {
  readonly #store: TrackingStore;
  readonly #experiment: string;
  readonly #model: string;
  readonly #profileAs: ProfileOptions;
  readonly #onError: (error: unknown) => void;
  readonly #snapshots = new LRUCache<number, Snapshot>({ max: CACHED_SNAPSHOTS });

  constructor(options: WindowReaderOptions) {
    this.#store = options.store;
    this.#experiment = options.experiment;
    this.#model = options.model;
    this.#profileAs = options.profileAs;
    this.#onError = options.onError;
  }

  /** How many rows came since the cut. */
  async rowsSince(head: MonitorHead): Promise<number> {
    const { pos } = await this.#store.head(this.#experiment);
    return this.#store.windowRows(this.#experiment, this.#model, head.cursor, pos);
  }

  /**
   * Merges the stored parts since the cut into one profile. Its cost is that of the parts, not of the rows.
   *
   * @throws LeewayError `ERR_LEEWAY_CONFLICT` where folds of other writers kept crossing the window's end.
   */
  async open(head: MonitorHead): Promise<OpenWindow> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#open(head);
      } catch (error) {
        // A fold that was written between two reads may reach past the end read first; the next end lies behind it.
        const crossed = error instanceof LeewayError && error.code === 'ERR_LEEWAY_CONFLICT';
        if (!crossed || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  /** The history of an open window that is to be a baseline, in blocks of time, measured with its own transforms. */
  async history(open: OpenWindow, head: MonitorHead): Promise<BlockRing> {
    const ring = new BlockRing(BaselineTransforms.freeze(open.profile));
    for await (const part of this.#store.windowParts(this.#experiment, this.#model, head.cursor, open.upTo)) {
      const profile = new Profile(this.#profileAs);
      await this.#mergePart(profile, part);
      ring.add(profile, { from: part.dt, to: part.dtEnd });
      await breathe();
    }
    return ring;
  }

  /**
   * A snapshot by its number.
   *
   * @throws LeewayError `ERR_LEEWAY_STATE` where there is none.
   */
  async snapshot(seq: number): Promise<Snapshot> {
    const cached = this.#snapshots.get(seq);
    if (cached !== undefined) return cached;
    const filter = { events: ['snapshot'], keys: [this.#model], steps: [seq] } as const;
    for await (const entry of this.#store.query(this.#experiment, filter, { order: 'newest-first', limit: 1 })) {
      if (entry.bytes === undefined) break;
      if (entry.bytes.length === 0) {
        const message = `the profile of snapshot ${seq} of ${JSON.stringify(this.#model)} is kept no longer`;
        throw new LeewayError('ERR_LEEWAY_STATE', message);
      }
      const value = entry.value as { from?: number | null; to?: number | null };
      const window = { seq, from: value.from ?? null, to: value.to ?? null };
      const snapshot = { profile: Profile.fromBytes(entry.bytes), window };
      this.#snapshots.set(seq, snapshot);
      return snapshot;
    }
    throw new LeewayError('ERR_LEEWAY_STATE', `there is no snapshot ${seq} of ${JSON.stringify(this.#model)}`);
  }

  /** Forgets what was read; the log was cleared. */
  forget(): void {
    this.#snapshots.clear();
  }

  async #open(head: MonitorHead): Promise<OpenWindow> {
    const { pos: upTo } = await this.#store.head(this.#experiment);
    const profile = new Profile(this.#profileAs);
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for await (const part of this.#store.windowParts(this.#experiment, this.#model, head.cursor, upTo)) {
      await this.#mergePart(profile, part);
      from = Math.min(from, part.dt);
      to = Math.max(to, part.dtEnd);
      await breathe();
    }
    const seen = profile.rows > 0;
    return { profile, upTo, window: { seq: head.seq + 1, from: seen ? from : null, to: seen ? to : null } };
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
      this.#onError(
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
