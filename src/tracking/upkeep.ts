import type { Clock } from '../leaves/clock.js';
import { DAY_MS, HOUR_MS } from '../leaves/time.js';
import type { Pruned, Retention } from './retention.js';
import { thinSnapshots } from './snapshot-retention.js';
import type { TrackingStore } from './store.js';
import type { LivePart, PartFilter } from './window-part.js';

/** A part with its bytes. */
export type ReadPart = LivePart & { readonly bytes: Uint8Array };

/** What upkeep needs from the outside. */
export interface UpkeepOptions {
  readonly store: TrackingStore;
  readonly experiment: string;
  readonly clock: Clock;
  /** Who this process is to leases. */
  readonly owner: string;
  readonly retention: Retention;
  /** Makes one profile of several parts; `undefined` where they can't be joined. It yields while it works. */
  readonly merge: (parts: readonly ReadPart[]) => Promise<Uint8Array | undefined>;
}

/** How far the walk over the parts of a log has come, and over how many positions a step goes. */
interface Walk {
  readonly after: number;
  readonly span: number;
}

/** How often `round` is to be called. */
export const UPKEEP_EVERY_MS = 60_000;

/** A writer folds its chunks every minute; one that hasn't for so many rounds is taken for dead. */
const ROUNDS_TILL_CHUNKS_ARE_ORPHANS = 4;
/** It folds those into hours; what it hasn't folded for so many rounds, it won't. */
const ROUNDS_TILL_HOURS_ARE_DONE = 130;
/** Levels: what a writer folds, up to its hour; the hour of all writers; the day. */
const WRITERS_HOUR = 3;
const FLEETS_HOUR = 4;
const DAY = 5;
const PRUNE_EVERY_ROUNDS = 10;
const THIN_EVERY_ROUNDS = 1_440;
/** Profiles of hours become profiles of days when they are so old. */
const HOURS_KEPT_MS = 30 * DAY_MS;
/** One fold takes at most so many parts, and one step looks at so many: the next round goes on with what is left. */
const PARTS_PER_FOLD = 64;
const PARTS_PER_STEP = 4_096;
/** A clock that moves by more than this between two rounds is taken to be wrong, now or before … */
const JUMP_MS = 7 * DAY_MS;
/** … and for so many rounds, a day, nothing goes by its age: what went would not come back when the clock does. */
const ROUNDS_OF_DOUBT = 1_440;
/** Groups that could not be folded are not tried again; so many are remembered. */
const MAX_REFUSED = 10_000;

const WHOLE: Walk = { after: 0, span: Number.POSITIVE_INFINITY };

/**
 * Keeps a log small: folds the chunks of writers that died, folds what all writers left of an hour into one profile, hours
 * into days, and prunes what is kept no longer. Of all replicas, one does so: whoever holds the lease.
 */
export class Upkeep {
  readonly #options: UpkeepOptions;
  /** Where the log ended at the latest rounds, oldest first. Age is counted in rounds, so that no clock has to be right. */
  #heads: number[] = [];
  #rounds = 0;
  /** What the store's clock showed at the latest round. */
  #lastAt: number | undefined;
  /** For so many more rounds nothing goes by its age. */
  #doubt = 0;
  /** The hour, counted from 1970, in which days were last looked for: no more of them end within it. */
  #daysSoughtIn: number | undefined;
  readonly #refused: Set<string> = new Set();
  /** By the level that is folded to. */
  readonly #walks = new Map<number, Walk>();

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  /**
   * Does what is due now, if no other replica is at it.
   *
   * @returns what was pruned, where it was time for that.
   */
  async round(): Promise<Pruned | undefined> {
    const { store, experiment, owner } = this.#options;
    if (!(await store.takeLease(`upkeep/${experiment}`, owner, 2 * UPKEEP_EVERY_MS))) {
      // What was seen before another had the lease says nothing of now.
      this.#heads = [];
      return undefined;
    }
    this.#heads.push((await store.head(experiment)).pos);
    if (this.#heads.length > ROUNDS_TILL_HOURS_ARE_DONE + 1) this.#heads.shift();
    // Each on its own: what fails, such as a fold that a full store refuses, must not keep the pruning from making room.
    const failures: unknown[] = [];
    const apart = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await work();
      } catch (error) {
        failures.push(error);
        return undefined;
      }
    };
    await apart(() => this.#foldAll());
    const now = await this.#now();
    await this.#watchClock(now);
    this.#rounds += 1;
    if (this.#rounds % THIN_EVERY_ROUNDS === 1) await apart(() => this.#thin(now));
    const isDue = this.#rounds % PRUNE_EVERY_ROUNDS === 1;
    const pruned = isDue || failures.length > 0 ? await apart(() => this.#prune()) : undefined;
    if (failures.length > 0) throw failures[0];
    return pruned;
  }

  /** Folds what dead writers left, hours of all writers, and days. */
  async #foldAll(): Promise<void> {
    const chunks = this.#headBefore(ROUNDS_TILL_CHUNKS_ARE_ORPHANS);
    await this.#foldOld(1, { levels: [0], upTo: chunks }, Number.POSITIVE_INFINITY);
    const hours = this.#headBefore(ROUNDS_TILL_HOURS_ARE_DONE);
    const below = (level: number): number[] =>
      Array.from({ length: level - 1 }, (_, lower) => lower + 1);
    const hourly = { levels: below(WRITERS_HOUR + 1), upTo: hours };
    await this.#foldOld(FLEETS_HOUR, hourly, HOUR_MS);
    const hour = Math.floor((await this.#now()) / HOUR_MS);
    if (hour === this.#daysSoughtIn) return;
    const daily = { levels: below(DAY), olderThanMs: HOURS_KEPT_MS };
    if (await this.#foldOld(DAY, daily, DAY_MS)) this.#daysSoughtIn = hour;
  }

  #prune(): Promise<Pruned> {
    const { store, experiment, retention } = this.#options;
    const { maxRows } = retention;
    const ageless = maxRows === undefined ? {} : { maxRows };
    return store.prune(experiment, this.#doubt > 0 ? ageless : retention);
  }

  async #thin(now: number): Promise<void> {
    const { store, experiment, retention } = this.#options;
    if (retention.profilesMs === undefined || this.#doubt > 0) return;
    await thinSnapshots(store, experiment, {
      clock: { now: () => now },
      profilesMs: retention.profilesMs,
    });
  }

  /** The store's time. */
  async #now(): Promise<number> {
    const { store, clock } = this.#options;
    return (await store.now?.()) ?? clock.now();
  }

  /** Looks whether the clock moved with the rounds, and at the first whether the log's end is of its time. */
  async #watchClock(now: number): Promise<void> {
    const before = this.#lastAt ?? (await this.#lastEntryAt()) ?? now;
    this.#lastAt = now;
    if (Math.abs(now - before) > JUMP_MS) this.#doubt = ROUNDS_OF_DOUBT;
    else this.#doubt = Math.max(0, this.#doubt - 1);
  }

  async #lastEntryAt(): Promise<number | undefined> {
    const { store, experiment } = this.#options;
    const options = { order: 'newest-first', limit: 1, withBytes: false } as const;
    for await (const { dtEnd } of store.query(experiment, {}, options)) return dtEnd;
    return undefined;
  }

  /** Lets another replica do it. */
  async stop(): Promise<void> {
    const { store, experiment, owner } = this.#options;
    await store.releaseLease(`upkeep/${experiment}`, owner);
  }

  /** Where the log ended so many rounds ago; 0 where this process was not at it then. */
  #headBefore(rounds: number): number {
    return this.#heads.at(-1 - rounds) ?? 0;
  }

  /**
   * Folds parts that match into parts of a level, those of one window and one stretch of time together.
   *
   * @returns whether the walk over all that match has come to its end; the next round goes on with it otherwise.
   */
  async #foldOld(level: number, filter: PartFilter, stretchMs: number): Promise<boolean> {
    const { parts, isLast } = await this.#step(level, filter);
    const groups = new Map<string, LivePart[]>();
    for (const part of parts) {
      const stretch = stretchMs === Number.POSITIVE_INFINITY ? 0 : Math.floor(part.dt / stretchMs);
      const name = JSON.stringify([part.key, part.cutBefore, stretch]);
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [part]);
      else group.push(part);
    }
    for (const group of groups.values()) {
      // A fold of one fold says the same at the same size; one of a chunk lets the chunk's rows go.
      if (group.length === 1 && level > 1) continue;
      for (let from = 0; from < group.length; from += PARTS_PER_FOLD) {
        await this.#fold(level, group.slice(from, from + PARTS_PER_FOLD));
      }
    }
    return isLast;
  }

  /**
   * The parts of the next step. What can't be folded stays, and may be more than a step looks at: so each goes on where the one
   * before was, over as many positions as have few enough parts. It goes on in the middle of these, for the sake of what lies
   * across their end.
   */
  async #step(
    level: number,
    filter: PartFilter,
  ): Promise<{ readonly parts: readonly LivePart[]; readonly isLast: boolean }> {
    const { store, experiment } = this.#options;
    const end = Math.min(filter.upTo ?? Number.POSITIVE_INFINITY, this.#headBefore(0));
    const walk = this.#walks.get(level) ?? WHOLE;
    const after = walk.after < end ? walk.after : 0;
    let { span } = walk;
    for (;;) {
      const upTo = Math.min(end, after + span);
      const parts: LivePart[] = [];
      const within = { ...filter, after, upTo };
      for await (const part of store.parts(experiment, within, { limit: PARTS_PER_STEP }))
        parts.push(part);
      // No two parts begin at one position, so that this ends.
      if (parts.length === PARTS_PER_STEP && upTo - after > PARTS_PER_STEP) {
        span = Math.max(PARTS_PER_STEP, Math.ceil((upTo - after) / 2));
        continue;
      }
      const isLast = upTo >= end;
      const wider = parts.length < PARTS_PER_STEP / 2 ? 2 * span : span;
      const next = { after: after + Math.ceil(span / 2), span: wider };
      this.#walks.set(level, isLast ? { after: 0, span: wider } : next);
      return { parts, isLast };
    }
  }

  async #fold(level: number, parts: readonly LivePart[]): Promise<void> {
    const { store, experiment, merge } = this.#options;
    const [first] = parts as [LivePart];
    const name = JSON.stringify([first.key, level, first.posFrom]);
    if (this.#refused.has(name)) return;
    const wanted = new Set(parts.map(({ posFrom }) => posFrom));
    const read: ReadPart[] = [];
    const last = parts.reduce((most, { posTo }) => Math.max(most, posTo), 0);
    const within = { keys: [first.key], levels: [...new Set(parts.map((part) => part.level))] };
    const bounds = { after: first.posFrom - 1, upTo: last };
    for await (const part of store.parts(
      experiment,
      { ...within, ...bounds },
      { withBytes: true },
    )) {
      if (wanted.has(part.posFrom)) read.push(part as ReadPart);
    }
    if (read.length === 0) return;
    const bytes = await merge(read);
    const replaces = read.map((part) => ({ level: part.level, posFrom: part.posFrom }));
    // A part that its writer folded meanwhile makes the store refuse; what is left of the group is due next round.
    const rows = read.reduce((sum, part) => sum + part.rows, 0);
    if (bytes !== undefined)
      await store.fold({ experiment, key: first.key, level, replaces, bytes, rows });
    else if (this.#refused.size < MAX_REFUSED) this.#refused.add(name);
  }
}
