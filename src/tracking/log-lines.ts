import { LeewayError, shown } from '../errors.js';
import type { LogHead, NewPrediction, RestoredEntry, TrackingStore } from './store.js';

/** What the first line of each experiment says. */
interface HeadLine {
  readonly leeway: 'log';
  readonly version: 1;
  readonly experiment: string;
  /** Where the log ends; it may be further than its last entry, for numbers aren't given again. */
  readonly head: LogHead;
}

const ENTRIES_AT_ONCE = 64;

/**
 * A log as JSON lines: for each experiment a line that says where its log ends, and then one for each entry, with bytes in
 * base64 and the predictions that came with it.
 */
export async function* exportLines(store: TrackingStore, experiments: readonly string[]): AsyncGenerator<string> {
  for (const experiment of experiments) {
    const head = await store.head(experiment);
    yield JSON.stringify({ leeway: 'log', version: 1, experiment, head } satisfies HeadLine);
    for await (const { experiment: _, bytes, ...entry } of store.query(experiment, { upTo: head.pos })) {
      const predictions = entry.event === 'predict' ? await predictionsOf(store, experiment, entry) : [];
      yield JSON.stringify({
        ...entry,
        ...(bytes !== undefined && { bytes: Buffer.from(bytes).toString('base64') }),
        ...(predictions.length > 0 && { predictions }),
      });
    }
  }
}

async function predictionsOf(
  store: TrackingStore,
  experiment: string,
  { key, run, runs }: Pick<RestoredEntry, 'key' | 'run' | 'runs'>,
): Promise<NewPrediction[]> {
  const found: NewPrediction[] = [];
  for await (const prediction of store.predictions(experiment, { keys: [key], runFrom: run, runTo: run + runs - 1 })) {
    const { key: _, run: own, ...rest } = prediction;
    found.push({ ...rest, offset: own - run });
  }
  return found;
}

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
  let waiting: RestoredEntry[] = [];
  async function write(head: LogHead): Promise<void> {
    if (current === undefined) return;
    await store.restore(current.experiment, waiting, head);
    written.set(current.experiment, (written.get(current.experiment) ?? 0) + waiting.length);
    waiting = [];
  }
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    const value = parse(line, number);
    if ('leeway' in value) {
      if (current !== undefined) await write(current.head);
      current = value as unknown as HeadLine;
      const there = await store.head(current.experiment);
      if (there.pos > 0) {
        const message = `the store has an experiment ${shown(current.experiment)} already; import into an empty store`;
        throw new LeewayError('ERR_LEEWAY_CONFLICT', message);
      }
      continue;
    }
    if (current === undefined) throw unreadable(number, 'the first line does not say which experiment follows');
    waiting.push(value as unknown as RestoredEntry);
    // The last of them tells where the log ends so far; its real end is set with the last entries.
    if (waiting.length >= ENTRIES_AT_ONCE) await write({ pos: value.pos as number, run: current.head.run });
  }
  if (current !== undefined) await write(current.head);
  return written;
}

function parse(line: string, number: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw unreadable(number, 'it is no JSON');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw unreadable(number, 'it is no object');
  const record = value as Record<string, unknown>;
  if ('leeway' in record) {
    const { leeway, version, experiment, head } = record as Partial<HeadLine>;
    const fits = leeway === 'log' && version === 1 && typeof experiment === 'string';
    if (fits && Number.isSafeInteger(head?.pos) && Number.isSafeInteger(head?.run)) return record;
    throw unreadable(number, 'it begins no log that this version of leeway knows');
  }
  if (record.bytes === undefined) return record;
  if (typeof record.bytes !== 'string') throw unreadable(number, 'its bytes are no base64');
  return { ...record, bytes: new Uint8Array(Buffer.from(record.bytes, 'base64')) };
}

function unreadable(line: number, why: string): LeewayError {
  return new LeewayError('ERR_LEEWAY_FORMAT', `line ${line} can't be imported: ${why}`);
}
