import { LeewayError, shown } from '../../leaves/errors.js';
import { EVENT_KINDS, type EventKind } from '../event.js';
import type { EntryFilter, LogHead, NewEntry, QueryOptions } from '../log-entry.js';
import type { NewPrediction, PredictionFilter } from '../prediction.js';
import type { Retention } from '../retention.js';
import type { Rewrite } from '../rewrite.js';
import type { WindowCommit } from '../window-commit.js';
import type { Fold, PartFilter } from '../window-part.js';

/** An entry that was checked and made the store's own: nothing in it is shared with the caller. */
export interface CheckedEntry {
  readonly event: EventKind;
  readonly key: string;
  readonly run: number | undefined;
  readonly runs: number;
  readonly parent: number | undefined;
  readonly step: number | undefined;
  /** The value as JSON text, which is what a store keeps: a later change of the value can't reach the log. */
  readonly json: string;
  readonly bytes: Uint8Array | undefined;
  readonly rows: number;
  readonly dt: number;
  readonly dtEnd: number;
  readonly node: string;
  readonly userid: string;
  readonly predictions: readonly CheckedPrediction[];
  readonly batch: string | undefined;
}

/** A prediction that was checked and copied. */
export interface CheckedPrediction {
  readonly id: string;
  readonly offset: number;
  readonly json: string;
  readonly dt: number;
  readonly version: string | undefined;
}

/** An erasure whose caller-owned parts were checked and copied. */
export interface CheckedRewrite {
  readonly experiment: string;
  readonly entries: readonly {
    readonly pos: number;
    readonly before: Uint8Array | undefined;
    readonly bytes: Uint8Array | undefined;
    readonly rows: number | undefined;
    readonly json: string | undefined;
  }[];
  readonly folds: Rewrite['folds'];
  readonly ids: readonly string[];
  readonly runs: readonly number[];
  readonly log: readonly CheckedEntry[];
}

/** A delivery that was checked and copied. */
export interface CheckedDelivery {
  readonly monitor: string;
  readonly id: string;
  readonly json: string;
  readonly attempts: number;
}

/** A commit whose caller-owned parts were checked and copied. */
export interface CheckedCommit extends Omit<WindowCommit, 'entries' | 'deliveries'> {
  readonly entries: readonly CheckedEntry[];
  readonly deliveries: readonly { readonly id: string; readonly json: string }[];
}

/** A query with its defaults filled in. */
export interface CheckedQuery extends EntryFilter {
  readonly order: 'oldest-first' | 'newest-first' | 'latest-run-first';
  readonly limit: number;
  readonly withBytes: boolean;
}

export function refuse(what: string, expected: string, got: unknown): never {
  throw new LeewayError('ERR_LEEWAY_OPTION', `${what} must be ${expected}, got ${shown(got)}`);
}

export function checkText(value: unknown, what: string): void {
  if (typeof value !== 'string') refuse(what, 'a string', value);
}

function checkFinite(value: number | undefined, what: string): void {
  if (value !== undefined && !Number.isFinite(value)) refuse(what, 'a finite number', value);
}

export function checkWhole(value: number | undefined, what: string, least: number): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= least)) {
    refuse(what, `a whole number of at least ${least}`, value);
  }
}

/** @throws LeewayError `ERR_LEEWAY_OPTION` where JSON has no text for the value. */
export function toJson(value: unknown, what: string): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (cause) {
    throw new LeewayError('ERR_LEEWAY_OPTION', `${what} can't be written as JSON`, { cause });
  }
  return json ?? refuse(what, 'a JSON value', value);
}

function checkEntry(entry: NewEntry, copy: (bytes: Uint8Array) => Uint8Array): CheckedEntry {
  if (!EVENT_KINDS.includes(entry.event))
    refuse('event', `one of ${EVENT_KINDS.join(', ')}`, entry.event);
  checkText(entry.key, 'key');
  checkText(entry.node, 'node');
  checkText(entry.userid, 'userid');
  checkWhole(entry.run, 'run', 1);
  checkWhole(entry.runs, 'runs', 1);
  checkWhole(entry.parent, 'parent', 0);
  checkFinite(entry.step, 'step');
  checkWhole(entry.rows, 'rows', 0);
  if (!Number.isFinite(entry.dt)) refuse('dt', 'a finite number of milliseconds', entry.dt);
  checkFinite(entry.dtEnd, 'dtEnd');
  if (entry.batch !== undefined) checkText(entry.batch, 'batch');
  if (entry.bytes !== undefined && !(entry.bytes instanceof Uint8Array)) {
    refuse('bytes', 'a Uint8Array', entry.bytes);
  }
  if (entry.event === 'predict' && (entry.rows ?? 0) > 0 && entry.bytes === undefined) {
    refuse('bytes', 'there in a predict entry with rows', entry.bytes);
  }
  return {
    event: entry.event,
    key: entry.key,
    run: entry.run,
    runs: entry.runs ?? 1,
    parent: entry.parent,
    step: entry.step,
    json: toJson(entry.value, 'value'),
    bytes: entry.bytes === undefined ? undefined : copy(entry.bytes),
    rows: entry.rows ?? 0,
    dt: entry.dt,
    dtEnd: entry.dtEnd ?? entry.dt,
    node: entry.node,
    userid: entry.userid,
    predictions: checkPredictions(entry.predictions ?? [], entry.runs ?? 1),
    batch: entry.batch,
  };
}

function checkPredictions(
  predictions: readonly NewPrediction[],
  runs: number,
): CheckedPrediction[] {
  if (!Array.isArray(predictions)) refuse('predictions', 'an array', predictions);
  return predictions.map(({ id, offset, value, dt, version }) => {
    checkText(id, 'predictions[].id');
    checkWhole(offset, 'predictions[].offset', 0);
    if (offset >= runs) refuse('predictions[].offset', `below the entry's ${runs} runs`, offset);
    if (!Number.isFinite(dt)) refuse('predictions[].dt', 'a finite number of milliseconds', dt);
    if (version !== undefined) checkText(version, 'predictions[].version');
    return { id, offset, json: toJson(value, 'predictions[].value'), dt, version };
  });
}

/** A copy, also of a Buffer, whose own slice() would share the memory. */
const copied = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

/**
 * Checks a batch and copies what the caller could change later.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION`
 */
export function checkEntries(
  entries: readonly NewEntry[],
  copy: (bytes: Uint8Array) => Uint8Array = copied,
): CheckedEntry[] {
  if (!Array.isArray(entries)) refuse('entries', 'an array', entries);
  return entries.map((entry) => checkEntry(entry, copy));
}

/** @throws LeewayError `ERR_LEEWAY_OPTION` */
export function checkQuery(filter: EntryFilter, options: QueryOptions): CheckedQuery {
  for (const name of ['runFrom', 'runTo', 'since', 'end', 'after', 'upTo'] as const) {
    if (
      filter[name] !== undefined &&
      (typeof filter[name] !== 'number' || Number.isNaN(filter[name]))
    ) {
      refuse(name, 'a number', filter[name]);
    }
  }
  for (const name of ['events', 'keys', 'steps'] as const) {
    if (filter[name] !== undefined && !Array.isArray(filter[name]))
      refuse(name, 'an array', filter[name]);
  }
  for (const key of filter.keys ?? []) checkText(key, 'keys[]');
  const { order = 'oldest-first', limit = Number.POSITIVE_INFINITY, withBytes = true } = options;
  if (order !== 'oldest-first' && order !== 'newest-first' && order !== 'latest-run-first') {
    refuse('order', 'oldest-first, newest-first or latest-run-first', order);
  }
  checkLimit(limit);
  return { ...filter, order, limit, withBytes };
}

export function checkLimit(limit: number): void {
  if (limit !== Number.POSITIVE_INFINITY) checkWhole(limit, 'limit', 0);
}

/** @throws LeewayError `ERR_LEEWAY_OPTION` */
export function checkPartFilter(filter: PartFilter, limit: number): void {
  checkTexts(filter.keys, 'keys');
  if (filter.levels !== undefined && !Array.isArray(filter.levels))
    refuse('levels', 'an array', filter.levels);
  for (const level of filter.levels ?? []) checkWhole(level, 'levels[]', 0);
  for (const name of ['after', 'upTo', 'olderThanMs'] as const) {
    if (filter[name] !== undefined && Number.isNaN(Number(filter[name])))
      refuse(name, 'a number', filter[name]);
  }
  checkLimit(limit);
}

/** @throws LeewayError `ERR_LEEWAY_OPTION` */
export function checkPredictionFilter(filter: PredictionFilter): void {
  checkTexts(filter.keys, 'keys');
  checkTexts(filter.ids, 'ids');
  for (const name of ['runFrom', 'runTo'] as const) {
    if (filter[name] !== undefined && Number.isNaN(Number(filter[name])))
      refuse(name, 'a number', filter[name]);
  }
}

function checkTexts(texts: readonly string[] | undefined, what: string): void {
  if (texts !== undefined && !Array.isArray(texts)) refuse(what, 'an array', texts);
  for (const text of texts ?? []) checkText(text, `${what}[]`);
}

/** @throws LeewayError `ERR_LEEWAY_OPTION` */
export function checkRetention(retention: Retention): void {
  checkWhole(retention.maxRows, 'maxRows', 0);
  for (const name of ['rowsMs', 'profilesMs', 'predictionsMs'] as const) {
    const value = retention[name];
    if (value !== undefined && !(value >= 0))
      refuse(name, 'a number of milliseconds, 0 or more', value);
  }
}

/**
 * Checks an erasure and copies what the caller could change later.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION`
 */
export function checkRewrite({
  experiment,
  entries,
  folds,
  predictions,
  log,
}: Rewrite): CheckedRewrite {
  checkText(experiment, 'experiment');
  checkTexts(predictions.ids, 'predictions.ids');
  for (const run of predictions.runs ?? []) checkWhole(run, 'predictions.runs[]', 1);
  return {
    experiment,
    entries: entries.map(({ pos, before, bytes, rows, value }) => {
      checkWhole(pos, 'entries[].pos', 1);
      checkWhole(rows, 'entries[].rows', 0);
      if ((bytes === undefined) !== (before === undefined) && bytes !== undefined) {
        refuse('entries[].bytes', 'left out where the entry has none', bytes);
      }
      const json = value === undefined ? undefined : toJson(value, 'entries[].value');
      return { pos, rows, json, before: ownBytes(before), bytes: ownBytes(bytes) };
    }),
    folds: folds.map((fold) => {
      checkText(fold.key, 'folds[].key');
      checkWhole(fold.level, 'folds[].level', 1);
      checkWhole(fold.posFrom, 'folds[].posFrom', 1);
      checkWhole(fold.rows, 'folds[].rows', 0);
      return { ...fold, before: new Uint8Array(fold.before), bytes: new Uint8Array(fold.bytes) };
    }),
    ids: [...(predictions.ids ?? [])],
    runs: [...(predictions.runs ?? [])],
    log: checkEntries(log),
  };
}

const ownBytes = (bytes: Uint8Array | undefined): Uint8Array | undefined =>
  bytes === undefined ? undefined : copied(bytes);

/** @throws LeewayError `ERR_LEEWAY_OPTION` */
export function checkFold(fold: Fold): void {
  checkText(fold.experiment, 'experiment');
  checkText(fold.key, 'key');
  checkWhole(fold.level, 'level', 1);
  checkWhole(fold.rows, 'rows', 0);
  if (!(fold.bytes instanceof Uint8Array)) refuse('bytes', 'a Uint8Array', fold.bytes);
  if (!Array.isArray(fold.replaces) || fold.replaces.length === 0) {
    refuse('replaces', 'a list of at least one part', fold.replaces);
  }
  let last = 0;
  for (const part of fold.replaces) {
    checkWhole(part.level, 'replaces[].level', 0);
    checkWhole(part.posFrom, 'replaces[].posFrom', last + 1);
    if (part.level >= fold.level) refuse('level', 'above the level of each part', fold.level);
    last = part.posFrom;
  }
}

/**
 * Checks a commit and copies what the caller could change later.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION`
 */
export function checkedCommit(commit: WindowCommit): CheckedCommit {
  checkCommit(commit);
  const entries = checkEntries(commit.entries);
  const deliveries = commit.deliveries.map(({ id, payload }) => ({
    id,
    json: toJson(payload, 'payload'),
  }));
  // A caller may hand in a whole head; its version and tick are not the caller's to set.
  const { seq, cursor, captured } = commit.next;
  return { ...commit, next: { seq, cursor, captured }, entries, deliveries };
}

function checkCommit(commit: WindowCommit): void {
  checkText(commit.experiment, 'experiment');
  checkText(commit.monitor, 'monitor');
  checkText(commit.key, 'key');
  checkWhole(commit.expectedVersion, 'expectedVersion', 0);
  checkWhole(commit.next.seq, 'next.seq', -1);
  checkWhole(commit.next.cursor, 'next.cursor', 0);
  checkWhole(commit.next.captured, 'next.captured', -1);
  if (commit.tick !== undefined && !Number.isFinite(commit.tick))
    refuse('tick', 'a finite number', commit.tick);
  const ids = new Set<string>();
  for (const delivery of commit.deliveries) {
    checkText(delivery.id, 'deliveries[].id');
    if (ids.has(delivery.id)) refuse('deliveries[].id', 'unique', delivery.id);
    ids.add(delivery.id);
  }
}

/** @throws LeewayError `ERR_LEEWAY_OPTION` */
export function checkCursor(cursor: number, head: LogHead): void {
  if (cursor > head.pos)
    refuse('next.cursor', `at most the log's last position (${head.pos})`, cursor);
}

/** @throws LeewayError `ERR_LEEWAY_OPTION` */
export function checkLease(name: string, owner: string, ttlMs: number): void {
  checkText(name, 'name');
  checkText(owner, 'owner');
  if (!(Number.isFinite(ttlMs) && ttlMs > 0))
    refuse('ttlMs', 'a positive number of milliseconds', ttlMs);
}

/** Where a window's edge lies inside a fold, its rows can't be told apart any more. */
export function crossedError(key: string, edge: number): LeewayError {
  return new LeewayError(
    'ERR_LEEWAY_CONFLICT',
    `a fold of ${shown(key)} covers rows on both sides of position ${edge}; read the log's head again and use that`,
  );
}

/** Parts that a reader had listed aren't kept any more. */
export function lostPartsError(key: string): LeewayError {
  return new LeewayError(
    'ERR_LEEWAY_CONFLICT',
    `parts of the window of ${shown(key)} were replaced or cleared while it was read; read it again`,
  );
}

export function takenDeliveryError(id: string): LeewayError {
  return new LeewayError(
    'ERR_LEEWAY_OPTION',
    `deliveries[].id must be unique in the store, got ${shown(id)} again`,
  );
}
