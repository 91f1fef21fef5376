import { LeewayError } from '../leaves/errors.js';
import type { EntryFilter, NewEntry, QueryOptions } from '../tracking/log-entry.js';
import type { TrackingStore } from '../tracking/store.js';
import type { WindowCommit } from '../tracking/window-commit.js';
import type { Fold, WindowPart } from '../tracking/window-part.js';

export const STRANGE_NAMES: readonly string[] = [
  '',
  ' ',
  '__proto__',
  'constructor',
  "it's",
  '"quoted"',
  '`; DROP TABLE entries; --',
  'a\0b',
  '\0',
  'back\\slash\\u0000',
  'line\nbreak\u2028',
  'naïve 模型 🛥️',
  'e\u0301',
  '\u00e9',
  'lone \ud800 surrogate',
  '%_*?',
  'x'.repeat(10_000),
];

export function entry(fields: Partial<NewEntry> = {}): NewEntry {
  return { event: 'metric', key: 'k', value: null, dt: 1_000, node: 'n', userid: 'u', ...fields };
}

/** A chunk of rows; its only byte tells it from others. */
export function chunk(rows: number, mark: number, fields: Partial<NewEntry> = {}): NewEntry {
  return entry({
    event: 'predict',
    key: 'm',
    runs: rows,
    rows,
    bytes: new Uint8Array([mark]),
    ...fields,
  });
}

export function chunks(count: number): NewEntry[] {
  return Array.from({ length: count }, (_, index) =>
    chunk(index + 1, index, { dt: index * 10, dtEnd: index * 10 + 5 }),
  );
}

export function fold(
  level: number,
  parts: readonly (readonly [level: number, posFrom: number])[],
  mark: number,
): Fold {
  const replaces = parts.map(([partLevel, posFrom]) => ({ level: partLevel, posFrom }));
  return { experiment: 'e', key: 'm', level, replaces, bytes: new Uint8Array([mark]) };
}

/** Parts by level and first position: `0:1 0:2` are the chunks at 1 and 2. */
export function at(places: string): [level: number, posFrom: number][] {
  return places.split(' ').map((place) => place.split(':').map(Number) as [number, number]);
}

/** A fold of two chunks, its only byte told by their positions. */
export function pairFold(first: number, second: number): Fold {
  const parts = [
    [0, first],
    [0, second],
  ] as const;
  return fold(1, parts, first * 10 + second);
}

export function commit(fields: Partial<WindowCommit> = {}): WindowCommit {
  return {
    experiment: 'e',
    monitor: 'mon',
    key: 'm',
    expectedVersion: 0,
    next: { seq: 0, cursor: 0, captured: -1 },
    entries: [],
    deliveries: [],
    ...fields,
  };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export async function errorCodeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    return error instanceof LeewayError ? error.code : `no LeewayError: ${String(error)}`;
  }
}

export async function positions(
  store: TrackingStore,
  filter?: EntryFilter,
  options?: QueryOptions,
): Promise<number[]> {
  return (await collect(store.query('e', filter, options))).map(({ pos }) => pos);
}

/** Parts as `level:from-to=rows#mark`. */
export async function window(store: TrackingStore, after: number, upTo: number): Promise<string[]> {
  const parts: WindowPart[] = await collect(store.windowParts('e', 'm', after, upTo));
  return parts.map(
    (part) => `${part.level}:${part.posFrom}-${part.posTo}=${part.rows}#${part.bytes.join()}`,
  );
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
