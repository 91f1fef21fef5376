import { defined } from '../leaves/defined.js';
import { LeewayError } from '../leaves/errors.js';
import type { Profile } from '../profile/profile.js';
import type { ProfileOptions } from '../profile/profile-options.js';
import type { ColumnSet } from '../profile/profiled-columns.js';
import { type ReadTableOptions, readTable, type TableFormat } from '../readers/read-table.js';
import type { BadRow } from '../readers/table-batch.js';
import type { CommandInput, CommandIo, CommandOption } from './command.js';
import { readingBar } from './progress.js';
import { ReadNotes } from './read-notes.js';

/** As many as are read by default. */
const MAX_COLUMNS = 10_000;

/** How a table is read into a profile. */
export interface ReadIntoOptions {
  readonly options: ReadTableOptions;
  /** What its columns are called in the profile. */
  readonly rename: (columns: ReadonlyMap<string, readonly unknown[]>) => ColumnSet;
  /** Is called after each batch. */
  readonly onBatch?: () => unknown;
}

/** The options of every command that reads tables. */
export const READ_OPTIONS: readonly CommandOption[] = [
  {
    name: 'format',
    value: 'FORMAT',
    description: "csv, jsonl or parquet, if the file's name does not show it",
  },
  {
    name: 'delimiter',
    value: 'CHAR',
    description: 'the character between the fields of CSV; "tab" for a tab',
  },
  {
    name: 'decimal',
    value: 'CHAR',
    description: 'the decimal separator in CSV: . or , (default: detected per column)',
  },
  {
    name: 'missing',
    value: 'A,B,…',
    description: 'strings that are missing values (default: those of pandas: NA, NaN …)',
  },
  {
    name: 'encoding',
    value: 'NAME',
    description: 'the encoding of text, such as latin1 (default: detected from the bytes)',
  },
  {
    name: 'max-columns',
    value: 'N',
    description: 'the largest number of columns; a table with more is refused (default 10000)',
  },
];

/** What those options say. @throws LeewayError `ERR_LEEWAY_OPTION` */
export function readOptions(input: CommandInput): ReadTableOptions {
  const format = input.value('format');
  const delimiter = input.value('delimiter');
  const decimal = input.value('decimal');
  const encoding = input.value('encoding');
  const maxColumns = input.value('max-columns');
  if (maxColumns !== undefined && !/^[1-9]\d{0,6}$/.test(maxColumns)) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `--max-columns must be a whole number, got ${JSON.stringify(maxColumns)}`,
    );
  }
  return {
    ...(format === undefined ? {} : { format: format as TableFormat }),
    ...(delimiter === undefined
      ? {}
      : { delimiter: /^(tab|\\t)$/i.test(delimiter) ? '\t' : delimiter }),
    ...(decimal === undefined ? {} : { decimal: decimal as '.' | ',' }),
    ...defined({ encoding }),
    ...(maxColumns === undefined ? {} : { maxColumns: Number(maxColumns) }),
  };
}

/** How a table of these options is profiled: with all columns that are read. */
export function profileOptions(
  input: CommandInput,
): Pick<ProfileOptions, 'maxColumns' | 'missing'> {
  return {
    maxColumns: readOptions(input).maxColumns ?? MAX_COLUMNS,
    missing: missingOption(input),
  };
}

/** The strings that stand for a missing value; `undefined`: the usual ones. `none` alone stands for no string at all. */
function missingOption(input: CommandInput): readonly string[] | undefined {
  const given = input.value('missing');
  if (given === undefined) return undefined;
  return given === 'none' ? [] : given.split(',');
}

/** Reads a table file into a profile, with a bar on the terminal. What can't be read is left out and noted. */
export async function readIntoProfile(
  data: string,
  profile: Profile,
  io: CommandIo,
  { options, rename, onBatch }: ReadIntoOptions,
): Promise<ReadNotes> {
  const notes = new ReadNotes(data);
  const bar = readingBar(io);
  const table = readTable(data, {
    ...options,
    onBadRow: (row: BadRow) => notes.addBadRow(row),
    onSkippedColumn: (column) => notes.addSkipped(column, rename(new Map([[column.column, []]]))),
    onEncoding: (note) => notes.addEncoding(note),
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
  profile.settle();
  notes.addProfile(profile);
  return notes;
}
