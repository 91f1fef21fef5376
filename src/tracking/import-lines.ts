import { LeewayError, shown } from '../leaves/errors.js';
import { whyUnusable } from './check-imported.js';
import { type HeadLine, LINES_VERSION } from './export-lines.js';
import type { LogHead } from './log-entry.js';
import type { Restored, RestoredCut, RestoredEntry, RestoredFold } from './restored.js';
import type { TrackingStore } from './store.js';

/** What would be read short where a character is wrong. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Written in one transaction. */
const LINES_AT_ONCE = 64;

/**
 * Writes what `exportLines` gave into a store.
 *
 * @returns how many entries of each experiment were written.
 * @throws LeewayError `ERR_LEEWAY_FORMAT` naming the line that can't be read, `ERR_LEEWAY_CONFLICT` where an experiment has
 *   entries already. What came before stays.
 */
export async function importLines(
  store: TrackingStore,
  lines: AsyncIterable<string>,
): Promise<ReadonlyMap<string, number>> {
  const written = new Map<string, number>();
  let current: HeadLine | undefined;
  let piece = new Piece();
  async function write(head: LogHead, rest: Partial<Restored> = {}): Promise<void> {
    if (current === undefined) return;
    await store.restore(current.experiment, { ...piece.restored, ...rest, head });
    written.set(current.experiment, (written.get(current.experiment) ?? 0) + piece.entries.length);
    piece = new Piece();
  }
  async function finish(): Promise<void> {
    // Last of all: a log that was imported in part has no monitor that goes on.
    if (current !== undefined)
      await write(current.head, {
        monitors: current.monitors ?? [],
        deliveries: current.deliveries ?? [],
      });
  }
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    const value = parse(line, number);
    if ('leeway' in value) {
      await finish();
      checkUsable(value, number);
      current = value as unknown as HeadLine;
      await checkEmpty(store, current.experiment);
      continue;
    }
    if (current === undefined)
      throw unreadable(number, 'the first line does not name the experiment that follows');
    checkUsable(value, number);
    piece.add(value);
    // The last of them tells where the log ends so far; its real end is set with the last lines.
    if (piece.lines >= LINES_AT_ONCE) await write(piece.headSoFar(current.head));
  }
  await finish();
  return written;
}

/** Lines that are written in one transaction. */
class Piece {
  readonly entries: RestoredEntry[] = [];
  readonly #folds: RestoredFold[] = [];
  readonly #cuts: RestoredCut[] = [];

  get lines(): number {
    return this.entries.length + this.#folds.length + this.#cuts.length;
  }

  get restored(): Pick<Restored, 'entries' | 'folds' | 'cuts'> {
    return { entries: this.entries, folds: this.#folds, cuts: this.#cuts };
  }

  add(line: Readonly<Record<string, unknown>>): void {
    if (line.fold !== undefined) this.#folds.push(line.fold as RestoredFold);
    else if (line.cut !== undefined) this.#cuts.push(line.cut as RestoredCut);
    else this.entries.push(line as unknown as RestoredEntry);
  }

  headSoFar({ run }: LogHead): LogHead {
    const last = this.entries.at(-1);
    return last === undefined ? { pos: 0, run: 0 } : { pos: last.pos, run };
  }
}

function checkUsable(line: Record<string, unknown>, number: number): void {
  const why = whyUnusable(line);
  if (why !== undefined) throw unreadable(number, why);
}

async function checkEmpty(store: TrackingStore, experiment: string): Promise<void> {
  if ((await store.head(experiment)).pos === 0) return;
  const message = `the store has an experiment ${shown(experiment)} already; import into an empty store`;
  throw new LeewayError('ERR_LEEWAY_CONFLICT', message);
}

function parse(line: string, number: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw unreadable(number, 'it is not JSON');
  }
  const record = objectOf(value, number);
  if ('leeway' in record) {
    const { leeway, version, experiment, head } = record as Partial<HeadLine>;
    const fits =
      leeway === 'log' &&
      (version === 1 || version === LINES_VERSION) &&
      typeof experiment === 'string';
    if (fits && Number.isSafeInteger(head?.pos) && Number.isSafeInteger(head?.run)) return record;
    throw unreadable(number, 'it does not begin a log that this version of leeway knows');
  }
  if (record.cut !== undefined) return { cut: objectOf(record.cut, number) };
  if (record.fold !== undefined) return { fold: withBytes(objectOf(record.fold, number), number) };
  return withBytes(record, number);
}

function objectOf(value: unknown, number: number): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw unreadable(number, 'it is not an object');
  return value as Record<string, unknown>;
}

function withBytes(record: Record<string, unknown>, number: number): Record<string, unknown> {
  if (record.bytes === undefined) return record;
  if (typeof record.bytes !== 'string' || !BASE64.test(record.bytes)) {
    throw unreadable(number, 'its bytes are not base64');
  }
  return { ...record, bytes: new Uint8Array(Buffer.from(record.bytes, 'base64')) };
}

function unreadable(line: number, why: string): LeewayError {
  return new LeewayError('ERR_LEEWAY_FORMAT', `line ${line} can't be imported: ${why}`);
}
