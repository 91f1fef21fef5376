import { LeewayError, shown } from '../../leaves/errors.js';
import type { LogHead } from '../log-entry.js';
import type { Restored, RestoredEntry } from '../restored.js';
import type { PlacedEntry } from './assign-positions.js';
import {
  type CheckedDelivery,
  checkEntries,
  checkText,
  checkWhole,
  refuse,
  toJson,
} from './validate.js';

/** A piece of a log whose caller-owned parts were checked and copied. */
export interface CheckedRestored extends Required<Omit<Restored, 'entries' | 'deliveries'>> {
  readonly entries: readonly PlacedEntry[];
  readonly deliveries: readonly CheckedDelivery[];
  /** Positions of chunks that a fold stands for. */
  readonly folded: ReadonlySet<number>;
}

/**
 * Checks a piece of a log and copies what the caller could change later.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION`
 */
export function checkRestored(restored: Restored): CheckedRestored {
  const { entries = [], folds = [], cuts = [], monitors = [], deliveries = [] } = restored;
  for (const [name, list] of Object.entries({ entries, folds, cuts, monitors, deliveries })) {
    const fits =
      Array.isArray(list) && list.every((item) => item !== null && typeof item === 'object');
    if (!fits) refuse(name, 'a list of objects', list);
  }
  const head = { pos: restored.head.pos, run: restored.head.run };
  checkWhole(head.pos, 'head.pos', 0);
  checkWhole(head.run, 'head.run', 0);
  for (const { key, pos } of cuts) {
    checkText(key, 'cuts[].key');
    checkWhole(pos, 'cuts[].pos', 0);
  }
  for (const { monitor, key, version, seq, cursor, captured, tick } of monitors) {
    checkText(monitor, 'monitors[].monitor');
    checkText(key, 'monitors[].key');
    checkWhole(version, 'monitors[].version', 1);
    checkWhole(seq, 'monitors[].seq', -1);
    checkWhole(captured, 'monitors[].captured', -1);
    checkWhole(cursor, 'monitors[].cursor', 0);
    if (cursor > head.pos)
      refuse('monitors[].cursor', `at most ${head.pos}, where the log ends`, cursor);
    if (!Number.isFinite(tick)) refuse('monitors[].tick', 'a finite number', tick);
  }
  return {
    head,
    entries: checkPlaces(entries, head),
    folded: new Set(entries.filter(({ folded }) => folded === true).map(({ pos }) => pos)),
    folds: folds.map(checkFold),
    cuts: cuts.map((cut) => ({ ...cut })),
    monitors: monitors.map((monitor) => ({ ...monitor })),
    deliveries: deliveries.map(({ monitor, id, payload, attempts }) => {
      checkText(monitor, 'deliveries[].monitor');
      checkText(id, 'deliveries[].id');
      checkWhole(attempts, 'deliveries[].attempts', 0);
      return { monitor, id, json: toJson(payload, 'deliveries[].payload'), attempts };
    }),
  };
}

/** Positions have to increase, and to end at or before `head`. */
function checkPlaces(entries: readonly RestoredEntry[], head: LogHead): PlacedEntry[] {
  let last = 0;
  return checkEntries(entries).map((checked, index) => {
    const { pos } = entries[index] as RestoredEntry;
    checkWhole(pos, 'pos', last + 1);
    if (pos > head.pos) refuse('pos', `at most ${head.pos}, where the log ends`, pos);
    const run = checked.run ?? refuse('run', 'there in an entry with a position', checked.run);
    if (run + checked.runs - 1 > head.run)
      refuse('run', `at most ${head.run}, where the log ends`, run);
    last = pos;
    return { ...checked, pos, run };
  });
}

function checkFold(fold: CheckedRestored['folds'][number]): CheckedRestored['folds'][number] {
  checkText(fold.key, 'folds[].key');
  checkWhole(fold.level, 'folds[].level', 1);
  checkWhole(fold.posFrom, 'folds[].posFrom', 1);
  checkWhole(fold.posTo, 'folds[].posTo', fold.posFrom);
  checkWhole(fold.rows, 'folds[].rows', 0);
  for (const name of ['dt', 'dtEnd'] as const) {
    if (!Number.isFinite(fold[name]))
      refuse(`folds[].${name}`, 'a finite number of milliseconds', fold[name]);
  }
  if (!(fold.bytes instanceof Uint8Array)) refuse('folds[].bytes', 'a Uint8Array', fold.bytes);
  return { ...fold, bytes: new Uint8Array(fold.bytes) };
}

/**
 * Where the log ends once a piece is restored; it can't be restored where there is one already.
 *
 * @throws LeewayError `ERR_LEEWAY_CONFLICT`
 */
export function headAfter(
  experiment: string,
  there: LogHead,
  { head, entries, folds }: CheckedRestored,
): LogHead {
  const first = Math.min(
    ...entries.slice(0, 1).map(({ pos }) => pos),
    ...folds.map(({ posFrom }) => posFrom),
  );
  if (there.pos < first)
    return { pos: Math.max(head.pos, there.pos), run: Math.max(head.run, there.run) };
  throw new LeewayError(
    'ERR_LEEWAY_CONFLICT',
    `the log of ${shown(experiment)} has ${there.pos} entries already; restore into an empty store, or under another name`,
  );
}
