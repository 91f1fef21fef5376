import type { Incident } from '../alert/incident.js';
import type { AlertRule } from '../alert/rule.js';
import { SerialQueue } from '../leaves/async.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { checkOptionNames } from '../leaves/option-names.js';
import { parseDuration } from '../leaves/time.js';
import type { Profile } from '../profile/profile.js';
import type { Job } from '../schedule/job.js';
import type { NewEntry } from '../tracking/log-entry.js';
import { type DriftRowFilter, narrowed } from './alerting/rule-narrowing.js';
import { getProposal, partOf } from './baseline/model-versions.js';
import type { CaptureOrder, CaptureResult } from './capturer.js';
import type { LoggedState } from './log/monitor-state.js';
import type { MonitorOptions } from './monitor-options.js';
import { type MonitorParts, monitorParts } from './monitor-parts.js';
import { orderSnapshot } from './order-snapshot.js';
import { ReadableMonitor } from './readable-monitor.js';
import type { MonitorStatus } from './status/state.js';
import { statusOf } from './status-of.js';
import type { SnapshotQuery } from './window/snapshot-query.js';
import type { DataInHand } from './window/tables.js';

export type { CaptureResult } from './capturer.js';
export type { MonitorExplanation } from './read/explanations.js';

/** How a capture is made. */
export interface CaptureQuery extends DriftRowFilter {
  /** Other rules for this once; nothing is remembered of them. @default the monitor's own */
  readonly rules?: readonly AlertRule[];
  /** What the window is compared with: the monitor's baseline, or the snapshot before it. @default 'baseline' */
  readonly seq?: 'baseline' | 'recent';
  /** The number of a snapshot that is the baseline, this once; negative ones count back. @default the monitor's own */
  readonly baseline?: number;
  /** `'auto'`: a snapshot is taken where rows came and none was taken by hand. `false`: the latest is judged as it is. @default 'auto' */
  readonly snapshot?: 'auto' | false;
  /** The tick of a schedule that it is for, epoch ms: of all replicas one captures it, once. */
  readonly tick?: number;
}

/**
 * Watches one model of an experiment, or data that is no model's: takes snapshots of what was recorded, compares them with the baseline, and
 * raises alerts. Everything it knows is in the log, so it goes on after a restart where it was.
 */
export class DriftMonitor extends ReadableMonitor {
  readonly #options: MonitorOptions;
  readonly #parts: MonitorParts;
  #job: Job | undefined;
  /** Calls that read the log and then write, one after the other: two captures of one process never compete. */
  readonly #queue = new SerialQueue();

  constructor(options: MonitorOptions) {
    const parts = monitorParts(options);
    super(parts, options);
    this.#options = options;
    this.#parts = parts;
  }

  /** The scheduled captures: start, stop, runNow, status, history. */
  get job(): Job {
    if (this.#job === undefined)
      throw new LeewayError('ERR_LEEWAY_STATE', 'this monitor has no job');
    return this.#job;
  }

  /** Gives the monitor its job. */
  attach(job: Job): void {
    this.#job = job;
  }

  /** Counts rows that were just recorded, for `status()`. */
  noteRows(rows: number): void {
    this.#parts.live.noteRows(rows, this.#options.clock.now());
  }

  /** Reads from the log where the monitor stands. Call it once at the start; captures keep it up to date. */
  refresh(): Promise<void> {
    return this.#queue.run(() => this.#parts.liveReader.read());
  }

  /** Looks whether another replica captured, or rows came to one. To be called about once a minute. */
  keepUp(): Promise<void> {
    return this.#queue.run(async () => {
      await this.#parts.liveReader.keepUp();
      await this.#repairTick();
    });
  }

  /** Notes that a tick was captured by another replica. */
  noteSettled(): void {
    this.#parts.live.noteSettled(this.#options.clock.now());
  }

  /** Notes that the store answers again; whether the log can be read is seen at the next look. */
  noteAnswer(): void {
    this.#parts.live.trouble = undefined;
  }

  /** Notes that the log could not be read. */
  noteTrouble(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#parts.live.trouble = { why, at: this.#options.clock.now() };
  }

  /** The monitor's state, from what this process knows: synchronous and cheap. */
  status(): MonitorStatus {
    // Whether ticks of a schedule are planned.
    const isTicking = typeof this.#job?.status().next === 'number';
    return statusOf(this.#parts, this.#options, isTicking);
  }

  /**
   * Takes a snapshot: of everything recorded since the last one, of tables in hand, or of calls of the log. It always cuts, however few the
   * rows. The first snapshot is the baseline, unless another is chosen.
   *
   * @param query what is taken, and how. Of a monitor of data it may be the data itself: rows, or a list of values.
   * @returns the snapshot's number; with `logged: false` the profile, and nothing is written; with `ignoreEmpty` and no rows `undefined`.
   * @throws LeewayError `ERR_LEEWAY_OPTION` where the query makes no sense, `ERR_LEEWAY_STATE` where rows are kept no longer.
   */
  snapshot(query: SnapshotQuery & { readonly logged: false }): Promise<Profile>;
  snapshot(query: SnapshotQuery & { readonly ignoreEmpty: true }): Promise<number | undefined>;
  snapshot(query?: SnapshotQuery | readonly unknown[] | ArrayLike<number>): Promise<number>;
  snapshot(
    given: SnapshotQuery | readonly unknown[] | ArrayLike<number> = {},
  ): Promise<Profile | number | undefined> {
    const take = orderSnapshot(this.#parts, this.#options, given);
    return this.#queue.run(take);
  }

  /**
   * The work of a tick: if rows arrived since the last snapshot and none was taken by hand, takes one; compares it with
   * the baseline; logs a `drift` event where drift was found; runs the rules; and has their alerts delivered. While a
   * window has fewer than `minRows` rows (a first baseline: ten times as many) it stays open and grows.
   */
  capture(query: CaptureQuery = {}): Promise<CaptureResult> {
    checkOptionNames('capture', query, [
      'rules',
      'seq',
      'baseline',
      'snapshot',
      'tick',
      'column',
      'statistic',
    ]);
    const { rules, seq = 'baseline', baseline, snapshot = 'auto', tick } = query;
    if (rules !== undefined) this.#parts.desk.check(rules);
    if (seq !== 'baseline' && seq !== 'recent') {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `capture's seq must be 'baseline' or 'recent', got ${shown(seq)}`,
      );
    }
    const narrow = query.column !== undefined || query.statistic !== undefined;
    const order: CaptureOrder = {
      rules: narrow ? narrowed(rules ?? this.#parts.desk.rules, query) : rules,
      tick,
      snapshot,
      against: baseline ?? (seq === 'recent' ? seq : undefined),
    };
    return this.#queue.run(async () => {
      const { onError } = this.#options;
      try {
        const result = await this.#parts.capturer.capture(order);
        this.#parts.live.failure = undefined;
        this.noteSettled();
        return result;
      } catch (error) {
        this.#parts.live.failure = error instanceof Error ? error.message : String(error);
        await this.#parts.capturer.reportFailure(this.#parts.live.failure).catch(onError);
        throw error;
      }
    });
  }

  /**
   * Says that somebody knows of an incident: from then on only a worse severity is told, and its end.
   *
   * @param incident an id, as alerts and `incidents()` give it.
   * @param options.by who.
   * @throws LeewayError `ERR_LEEWAY_STATE` where no open incident has this id.
   */
  async acknowledge(incident: string, options: { readonly by?: string } = {}): Promise<void> {
    const at = this.#options.clock.now();
    const by = options.by === undefined ? {} : { acknowledgedBy: options.by };
    await this.#changeIncident(incident, { acknowledgedAt: at, ...by });
  }

  /**
   * Lets nothing be told of an incident for a while, but its end.
   *
   * @param duration such as `'6h'`.
   * @throws LeewayError `ERR_LEEWAY_OPTION` where it is none; `ERR_LEEWAY_STATE` where no open incident has this id.
   */
  async snooze(incident: string, duration: string): Promise<void> {
    const ms = typeof duration === 'string' ? parseDuration(duration) : undefined;
    if (ms === undefined) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `snooze takes a duration such as '6h', got ${shown(duration)}`,
      );
    }
    await this.#changeIncident(incident, { snoozedUntil: this.#options.clock.now() + ms });
  }

  /**
   * Makes something else the baseline from now on, whatever the options say: a profile, data, or a snapshot by its number. It is logged, and
   * `unpin` undoes it.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` where it has no rows, `ERR_LEEWAY_STATE` where there is no such snapshot.
   */
  pin(baseline: Profile | number | DataInHand): Promise<void> {
    return this.#note('a pin', async () => {
      const profile =
        typeof baseline === 'number'
          ? await this.profile(baseline)
          : this.#parts.taker.profileOf(baseline);
      if (profile.rows === 0)
        throw new LeewayError('ERR_LEEWAY_OPTION', 'a baseline without rows is none');
      return [this.#parts.notes.pinned(profile)];
    });
  }

  /** Goes back from a pin by hand to the baseline of the options. @throws LeewayError `ERR_LEEWAY_STATE` where none is pinned. */
  unpin(): Promise<void> {
    return this.#note('unpin()', async (state) => [this.#parts.notes.released(state)]);
  }

  /** Compares a version with its own first window from now on. It is logged, and `reject` undoes it. @param id the proposal's */
  accept(id: string): Promise<void> {
    return this.#note('accept()', async (state) => {
      const proposal = getProposal(state, id);
      const first = partOf(await this.#parts.windows.snapshot(proposal.seq), proposal.version);
      if (first === undefined)
        throw new LeewayError('ERR_LEEWAY_STATE', `${id} has no rows any more`);
      return [this.#parts.versions.decisionNote(proposal, 'accepted', first.profile)];
    });
  }

  /** Compares a version, outputs too, with the baseline there is. It is logged, and `accept` undoes it. @param id the proposal's */
  reject(id: string): Promise<void> {
    return this.#note('reject()', async (state) => [
      this.#parts.versions.decisionNote(getProposal(state, id), 'rejected'),
    ]);
  }

  /**
   * Begins anew: no snapshots, no baseline, no incidents, no pins. What was logged stays in the log as history; rows that were recorded
   * before are in no window any more.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` without `force: true`.
   */
  clear(options: { readonly force?: boolean } = {}): Promise<void> {
    if (options.force !== true) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        'clear() forgets all snapshots; say clear({ force: true })',
      );
    }
    return this.#queue.run(async () => {
      await this.#options.prepare();
      await this.#parts.log.clear();
      await this.#parts.liveReader.read();
    });
  }

  /**
   * Sets a tick back that was committed by a clock that was ahead. It counts as none as long as it lies ahead, but once its
   * time comes it would pass for captured.
   */
  async #repairTick(): Promise<void> {
    const { store, clock } = this.#options;
    const { log } = this.#parts;
    const now = (await store.now?.()) ?? clock.now();
    if ((log.head?.tick ?? 0) <= now) return;
    await log.transact('setting a tick back', async ({ head }) => {
      if (head.tick <= now) return { done: () => undefined };
      const note = log.note('clock', { tick: head.tick, setBackTo: now });
      return { commit: { tick: now, entries: [note] }, done: () => undefined };
    });
  }

  async #note(
    what: string,
    make: (state: LoggedState) => Promise<readonly NewEntry[]>,
  ): Promise<void> {
    const { log, liveReader } = this.#parts;
    await this.#queue.run(async () => {
      await log.transact(what, async (state) => ({
        commit: { entries: await make(state) },
        done: () => undefined,
      }));
      await liveReader.read();
    });
  }

  async #changeIncident(id: string, change: Partial<Incident>): Promise<void> {
    const { log, desk } = this.#parts;
    await this.#queue.run(() =>
      log.transact('a change of an incident', async ({ memory }) => {
        const { entries, deliveries } = desk.changed(memory, id, change);
        return { commit: { entries, deliveries }, done: () => undefined };
      }),
    );
  }
}
