import { LeewayError, shown } from '../leaves/errors.js';
import type { LogHead } from './log-entry.js';
import type { NewPrediction } from './prediction.js';
import type { RestoredEntry, StoredMonitor } from './restored.js';
import type { TrackingStore } from './store.js';
import type { Delivery } from './window-commit.js';
import type { LivePart } from './window-part.js';

/** What the first line of each experiment says. */
export interface HeadLine {
  readonly leeway: 'log';
  /** 1 had neither folds, cuts, monitors nor deliveries. */
  readonly version: 1 | 2;
  readonly experiment: string;
  /** Where the log ends; it may be further than its last entry, for numbers aren't given again. */
  readonly head: LogHead;
  readonly monitors?: readonly StoredMonitor[];
  readonly deliveries?: readonly Omit<Delivery, 'experiment'>[];
}

/** Of the lines written. */
export const LINES_VERSION = 2;
/** How often a log that goes on meanwhile is looked at until its pieces fit together. */
const MAX_LOOKS = 50;

/**
 * A log as JSON lines: for each experiment a line that says where its log ends and where its monitors stand, then one for each fold
 * and cut, and then one for each entry, with bytes in base64 and the predictions that came with it.
 *
 * @throws LeewayError `ERR_LEEWAY_CONFLICT` where the log was changed so much meanwhile that the lines don't hold all of it.
 */
export async function* exportLines(
  store: TrackingStore,
  experiments: readonly string[],
): AsyncGenerator<string> {
  for (const experiment of experiments) {
    const { head, monitors, deliveries, rows, parts } = await settled(store, experiment);
    yield JSON.stringify({
      leeway: 'log',
      version: LINES_VERSION,
      experiment,
      head,
      monitors,
      deliveries,
    } satisfies HeadLine);
    const live = new Set<number>();
    const cuts = new Set<string>();
    let given = 0;
    for await (const { cutBefore, bytes, ...part } of parts) {
      given += part.rows;
      const cut = JSON.stringify({ cut: { key: part.key, pos: cutBefore } });
      if (cutBefore > 0 && !cuts.has(cut)) yield cut;
      cuts.add(cut);
      if (part.level === 0) live.add(part.posFrom);
      else yield JSON.stringify({ fold: { ...part, bytes: toBase64(bytes as Uint8Array) } });
    }
    if (given !== rows)
      throw new LeewayError(
        'ERR_LEEWAY_CONFLICT',
        'the log was changed while it was exported; export again',
      );
    for await (const { experiment: _, bytes, ...entry } of store.query(experiment, {
      upTo: head.pos,
    })) {
      const predictions =
        entry.event === 'predict' ? await predictionsOf(store, experiment, entry) : [];
      const folded = entry.event === 'predict' && entry.rows > 0 && !live.has(entry.pos);
      yield JSON.stringify({
        ...entry,
        ...(folded && { folded }),
        ...(bytes !== undefined && { bytes: toBase64(bytes) }),
        ...(predictions.length > 0 && { predictions }),
      });
    }
  }
}

const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** The pieces of a log as they stand at one position: where it ends is the same before and after they were read. */
async function settled(store: TrackingStore, experiment: string) {
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    const head = await store.head(experiment);
    const monitors = await store.monitors(experiment);
    const waiting = await store.pendingDeliveries(experiment, Number.MAX_SAFE_INTEGER);
    const deliveries = waiting.map(({ experiment: _, ...delivery }) => delivery);
    let rows = 0;
    for await (const part of store.parts(experiment)) rows += part.rows;
    // What stands is settled with the first part, whatever is folded later.
    const iterator = store.parts(experiment, {}, { withBytes: true })[Symbol.asyncIterator]();
    const first = await iterator.next();
    const after = await store.head(experiment);
    if (after.pos === head.pos && after.run === head.run) {
      return { head, monitors, deliveries, rows, parts: withFirst(first, iterator) };
    }
    await iterator.return?.();
  }
  throw new LeewayError(
    'ERR_LEEWAY_CONFLICT',
    `the log of ${shown(experiment)} is written to continuously; export again`,
  );
}

async function* withFirst(
  first: IteratorResult<LivePart>,
  rest: AsyncIterator<LivePart>,
): AsyncGenerator<LivePart> {
  for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
}

async function predictionsOf(
  store: TrackingStore,
  experiment: string,
  { key, run, runs }: Pick<RestoredEntry, 'key' | 'run' | 'runs'>,
): Promise<NewPrediction[]> {
  const found: NewPrediction[] = [];
  for await (const prediction of store.predictions(experiment, {
    keys: [key],
    runFrom: run,
    runTo: run + runs - 1,
  })) {
    const { key: _, run: own, ...rest } = prediction;
    found.push({ ...rest, offset: own - run });
  }
  return found;
}
