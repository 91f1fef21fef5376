import { LRUCache } from 'lru-cache';
import type { Window } from '../../drift/verdict/drift-row.js';
import { isDamaged, LeewayError } from '../../leaves/errors.js';
import type { BlockRing } from '../../profile/block-ring.js';
import { Profile } from '../../profile/profile.js';
import type { MonitorHead } from '../../tracking/window-commit.js';
import type { MonitorKind } from '../log/monitor-kind.js';
import type { MonitorLog } from '../log/monitor-log.js';
import { metricsUpTo } from './window-metrics.js';

/** A profile and the stretch of the log it summarises. */
export interface Snapshot {
  readonly profile: Profile;
  readonly window: Window;
  /** Of a baseline: how much windows vary by themselves, where the log tells more than its own blocks. */
  readonly history?: BlockRing | undefined;
}

/** What is known of how much windows vary beside a baseline. */
export const historyOf = ({ profile, history }: Snapshot): BlockRing | undefined =>
  history ?? profile.blocks;

/** An open window: what a snapshot taken now would hold. */
export interface OpenWindow extends Snapshot {
  /** The log position it begins after, where it is all that came since a cut, and the one that it reaches to. */
  readonly after?: number;
  readonly upTo: number;
}

/** A stretch of the log: from after a position, up to another. */
export interface LogSpan {
  readonly after: number;
  readonly upTo: number;
}

/** When a window was, epoch ms, and which stretch of the log it is. */
export interface WindowCut extends Partial<LogSpan> {
  readonly from?: number;
  readonly to?: number;
}

/** Whether a piece of the log lies in one of some windows. No piece crosses the end of a window. */
export const liesIn = (spans: readonly LogSpan[], from: number, to: number): boolean =>
  spans.some(({ after, upTo }) => from > after && to <= upTo);

/** The rows of a stretch of the log, as a profile, and when they came, epoch ms. */
export interface WindowRows {
  readonly profile: Profile;
  readonly from: number;
  readonly to: number;
}

/** Where the rows of a monitor's windows come from. */
export interface WindowSource {
  /** Rows that were left out of windows so far, since what holds them is damaged or means other things. */
  readonly leftOut?: number;
  /** How many rows came after a cut, up to a position. */
  rows(after: number, upTo: number): Promise<number>;
  /** @param without windows whose rows are left out. @default none */
  read(after: number, upTo: number, without?: readonly LogSpan[]): Promise<WindowRows>;
  /** The same in blocks of time, measured with the transforms of the whole. */
  history(
    whole: Profile,
    after: number,
    upTo: number,
    without?: readonly LogSpan[],
  ): Promise<BlockRing>;
}

/** What reading windows needs to know. */
export interface WindowReaderOptions {
  readonly log: MonitorLog;
  readonly source: WindowSource;
  readonly kind: MonitorKind;
  /** Gives the log's last position. */
  readonly logEnd: () => Promise<number>;
}

/** What is read again and again: decoded snapshots. A compared pair and some history. */
const CACHED_SNAPSHOTS = 32;
const MAX_ATTEMPTS = 5;

/** Reads windows and snapshots of one monitor out of the log. */
export class WindowReader {
  readonly #log: MonitorLog;
  readonly #source: WindowSource;
  readonly #kind: MonitorKind;
  readonly #logEnd: () => Promise<number>;
  readonly #damaged = new Set<number>();
  readonly #snapshots = new LRUCache<number, Snapshot>({ max: CACHED_SNAPSHOTS });

  constructor(options: WindowReaderOptions) {
    this.#log = options.log;
    this.#source = options.source;
    this.#kind = options.kind;
    this.#logEnd = options.logEnd;
  }

  /** How many rows came since the cut. */
  async rowsSince(head: MonitorHead): Promise<number> {
    return this.#source.rows(head.cursor, await this.#logEnd());
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
  history(open: OpenWindow, head: MonitorHead): Promise<BlockRing> {
    return this.#source.history(open.profile, head.cursor, open.upTo);
  }

  /** All rows of a stretch but those of some windows, with their history. */
  async stretch({ after, upTo }: LogSpan, without: readonly LogSpan[]): Promise<Snapshot> {
    const { profile, from, to } = await this.#source.read(after, upTo, without);
    profile.blocks = await this.#source.history(profile, after, upTo, without);
    return { profile, window: { seq: null, from, to } };
  }

  /** The history of a stretch but some windows, measured with the transforms of a baseline from elsewhere. */
  historyOf(
    baseline: Profile,
    { after, upTo }: LogSpan,
    without: readonly LogSpan[],
  ): Promise<BlockRing> {
    return this.#source.history(baseline, after, upTo, without);
  }

  /** The number of the first snapshot whose window began at a time or later. */
  async firstSince(time: number): Promise<number | undefined> {
    let first: number | undefined;
    for await (const { step, value } of this.#log.latest('snapshot', { withBytes: false })) {
      if (((value as { from?: number | null } | null)?.from ?? Number.NEGATIVE_INFINITY) < time)
        break;
      first = step;
    }
    return first;
  }

  /** When the window of a snapshot was, and where in the log it lies; what its entry does not say is left out. */
  async cutOf(seq: number): Promise<WindowCut> {
    for await (const { value } of this.#log.latest(
      'snapshot',
      { limit: 1, withBytes: false },
      { steps: [seq] },
    )) {
      const { from, to, after, upTo } = (value ?? {}) as Readonly<Record<string, unknown>>;
      const known = Object.entries({ from, to, after, upTo }).filter(
        ([, at]) => typeof at === 'number',
      );
      return Object.fromEntries(known);
    }
    return {};
  }

  /**
   * A snapshot by its number.
   *
   * @throws LeewayError `ERR_LEEWAY_STATE` where there is none, or its profile is kept no longer.
   */
  async snapshot(seq: number): Promise<Snapshot> {
    const cached = this.#snapshots.get(seq);
    if (cached !== undefined) return cached;
    const whose = JSON.stringify(this.#log.model);
    for await (const entry of this.#log.latest('snapshot', { limit: 1 }, { steps: [seq] })) {
      if (entry.bytes === undefined) break;
      if (entry.bytes.length === 0) {
        throw new LeewayError(
          'ERR_LEEWAY_STATE',
          `the profile of snapshot ${seq} of ${whose} is no longer stored`,
        );
      }
      const value = entry.value as { from?: number | null; to?: number | null };
      const profile = Profile.fromBytes(entry.bytes);
      const { version } = profile;
      const window = {
        seq,
        from: value.from ?? null,
        to: value.to ?? null,
        ...(version != null && { version }),
      };
      const snapshot = { profile, window };
      this.#snapshots.set(seq, snapshot);
      return snapshot;
    }
    throw new LeewayError('ERR_LEEWAY_STATE', `there is no snapshot ${seq} of ${whose}`);
  }

  /** A snapshot by its number, or `undefined` where it is not there, or its profile is kept no longer. */
  async kept(seq: number): Promise<Snapshot | undefined> {
    try {
      return await this.snapshot(seq);
    } catch (error) {
      // One that is damaged is as good as gone, and is said to be.
      if (isDamaged(error)) {
        this.#damaged.add(seq);
        return undefined;
      }
      if (error instanceof LeewayError && error.code === 'ERR_LEEWAY_STATE') return undefined;
      throw error;
    }
  }

  /** When the window of each snapshot ended, by its number, epoch ms; `null` for tables in hand. */
  async ends(): Promise<ReadonlyMap<number, number | null>> {
    const ends = new Map<number, number | null>();
    for await (const { step, value } of this.#log.latest('snapshot', { withBytes: false })) {
      if (step !== undefined) ends.set(step, (value as { to?: number | null } | null)?.to ?? null);
    }
    return ends;
  }

  /** The metrics since the last snapshot, up to a position. Data that is no model's has none. */
  async metrics(upTo: number): Promise<Profile | undefined> {
    return this.#kind === 'data' ? undefined : metricsUpTo(this.#log, upTo);
  }

  /** Rows that were left out of windows so far. */
  get leftOut(): number {
    return this.#source.leftOut ?? 0;
  }

  /** Snapshots whose profile is damaged, by their numbers. */
  get damagedSnapshots(): readonly number[] {
    return [...this.#damaged];
  }

  /** Where the log ends now. */
  logEnd(): Promise<number> {
    return this.#logEnd();
  }

  /** Forgets what was read; the log was cleared. */
  forget(): void {
    this.#snapshots.clear();
    this.#damaged.clear();
  }

  async #open(head: MonitorHead): Promise<OpenWindow> {
    const upTo = await this.#logEnd();
    const { profile, from, to } = await this.#source.read(head.cursor, upTo);
    profile.metrics = await this.metrics(upTo);
    const seen = profile.rows > 0;
    const { version } = profile;
    const window = {
      seq: head.seq + 1,
      from: seen ? from : null,
      to: seen ? to : null,
      ...(version != null && { version }),
    };
    return { profile, after: head.cursor, upTo, window };
  }
}
