import { LeewayError, shown } from '../../leaves/errors.js';
import { nearestName } from '../../leaves/option-names.js';
import { parseDuration } from '../../leaves/time.js';
import { EVENT_KINDS, type EventKind } from '../../tracking/event.js';
import type { EntryFilter, LogEntry } from '../../tracking/log-entry.js';
import { type Command, type CommandInput, EXIT } from '../command.js';
import { experimentsOf, STORE_PARAMETER, wholeNumber, withStore } from '../store-argument.js';
import { safeJson, safeName, safeText } from '../terminal.js';
import { textTable } from '../text-table.js';

const DEFAULT_LIMIT = 50;
const LONGEST_VALUE = 60;

/** `leeway events STORE`: the latest entries of a log. */
export const eventsCommand: Command = {
  name: 'events',
  summary: 'show the latest events of a log',
  parameters: [STORE_PARAMETER],
  options: [
    { name: 'experiment', short: 'e', value: 'NAME', description: 'only this one (default: all)' },
    {
      name: 'event',
      value: 'KIND',
      multiple: true,
      description: `only these: ${EVENT_KINDS.join(', ')}`,
    },
    { name: 'key', value: 'NAME', multiple: true, description: 'only these models or metrics' },
    {
      name: 'since',
      value: 'TIME',
      description: 'only events since a date, or since a duration ago such as 1d',
    },
    {
      name: 'limit',
      value: 'N',
      description: `the largest number of events per experiment (default ${DEFAULT_LIMIT})`,
    },
  ],
  examples: [
    'leeway events sqlite:leeway.db',
    'leeway events .leeway/leeway.db --event alert --event drift --since 7d',
  ],
  async run(input, io) {
    const [spec] = input.parameters as [string];
    const filter = filterOf(input);
    const limit = wholeNumber(input, 'limit') ?? DEFAULT_LIMIT;
    const found = await withStore(spec, async (store) => {
      const all: LogEntry[] = [];
      for (const experiment of await experimentsOf(store, input)) {
        const latest: LogEntry[] = [];
        const options = { order: 'newest-first', limit, withBytes: false } as const;
        for await (const entry of store.query(experiment, filter, options)) latest.push(entry);
        all.push(...latest.reverse());
      }
      return all;
    });
    if (input.flag('json')) io.stdout.write(`${safeJson({ events: found.map(asJson) })}\n`);
    else if (found.length === 0) io.stdout.write('no events\n');
    else io.stdout.write(`${textTable(HEAD, found.map(asRow))}\n`);
    return EXIT.fine;
  },
};

const HEAD = ['experiment', 'run', 'event', 'key', 'when (UTC)', 'rows', 'value'];

function asRow({ experiment, run, runs, event, key, dt, rows, value }: LogEntry): string[] {
  const text = JSON.stringify(value);
  return [
    safeName(experiment),
    runs === 1 ? String(run) : `${run}–${run + runs - 1}`,
    event,
    safeName(key),
    new Date(dt).toISOString().slice(0, 19).replace('T', ' '),
    rows === 0 ? '' : String(rows),
    value === null
      ? ''
      : safeText(text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text),
  ];
}

function asJson({ dt, dtEnd, ...entry }: LogEntry): object {
  return { ...entry, dt: new Date(dt).toISOString(), dtEnd: new Date(dtEnd).toISOString() };
}

function filterOf(input: CommandInput): EntryFilter {
  const events = input.values('event');
  const unknown = events.find((event) => !EVENT_KINDS.includes(event as EventKind));
  if (unknown !== undefined) {
    const meant = nearestName(unknown, EVENT_KINDS);
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `there is no event ${shown(unknown)}; did you mean ${shown(meant)}?`,
    );
  }
  const since = input.value('since');
  const keys = input.values('key');
  return {
    ...(events.length > 0 && { events: events as EventKind[] }),
    ...(keys.length > 0 && { keys }),
    ...(since !== undefined && { since: timeOf(since) }),
  };
}

function timeOf(text: string): number {
  const ago = parseDuration(text);
  const time = ago === undefined ? new Date(text).getTime() : Date.now() - ago;
  if (Number.isFinite(time)) return time;
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `--since must be a date or a duration such as 1d, got ${shown(text)}`,
  );
}
