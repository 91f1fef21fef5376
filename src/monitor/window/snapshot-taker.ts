import type { Clock } from '../../leaves/clock.js';
import { LeewayError } from '../../leaves/errors.js';
import { Profile } from '../../profile/profile.js';
import type { ProfileOptions } from '../../profile/profile-options.js';
import type { TrackingStore } from '../../tracking/store.js';
import type { MonitorKind } from '../log/monitor-kind.js';
import type { LoggedState } from '../log/monitor-state.js';
import {
  checkSnapshotQuery,
  profileCalls,
  profileGiven,
  reshapes,
  type SnapshotQuery,
} from './snapshot-query.js';
import { columnsInHand, type Data, type DataInHand } from './tables.js';
import type { OpenWindow, WindowReader } from './window.js';

/** What taking snapshots needs to know. */
export interface SnapshotTakerOptions {
  readonly kind: MonitorKind;
  readonly model: string;
  readonly experiment: string;
  readonly store: TrackingStore;
  readonly clock: Clock;
  readonly profileAs: ProfileOptions;
  readonly windows: WindowReader;
  /** Whether later windows are compared with the snapshot of a number: then it takes its history along. */
  readonly isBaseline: (seq: number, state: LoggedState) => boolean;
}

/** A snapshot that was taken, with the log position that it reaches to: its rows where it cuts, else its metrics alone. */
export type TakenSnapshot = OpenWindow & { readonly cuts: boolean };

/** Takes the snapshots that are asked for by hand: of tables, of calls, or of the open window. */
export class SnapshotTaker {
  readonly #options: SnapshotTakerOptions;

  constructor(options: SnapshotTakerOptions) {
    this.#options = options;
  }

  /**
   * Checks what is asked for.
   *
   * @returns the query, and how to take it where the monitor stands.
   * @throws LeewayError `ERR_LEEWAY_OPTION` where it makes no sense.
   */
  order(given: SnapshotQuery | readonly unknown[] | ArrayLike<number>): {
    readonly query: SnapshotQuery;
    readonly take: (state: LoggedState) => Promise<TakenSnapshot>;
  } {
    const query = this.#queryOf(given);
    const source = checkSnapshotQuery(query, this.#options.kind);
    if (source === 'logged')
      return { query, take: ({ head }) => this.#logged(query, head.seq + 1) };
    if (source === 'window') return { query, take: (state) => this.#window(query, state) };
    const profile = profileGiven(query, this.#options);
    const now = this.#options.clock.now();
    return {
      query,
      take: ({ head }) => this.#beside(profile, { seq: head.seq + 1, from: now, to: now }),
    };
  }

  /** The profile of data in hand. */
  profileOf(data: Profile | DataInHand): Profile {
    if (data instanceof Profile) return data;
    const { columns, rows } = columnsInHand(data, this.#options.kind);
    const profile = new Profile(this.#options.profileAs);
    profile.addColumns(columns, 0, rows);
    return profile;
  }

  #queryOf(given: SnapshotQuery | readonly unknown[] | ArrayLike<number>): SnapshotQuery {
    if (!Array.isArray(given) && !ArrayBuffer.isView(given)) return given as SnapshotQuery;
    if (this.#options.kind === 'data') return { data: given as Data };
    throw new LeewayError('ERR_LEEWAY_OPTION', 'a snapshot of a model needs { X, Y }');
  }

  /** Calls that were asked for; they stay in the window that they are in. */
  async #logged(query: SnapshotQuery, seq: number): Promise<TakenSnapshot> {
    const { profile, from, to } = await profileCalls(query, this.#options, this.#options);
    return this.#beside(profile, { seq, from, to });
  }

  /** Rows that are in no window by this, with the metrics that were logged since the last snapshot. */
  async #beside(profile: Profile, window: OpenWindow['window']): Promise<TakenSnapshot> {
    const upTo = await this.#options.windows.logEnd();
    profile.metrics = await this.#options.windows.metrics(upTo);
    return { profile, window, upTo, cuts: false };
  }

  async #window(query: SnapshotQuery, state: LoggedState): Promise<TakenSnapshot> {
    const { windows, isBaseline } = this.#options;
    const { head } = state;
    if (reshapes(query)) return this.#reshaped(query, head);
    const open = await windows.open(head);
    if (isBaseline(head.seq + 1, state)) open.profile.blocks = await windows.history(open, head);
    return { ...open, cuts: true };
  }

  /** The rows of the open window one by one, as long as they are kept. */
  async #reshaped(query: SnapshotQuery, head: LoggedState['head']): Promise<TakenSnapshot> {
    const { store, experiment, model, kind } = this.#options;
    const { pos: upTo } = await store.head(experiment);
    const range = { ...this.#options, span: { after: head.cursor, upTo } };
    const { profile, from, to, looked } = await profileCalls(
      { ...query, event: 'predict' },
      range,
      this.#options,
    );
    const stored =
      kind === 'data' ? looked : await store.windowRows(experiment, model, head.cursor, upTo);
    const gone = stored - looked;
    if (gone > 0) {
      const whose = JSON.stringify(model);
      const message = `${gone} rows of the window of ${whose} are no longer stored, only their profile`;
      throw new LeewayError('ERR_LEEWAY_STATE', message);
    }
    profile.metrics = await this.#options.windows.metrics(upTo);
    return { profile, window: { seq: head.seq + 1, from, to }, upTo, cuts: true };
  }
}
