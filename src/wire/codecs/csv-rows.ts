import { readString } from '../../cells/read-text.js';

/** A field in quotes, with quotes doubled inside, or one without; then what ends it. */
const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/**
 * The rows of a CSV text (RFC 4180), plain numbers as numbers and empty fields as null, in quotes or not. What other
 * fields are is decided where all strings are read. Empty lines are no rows, except in a table of one column.
 *
 * @returns `undefined` where it is none, or has more fields than `most`.
 */
export function csvRows(text: string, most: number): (string | number | null)[][] | undefined {
  const rows: (string | number | null)[][] = [];
  let row: (string | number | null)[] = [];
  let fields = 0;
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length) {
    const found = FIELD.exec(text);
    fields += 1;
    if (found === null || fields > most) return undefined;
    const [, quoted, plain, end] = found;
    row.push(fieldValue(quoted?.replaceAll('""', '"') ?? plain ?? ''));
    if (end === ',' && FIELD.lastIndex < text.length) continue;
    if (end === ',') row.push(null);
    const isEmptyLine = row.length === 1 && row[0] === null && (rows[0]?.length ?? 2) > 1;
    if (!isEmptyLine) rows.push(row);
    row = [];
  }
  return rows;
}

function fieldValue(field: string): string | number | null {
  if (field === '') return null;
  const { sort, value } = readString(field);
  return sort === 'integer' || sort === 'decimal' || sort === 'infinite' ? value : field;
}
