import { EVENT_KINDS } from './event.js';

/** The latest time that a date can show, epoch ms, and the earliest with a minus. */
const LATEST_MS = 8.64e15;
/** Numbers go up from what is imported, so that they need room above. */
const HIGHEST_NUMBER = 2 ** 52;
const MOST_PREDICTIONS = 1_000_000;

type Line = Readonly<Record<string, unknown>>;

/** Why a line of an export can't be used, or `undefined` where it can. A store checks what it needs itself; this is what readers need later. */
export function whyUnusable(line: Line): string | undefined {
  if ('leeway' in line) return whyNoHead(line);
  if (line.fold !== undefined) return whyNoTimes(line.fold as Line, ['dt', 'dtEnd']);
  if (line.cut !== undefined) return undefined;
  return whyNoEntry(line);
}

function whyNoHead({ head, monitors }: Line): string | undefined {
  const { pos, run } = head as { readonly pos: number; readonly run: number };
  if (Math.max(pos, run) > HIGHEST_NUMBER) return 'its log ends further than numbers go';
  for (const monitor of isObjects(monitors) ? monitors : []) {
    const why = whyNoTimes(monitor, ['tick']);
    if (why !== undefined) return why;
  }
  return undefined;
}

function whyNoEntry(line: Line): string | undefined {
  const { event, key, value, predictions = [] } = line;
  if (!EVENT_KINDS.some((kind) => kind === event))
    return `it has no event that there is: ${JSON.stringify(event)}`;
  if (typeof key !== 'string') return 'its key is not text';
  if (value === undefined) return 'it has no value';
  if (!isObjects(predictions) || predictions.length > MOST_PREDICTIONS)
    return 'its predictions are not a list of objects';
  for (const prediction of predictions) {
    const why = whyNoTimes(prediction, ['dt']);
    if (why !== undefined) return why;
  }
  return whyNoTimes(line, line.dtEnd === undefined ? ['dt'] : ['dt', 'dtEnd']);
}

function whyNoTimes(line: Line, names: readonly string[]): string | undefined {
  const wrong = names.find(
    (name) => !(typeof line[name] === 'number' && Math.abs(line[name]) <= LATEST_MS),
  );
  return wrong === undefined
    ? undefined
    : `its ${wrong} is not a time that a date can show: ${JSON.stringify(line[wrong])}`;
}

const isObjects = (value: unknown): value is readonly Line[] =>
  Array.isArray(value) &&
  value.every((one) => one !== null && typeof one === 'object' && !Array.isArray(one));
