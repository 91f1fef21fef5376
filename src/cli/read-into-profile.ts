import { LeewayError } from '../errors.js';
import type { Profile } from '../profile/profile.js';
import type { ColumnSet } from '../profile/profiled-columns.js';
import { type ReadTableOptions, readTable, type TableFormat } from '../readers/read-table.js';
import type { BadRow } from '../readers/table-batch.js';
import type { CommandInput, CommandIo, CommandOption } from './command.js';
import { counted } from './figures.js';
import { readingBar } from './progress.js';
import { colorsFor, safeText } from './terminal.js';

/** Rows that could not be read: how many, and the first of them. */
export interface BadRows {
  readonly count: number;
  readonly first: readonly BadRow[];
}

/** How a table is read into a profile. */
export interface ReadIntoOptions {
  readonly options: ReadTableOptions;
  /** What its columns are called in the profile. */
  readonly rename: (columns: ReadonlyMap<string, readonly unknown[]>) => ColumnSet;
  /** Is called after each batch. */
  readonly onBatch?: () => unknown;
}

/** Bad rows that are told one by one; the rest are only counted. */
const BAD_ROWS_TOLD = 5;

/** The options of every command that reads tables. */
export const READ_OPTIONS: readonly CommandOption[] = [
  { name: 'format', value: 'FORMAT', description: "csv, jsonl or parquet, where the file's name does not tell" },
  { name: 'delimiter', value: 'CHAR', description: 'what separates the fields of CSV; "tab" for a tab' },
  { name: 'max-columns', value: 'N', description: 'columns above which the table is refused (default 10000)' },
];

/** What those options say. @throws LeewayError `ERR_LEEWAY_OPTION` */
export function readOptions(input: CommandInput): ReadTableOptions {
  const format = input.value('format');
  const delimiter = input.value('delimiter');
  const maxColumns = input.value('max-columns');
  if (maxColumns !== undefined && !/^[1-9]\d{0,6}$/.test(maxColumns)) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `--max-columns must be a whole number, got ${JSON.stringify(maxColumns)}`,
    );
  }
  return {
    ...(format === undefined ? {} : { format: format as TableFormat }),
    ...(delimiter === undefined ? {} : { delimiter: /^(tab|\\t)$/i.test(delimiter) ? '\t' : delimiter }),
    ...(maxColumns === undefined ? {} : { maxColumns: Number(maxColumns) }),
  };
}

/** Reads a table file into a profile, with a bar on the terminal. Rows that can't be read are left out. */
export async function readIntoProfile(
  data: string,
  profile: Profile,
  io: CommandIo,
  { options, rename, onBatch }: ReadIntoOptions,
): Promise<BadRows> {
  const bad = { count: 0, first: [] as BadRow[] };
  const bar = readingBar(io);
  const table = readTable(data, {
    ...options,
    onBadRow: (row) => {
      bad.count += 1;
      if (bad.first.length < BAD_ROWS_TOLD) bad.first.push(row);
    },
    onProgress: bar.update,
    signal: io.signal,
  });
  try {
    for await (const { columns, rows } of table) {
      profile.addColumns(rename(columns), 0, rows);
      onBatch?.();
    }
  } finally {
    bar.stop();
  }
  return bad;
}

/** Warns of rows that were left out. */
export function tellBadRows(bad: BadRows, io: CommandIo): void {
  if (bad.count === 0) return;
  const warn = colorsFor(io.stderr, io.env).yellow('▲');
  const rest = bad.count > bad.first.length ? `\n  … and ${counted(bad.count - bad.first.length, 'more')}` : '';
  const told = bad.first.map((row) => `\n  ${badRowText(row)}`).join('');
  io.stderr.write(`${warn} ${counted(bad.count, 'bad row')} left out:${told}${rest}\n`);
}

/** Where a bad row is, and what is wrong with it. */
export function badRowText(row: BadRow | undefined): string {
  return row === undefined ? '' : safeText(`line ${row.line}: ${row.reason}`);
}
