import { Profile } from './profile.js';
import type { ProfileOptions } from './profile-options.js';
import { addTable, type Table } from './profile-table.js';

/** Single rows are gathered, and taken in so many at a time. */
const GATHERED_ROWS = 4096;

/** What a stream gives: rows one by one, or tables of rows or columns. */
export type StreamItem = Readonly<Record<string, unknown>> | Table;

/**
 * Profiles what comes in a stream, in bounded memory: rows one by one, arrays of rows, or objects of arrays of equal length.
 *
 * An object whose every value is an array is taken for a batch of columns; rows of vectors must come in arrays of rows.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where a batch is neither; whatever the stream throws.
 *
 * @example
 * await profileStream(rowsOf('train.csv'), { emptyIsMissing: true });
 */
export async function profileStream(
  stream: AsyncIterable<StreamItem> | Iterable<StreamItem>,
  options: ProfileOptions = {},
): Promise<Profile> {
  const profile = new Profile(options);
  let gathered: Readonly<Record<string, unknown>>[] = [];
  const flush = (): void => {
    addTable(profile, gathered);
    gathered = [];
  };
  for await (const item of stream) {
    if (Array.isArray(item) || isColumns(item)) {
      flush();
      addTable(profile, item as Table);
    } else {
      gathered.push(item as Readonly<Record<string, unknown>>);
      if (gathered.length >= GATHERED_ROWS) flush();
    }
  }
  flush();
  return profile;
}

function isColumns(item: unknown): boolean {
  if (item === null || typeof item !== 'object') return false;
  const values = Object.values(item);
  return (
    values.length > 0 && values.every((value) => Array.isArray(value) || ArrayBuffer.isView(value))
  );
}
