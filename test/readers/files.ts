import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ReadTableOptions, readTable } from '../../src/readers/read-table.js';
import type { BadRow } from '../../src/readers/table-batch.js';

/** A directory for the files of a test, and how to put one there. */
export function fileRoom(): {
  directory: string;
  put: (name: string, content: string | Uint8Array) => string;
  remove: () => void;
} {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-readers-'));
  return {
    directory,
    put: (name, content) => {
      const path = join(directory, name);
      writeFileSync(path, content);
      return path;
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** A whole table: its columns joined over all batches, missing where a batch lacks them. */
export async function wholeTable(
  path: string | URL,
  options: ReadTableOptions = {},
): Promise<{ columns: Record<string, unknown[]>; rows: number; batches: number; bad: BadRow[] }> {
  const columns = new Map<string, unknown[]>();
  const bad: BadRow[] = [];
  let rows = 0;
  let batches = 0;
  for await (const batch of readTable(path, { onBadRow: (row) => bad.push(row), ...options })) {
    for (const [name, values] of batch.columns) {
      if (values.length !== batch.rows)
        throw new Error(`column ${name} has ${values.length} of ${batch.rows} values`);
      const column = columns.get(name) ?? new Array<unknown>(rows).fill(null);
      while (column.length < rows) column.push(null);
      for (const value of values) column.push(value);
      columns.set(name, column);
    }
    rows += batch.rows;
    batches += 1;
  }
  for (const column of columns.values()) while (column.length < rows) column.push(null);
  return { columns: Object.fromEntries(columns), rows, batches, bad };
}

/** Pieces of a text, cut at the given places. */
export async function* inPieces(text: string, size: number): AsyncGenerator<string> {
  for (let start = 0; start < text.length; start += size) yield text.slice(start, start + size);
}
