/**
 * A piece of a window: a chunk of rows (level 0), or the folded profile of several: of a writer's minute (level 1), eight
 * minutes (2) or hour (3), of an hour of all writers (4), or of a day (5).
 */
export interface WindowPart {
  readonly level: number;
  /** The first and the last log position that it covers. */
  readonly posFrom: number;
  readonly posTo: number;
  readonly rows: number;
  readonly dt: number;
  readonly dtEnd: number;
  readonly bytes: Uint8Array;
}

/** Which live parts to read. Parts match all fields. An empty list means none. */
export interface PartFilter {
  readonly keys?: readonly string[];
  readonly levels?: readonly number[];
  /** Parts with `posFrom > after` and `posTo <= upTo`. */
  readonly after?: number;
  readonly upTo?: number;
  /** Parts whose last row is older than this, by the store's clock. */
  readonly olderThanMs?: number;
}

/** A present part: one that no fold replaced. */
export interface LivePart extends Omit<WindowPart, 'bytes'> {
  /** The model. */
  readonly key: string;
  /**
   * The last position before it at which a window of its key was cut; 0 if there is none. Parts of one key with the same
   * `cutBefore` are in one window, so a fold may join them.
   */
  readonly cutBefore: number;
  /** Present if they were requested. */
  readonly bytes?: Uint8Array;
}

/** A fold: one profile that replaces the parts it was made from. */
export interface Fold {
  readonly experiment: string;
  /** The `key` of the folded chunks: the model. */
  readonly key: string;
  /** 1 for a fold of chunks; above the level of each of its parts otherwise. */
  readonly level: number;
  /** The parts that it replaces, each by its `posFrom` and level. All of one writer, in order. */
  readonly replaces: readonly { readonly level: number; readonly posFrom: number }[];
  readonly bytes: Uint8Array;
  /** The number of its rows. If it is given, the fold is refused if its parts now have another number: rows of them were erased. */
  readonly rows?: number;
}
