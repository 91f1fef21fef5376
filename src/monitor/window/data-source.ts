import { BaselineTransforms } from '../../profile/baseline-transforms.js';
import { BlockRing } from '../../profile/block-ring.js';
import { Profile } from '../../profile/profile.js';
import type { ProfileOptions } from '../../profile/profile-options.js';
import { fromStored } from '../../tracking/logged-value.js';
import type { MonitorLog } from '../log/monitor-log.js';
import { tableOf } from './tables.js';
import { type LogSpan, liesIn, type WindowRows, type WindowSource } from './window.js';

/** Windows of data that is no model's: what was logged as `data` under the monitor's name. */
export class DataSource implements WindowSource {
  readonly #log: MonitorLog;
  readonly #profileAs: ProfileOptions;

  constructor(log: MonitorLog, profileAs: ProfileOptions) {
    this.#log = log;
    this.#profileAs = profileAs;
  }

  async rows(after: number, upTo: number): Promise<number> {
    let rows = 0;
    for await (const { table } of this.#tables(after, upTo)) rows += table.rows;
    return rows;
  }

  async read(after: number, upTo: number, without?: readonly LogSpan[]): Promise<WindowRows> {
    const profile = new Profile(this.#profileAs);
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for await (const { table, at } of this.#tables(after, upTo, without)) {
      profile.addColumns(table.columns, 0, table.rows);
      from = Math.min(from, at);
      to = Math.max(to, at);
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
    for await (const { table, at } of this.#tables(after, upTo, without)) {
      const profile = new Profile(this.#profileAs);
      profile.addColumns(table.columns, 0, table.rows);
      ring.add(profile, { from: at, to: at });
    }
    return ring;
  }

  async *#tables(after: number, upTo: number, without: readonly LogSpan[] = []) {
    const filter = { events: ['data'], keys: [this.#log.model], after, upTo } as const;
    for await (const { pos, value, bytes, dt } of this.#log.query(filter)) {
      if (liesIn(without, pos, pos)) continue;
      yield { table: tableOf(fromStored(value, bytes).value), at: dt };
    }
  }
}
