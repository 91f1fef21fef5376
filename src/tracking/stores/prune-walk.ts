/** What one step of a pruning removed, and where the next begins. */
export interface PruneStep {
  readonly removed: number;
  /** Rows of the chunks that went. */
  readonly rows: number;
  /** `undefined` where the walk is over. */
  readonly next: number | undefined;
}

/** Goes step by step, each a transaction of its own, while there is more and it's `wanted`. */
export async function pruneWalk<Driver>(
  connection: { write(work: (driver: Driver) => Promise<PruneStep>): Promise<PruneStep> },
  step: (driver: Driver, after: number) => Promise<PruneStep>,
  wanted: () => Promise<boolean> = async () => true,
): Promise<{ readonly removed: number; readonly rows: number }> {
  let removed = 0;
  let rows = 0;
  let next: number | undefined = 0;
  while (next !== undefined && (await wanted())) {
    const after: number = next;
    const done = await connection.write((driver) => step(driver, after));
    removed += done.removed;
    rows += done.rows;
    next = done.next;
  }
  return { removed, rows };
}
