import { LeewayError, shown } from '../leaves/errors.js';
import { HOUR_MS } from '../leaves/time.js';
import { BaselineTransforms, type TransformsState } from './baseline-transforms.js';
import { Block } from './block.js';
import { type Cycle, HOURS_OF } from './cycle.js';
import type { ProfiledColumns } from './profiled-columns.js';
import { Season } from './season.js';

/** A ring of blocks as plain data. */
export interface BlockRingState {
  readonly transforms: TransformsState;
  readonly widthMs: number;
  readonly blocks: readonly ReturnType<Block['toState']>[];
  /** By hour of the day, those that had rows. Rings written before there were any have none; those with `week` need none. */
  readonly hours?: readonly ReturnType<Block['toState']>[];
  /** By hour of the week. Absent where only the hours of the day are known. */
  readonly week?: readonly ReturnType<Block['toState']>[];
}

/** At most so many blocks: about 19 KB a column. */
export const MAX_BLOCKS = 64;

/** Of wider tables only the hours of the day are kept: those of the week take up to 50 KB a column. */
const MOST_COLUMNS_BY_WEEK = 200;
const LEAST_WIDTH_MS = 1000;

/**
 * A baseline's history: at most 64 blocks of equal width, aligned to UTC, measured with one set of transforms. When more
 * are needed, all become wider (1, 2, 4, 8, 24, 48, … hours), and neighbours add up. Beside them, the same rows by hour of
 * the day and, of at most 200 columns, by hour of the week, which stays an hour however wide the blocks. From these the
 * effective sample size, seasons and back-tests are computed without rows.
 *
 * Invariants: (1) at most 64 blocks, in the order of time; (2) a block lies in one multiple of the width; (3) there are no
 * hours where any rows were added whose time is not known to an hour, and none of the week where only that of the day is.
 *
 * @example
 * const ring = new BlockRing(BaselineTransforms.freeze(baseline));
 * ring.add(hour, { from: Date.parse('2026-11-02T10:00Z'), to: Date.parse('2026-11-02T11:00Z') });
 * baseline.blocks = ring;
 */
export class BlockRing {
  readonly transforms: BaselineTransforms;
  #widthMs: number;
  #blocks: Block[] = [];
  /** `undefined` where it is not known of all rows. */
  #day: Season | undefined = new Season('day');
  #week: Season | undefined;

  /**
   * @param options.widthMs how wide blocks are at first. @default an hour
   * @throws LeewayError `ERR_LEEWAY_OPTION` where the width is below a second.
   */
  constructor(transforms: BaselineTransforms, options: { readonly widthMs?: number } = {}) {
    const widthMs = options.widthMs ?? HOUR_MS;
    if (!Number.isSafeInteger(widthMs) || widthMs < LEAST_WIDTH_MS) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `widthMs must be an integer from 1000 up, got ${shown(widthMs)}`,
      );
    }
    this.transforms = transforms;
    this.#widthMs = widthMs;
    if (transforms.columns.length <= MOST_COLUMNS_BY_WEEK) this.#week = new Season('week');
  }

  /** How wide its blocks are now. */
  get widthMs(): number {
    return this.#widthMs;
  }

  /** The blocks, oldest first. */
  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  /** All rows by the hour of the day, UTC, that they came in; empty where that is not known. */
  get hours(): ReadonlyMap<number, Block> {
    return this.#day?.hours ?? new Map();
  }

  /** All rows by the hour of a cycle; `undefined` where that is not known, or of too many columns. */
  season(cycle: Cycle): Season | undefined {
    return cycle === 'day' ? this.#day : this.#week;
  }

  /**
   * Adds the rows that came in `[from, to]`, epoch ms. What is longer than a block makes the blocks wider.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` where the times are none, or reversed.
   */
  add(profile: ProfiledColumns, time: { readonly from: number; readonly to: number }): void {
    const { from, to } = time;
    if (!Number.isFinite(from) || !Number.isFinite(to) || to < from) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `a block needs times, from ≤ to, got ${shown(from)} and ${shown(to)}`,
      );
    }
    while (to - from > this.#widthMs) this.#widthMs = nextWidth(this.#widthMs);
    const block = Block.of(profile, this.transforms, from, to);
    this.#takeHours(to - from > HOUR_MS ? {} : { week: [block] });
    this.#take([block]);
  }

  /**
   * Takes in the blocks of another ring; `other` is left as it is.
   *
   * @throws LeewayError `ERR_LEEWAY_FORMAT` where it was measured with other transforms.
   */
  merge(other: BlockRing): void {
    if (other.transforms.hash !== this.transforms.hash) {
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        `profiles do not merge: their blocks were measured with ${this.transforms.hash} and ${other.transforms.hash}`,
      );
    }
    while (this.#widthMs < other.#widthMs) this.#widthMs = nextWidth(this.#widthMs);
    this.#takeHours({ week: other.#week?.hours.values(), day: other.#day?.hours.values() });
    this.#take(other.#blocks);
  }

  clone(): BlockRing {
    const copy = new BlockRing(this.transforms, { widthMs: this.#widthMs });
    copy.merge(this);
    return copy;
  }

  toState(): BlockRingState {
    return {
      transforms: this.transforms.toState(),
      widthMs: this.#widthMs,
      blocks: statesOf(this.#blocks),
      ...(this.#week === undefined
        ? { hours: statesOf(this.hours.values()) }
        : { week: statesOf(this.#week.hours.values()) }),
    };
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where it can't be a ring. */
  static fromState(state: BlockRingState): BlockRing {
    const transforms = BaselineTransforms.fromState(state.transforms);
    if (state.blocks.length > MAX_BLOCKS)
      throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a ring: it has too many blocks');
    const ring = new BlockRing(transforms, { widthMs: state.widthMs });
    const read = (blocks: BlockRingState['blocks']): Block[] =>
      blocks.map((block) => Block.fromState(block, transforms.columns.length));
    const isEmpty = state.blocks.length === 0;
    const { hours = [], week = isEmpty ? [] : undefined } = state;
    if (hours.length > HOURS_OF.day || (week?.length ?? 0) > HOURS_OF.week) {
      throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a ring: it has too many hours');
    }
    ring.#takeHours({
      week: week && read(week),
      day: hours.length === 0 ? undefined : read(hours),
    });
    ring.#take(read(state.blocks));
    return ring;
  }

  /** Adds hours: of the week, which tell those of the day too, or else of the day. What is absent is not known from here on. */
  #takeHours({ week, day }: { readonly week?: Hours; readonly day?: Hours }): void {
    const blocks = week === undefined ? day : [...week];
    if (week === undefined) this.#week = undefined;
    else this.#week?.add(blocks as Iterable<Block>);
    if (blocks === undefined) this.#day = undefined;
    else this.#day?.add(blocks);
  }

  /** Sorts blocks in, wider and wider until they are few enough. */
  #take(blocks: readonly Block[]): void {
    const pieces = [...this.#blocks, ...blocks.map((block) => block.clone())].sort(
      (a, b) => a.from - b.from,
    );
    for (;;) {
      const joined = this.#joined(pieces);
      if (joined !== undefined) {
        this.#blocks = joined;
        return;
      }
      this.#widthMs = nextWidth(this.#widthMs);
    }
  }

  /** One block per multiple of the width, or `undefined` where that makes too many. */
  #joined(pieces: readonly Block[]): Block[] | undefined {
    const starts = pieces.map((piece) => Math.floor(piece.from / this.#widthMs));
    if (new Set(starts).size > MAX_BLOCKS) return undefined;
    const joined: Block[] = [];
    pieces.forEach((piece, index) => {
      const last = joined.at(-1);
      if (last !== undefined && starts[index] === starts[index - 1]) last.merge(piece);
      else joined.push(piece);
    });
    return joined;
  }
}

type Hours = Iterable<Block> | undefined;

const statesOf = (blocks: Iterable<Block>): ReturnType<Block['toState']>[] =>
  Array.from(blocks, (block) => block.toState());

/** Days are kept whole, for the sake of seasons. */
function nextWidth(widthMs: number): number {
  return widthMs === 8 * HOUR_MS ? 24 * HOUR_MS : 2 * widthMs;
}
