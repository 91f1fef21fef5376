import type { Incident } from '../alert/incident.js';
import type { AlertRule } from '../alert/rule.js';
import { SerialQueue } from '../leaves/async.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { checkOptionNames } from '../leaves/option-names.js';
import { parseDuration } from '../leaves/time.js';
import type { Profile } from '../profile/profile.js';
import type { NewEntry } from '../tracking/log-entry.js';
import { type DriftRowFilter, narrowed } from './alerting/rule-narrowing.js';
import { getProposal, partOf } from './baseline/model-versions.js';
import type { CaptureOrder, CaptureResult } from './capture-result.js';
import type { LoggedState } from './log/monitor-state.js';
import type { MonitorOptions } from './monitor-options.js';
import { type MonitorParts, monitorParts } from './monitor-parts.js';
import { orderSnapshot } from './order-snapshot.js';
import { ReadableMonitor } from './readable-monitor.js';
import type { LiveStatus } from './status/live-status.js';
import type { MonitorStatus } from './status/state.js';
import { statusOf } from './status-of.js';
import type { SnapshotQuery } from './window/snapshot-query.js';
import type { DataInHand } from './window/tables.js';

export type { CaptureResult } from './capture-result.js';

/** How a capture is made. */
export interface CaptureQuery extends DriftRowFilter {
  /** Other rules for this capture. They leave no state behind. @default the monitor's own */
  readonly rules?: readonly AlertRule[];
  /** What the window is compared with: the monitor's baseline, or the snapshot before it. @default 'baseline' */
  readonly seq?: 'baseline' | 'recent';
  /** The number of the snapshot that is the baseline of this capture; negative numbers count back. @default the monitor's own */
  readonly baseline?: number;
  /** `'auto'`: takes a snapshot if rows arrived and none was taken by hand. `false`: judges the latest snapshot. @default 'auto' */
  readonly snapshot?: 'auto' | false;
  /** The tick of the schedule, epoch ms. One of the replicas captures it, once. */
  readonly tick?: number;
}

/** What a monitor does: it takes snapshots, captures, and changes what is noted in the log. */
export class MonitorEngine extends ReadableMonitor {
  readonly #options: MonitorOptions;
  readonly #parts: MonitorParts;
  /** Calls that read the log and then write, one after the other: two captures of one process never compete. */
  readonly #queue = new SerialQueue();

  constructor(options: MonitorOptions, live: LiveStatus) {
    const parts = monitorParts(options, live);
    super(parts, options);
    this.#options = options;
    this.#parts = parts;
  }

  refresh(): Promise<void> {
    return this.#queue.run(() => this.#parts.liveReader.read());
  }

  keepUp(): Promise<void> {
    return this.#queue.run(async () => {
      await this.#parts.liveReader.keepUp();
      await this.#repairTick();
    });
  }

  /** @param isTicking whether ticks of a schedule are planned. */
  status(isTicking: boolean): MonitorStatus {
    return statusOf(this.#parts, this.#options, isTicking);
  }

  snapshot(query: SnapshotQuery & { readonly logged: false }): Promise<Profile>;
  snapshot(query: SnapshotQuery & { readonly ignoreEmpty: true }): Promise<number | undefined>;
  snapshot(query?: SnapshotQuery | readonly unknown[] | ArrayLike<number>): Promise<number>;
  snapshot(
    given: SnapshotQuery | readonly unknown[] | ArrayLike<number> = {},
  ): Promise<Profile | number | undefined> {
    const take = orderSnapshot(this.#parts, this.#options, given);
    return this.#queue.run(take);
  }

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
        this.#parts.live.noteSettled(this.#options.clock.now());
        return result;
      } catch (error) {
        this.#parts.live.failure = error instanceof Error ? error.message : String(error);
        await this.#parts.capturer.reportFailure(this.#parts.live.failure).catch(onError);
        throw error;
      }
    });
  }

  async acknowledge(incident: string, options: { readonly by?: string } = {}): Promise<void> {
    const at = this.#options.clock.now();
    const by = options.by === undefined ? {} : { acknowledgedBy: options.by };
    await this.#changeIncident(incident, { acknowledgedAt: at, ...by });
  }

  async snooze(incident: string, duration: string): Promise<void> {
    const ms = typeof duration === 'string' ? parseDuration(duration) : undefined;
    if (ms === undefined) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `snooze needs a duration such as '6h', got ${shown(duration)}`,
      );
    }
    await this.#changeIncident(incident, { snoozedUntil: this.#options.clock.now() + ms });
  }

  pin(baseline: Profile | number | DataInHand): Promise<void> {
    return this.#note('a pin', async () => {
      const profile =
        typeof baseline === 'number'
          ? await this.profile(baseline)
          : this.#parts.taker.profileOf(baseline);
      if (profile.rows === 0)
        throw new LeewayError('ERR_LEEWAY_OPTION', 'a baseline must have rows');
      return [this.#parts.notes.pinned(profile)];
    });
  }

  unpin(): Promise<void> {
    return this.#note('unpin()', async (state) => [this.#parts.notes.released(state)]);
  }

  accept(id: string): Promise<void> {
    return this.#note('accept()', async (state) => {
      const proposal = getProposal(state, id);
      const first = partOf(await this.#parts.windows.snapshot(proposal.seq), proposal.version);
      if (first === undefined)
        throw new LeewayError('ERR_LEEWAY_STATE', `${id} has no rows any more`);
      return [this.#parts.versions.decisionNote(proposal, 'accepted', first.profile)];
    });
  }

  reject(id: string): Promise<void> {
    return this.#note('reject()', async (state) => [
      this.#parts.versions.decisionNote(getProposal(state, id), 'rejected'),
    ]);
  }

  clear(options: { readonly force?: boolean } = {}): Promise<void> {
    if (options.force !== true) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        'clear() removes all snapshots; call clear({ force: true })',
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
