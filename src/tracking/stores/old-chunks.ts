/** From when on chunks are kept. */
export interface ChunkBounds {
  /** Chunks up to this position have so many newer rows that they go whatever their age. */
  readonly beyond: number;
  /** Chunks whose last row is older go, epoch ms. */
  readonly before: number;
  /** The store's clock. */
  readonly now: number;
}

/**
 * Which chunks of a page, in the log's order, are old, and whether there may be more behind it. Times are those of the
 * writers' clocks, so the log's order goes before them: behind the first chunk that is young, none is old. A time ahead of the store's clock
 * tells nothing; such a chunk is old where one behind it is.
 */
export function oldChunks<Row extends Readonly<Record<string, unknown>>>(
  page: readonly Row[],
  { beyond, before, now }: ChunkBounds,
): { readonly old: readonly Row[]; readonly more: boolean } {
  const dtEnd = (row: Row): number => row.dt_end as number;
  const young = page.findIndex((row) => dtEnd(row) >= before && dtEnd(row) <= now);
  const aged = young === -1 ? page : page.slice(0, young);
  const lastAged = aged.findLastIndex((row) => dtEnd(row) < before);
  const old = page.filter((row, index) => index <= lastAged || (row.pos as number) <= beyond);
  const reachesFurther = ((page.at(-1)?.pos as number | undefined) ?? 0) <= beyond;
  return { old, more: young === -1 || reachesFurther };
}
