/**
 * A piece of a window: a chunk of rows (level 0), or the folded profile of several: of a writer's minute (level 1), eight
 * minutes (2) or hour (3), of an hour of all writers (4), or of a day (5).
 */
export interface WindowPart {
  readonly level: number;
  /** First and last log position it covers. */
  readonly posFrom: number;
  readonly posTo: number;
  readonly rows: number;
  readonly dt: number;
  readonly dtEnd: number;
  readonly bytes: Uint8Array;
}

/** Which live parts are asked for. Every field narrows; an empty list means none. */
export interface PartFilter {
  readonly keys?: readonly string[];
  readonly levels?: readonly number[];
  /** Parts with `posFrom > after` and `posTo <= upTo`. */
  readonly after?: number;
  readonly upTo?: number;
  /** Parts whose last row is older than this, by the store's clock. */
  readonly olderThanMs?: number;
}

/** A part that stands in the store now: not one that a fold took the place of. */
export interface LivePart extends Omit<WindowPart, 'bytes'> {
  /** The model. */
  readonly key: string;
  /**
   * The last position before it that a window of its key was cut at; 0 where there is none. Parts of one key with the
   * same `cutBefore` lie in one window, so that a fold may join them.
   */
  readonly cutBefore: number;
  /** There where they were asked for. */
  readonly bytes?: Uint8Array;
}

/** A fold: one profile in place of the parts it was made from. */
export interface Fold {
  readonly experiment: string;
  /** The `key` of the chunks folded, i.e. the model. */
  readonly key: string;
  /** 1 for a fold of chunks; above the level of each of its parts otherwise. */
  readonly level: number;
  /** The parts that it replaces, each by its `posFrom` and level. All of one writer, in order. */
  readonly replaces: readonly { readonly level: number; readonly posFrom: number }[];
  readonly bytes: Uint8Array;
  /** How many rows it holds. Told, a fold is refused whose parts have another number by now: rows of them were erased. */
  readonly rows?: number;
}
