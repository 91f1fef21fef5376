import { ColumnStats } from '../../drift/column-stats.js';
import { LeewayError } from '../../errors.js';
import { Profile } from '../../profile/profile.js';
import { type ReadTableOptions, readTable, type TableFormat, tableFormat } from '../../readers/read-table.js';
import type { BadRow } from '../../readers/table-batch.js';
import { BaselineNames } from '../baseline-names.js';
import { columnRow, TABLE_HEAD } from '../column-row.js';
import { type Command, type CommandInput, type CommandIo, EXIT } from '../command.js';
import { counted, size } from '../figures.js';
import { readingBar } from '../progress.js';
import { colorsFor, safeJson, safeText } from '../terminal.js';
import { textTable } from '../text-table.js';
import { checkOutput, isSameFile, writeWhole } from '../write-file.js';

/** Bad rows that are told one by one; the rest are only counted. */
const BAD_ROWS_TOLD = 5;
/** Columns that are shown; JSON has all. */
const COLUMNS_SHOWN = 200;

/** `leeway profile DATA -o FILE`: a baseline from training data. */
export const profileCommand: Command = {
  name: 'profile',
  summary: 'make a baseline profile from training data',
  parameters: [{ name: 'DATA', description: 'a table: .csv, .tsv, .jsonl, .ndjson (also with .gz), .parquet' }],
  options: [
    { name: 'output', short: 'o', value: 'FILE', description: 'the file to write the profile to (required)' },
    { name: 'target', value: 'COLUMN', multiple: true, description: "a column that is the model's output" },
    { name: 'catcols', value: 'A,B,…', multiple: true, description: 'columns whose numbers are names of categories' },
    { name: 'format', value: 'FORMAT', description: "csv, jsonl or parquet, where the file's name does not tell" },
    { name: 'delimiter', value: 'CHAR', description: 'what separates the fields of CSV; "tab" for a tab' },
    { name: 'max-columns', value: 'N', description: 'columns above which the table is refused (default 10000)' },
  ],
  examples: [
    'leeway profile training.csv -o baseline.profile --target price',
    'leeway profile days.parquet -o days.profile --target temp_max --catcols station,zone',
  ],
  async run(input, io) {
    const [data] = input.parameters as [string];
    const output = input.value('output');
    if (output === undefined) {
      throw new LeewayError('ERR_LEEWAY_OPTION', `say where to write the profile: leeway profile ${data} -o FILE`);
    }
    await checkOutput(output);
    if (await isSameFile(data, output)) {
      throw new LeewayError('ERR_LEEWAY_OPTION', `-o ${output} would overwrite the data itself`);
    }
    const result = await profileFile(data, input, io);
    if (result.profile.rows === 0) {
      const { bad } = result;
      const why = bad.count === 0 ? '' : `: ${counted(bad.count, 'bad row')}, the first on ${badRowText(bad.first[0])}`;
      throw new LeewayError('ERR_LEEWAY_FORMAT', `${data} has no rows to profile${why}`);
    }
    const bytes = result.profile.toBytes();
    await writeWhole(output, bytes);
    const told = { ...result, data, output, bytes: bytes.length };
    if (input.flag('json')) io.stdout.write(`${safeJson(asJson(told))}\n`);
    else tell(told, io);
    return EXIT.fine;
  },
};

interface Profiled {
  readonly profile: Profile;
  readonly bad: { readonly count: number; readonly first: readonly BadRow[] };
}

interface Told extends Profiled {
  readonly data: string;
  readonly output: string;
  readonly bytes: number;
}

async function profileFile(data: string, input: CommandInput, io: CommandIo): Promise<Profiled> {
  const bad = { count: 0, first: [] as BadRow[] };
  const names = new BaselineNames(input.values('target'));
  const catcols = input.values('catcols').flatMap((list) => list.split(','));
  const profile = new Profile({ catcols: catcols.map((name) => names.prefixed(name)) });
  const check = (): void => {
    names.checkSeen('--target', input.values('target'));
    names.checkSeen('--catcols', catcols);
  };
  const options = readOptions(input);
  const complete = tableFormat(data, options.format) !== 'jsonl';
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
      profile.addColumns(names.renamed(columns), 0, rows);
      // Only JSON lines may bring a column later: who misspelt one of another file need not wait for its end.
      if (complete) check();
    }
  } finally {
    bar.stop();
  }
  check();
  return { profile, bad };
}

function readOptions(input: CommandInput): ReadTableOptions {
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

function tell({ profile, bad, data, output, bytes }: Told, io: CommandIo): void {
  const colors = colorsFor(io.stdout, io.env);
  const names = profile.columnNames;
  const targets = names.filter((name) => name.startsWith('Y_')).length;
  const inputs = counted(names.length - targets, 'input');
  const outputs = targets === 0 ? 'no target (--target names them)' : counted(targets, 'target');
  const lines = [
    `${colors.bold(safeText(data))}: ${counted(profile.rows, 'row')}, ${inputs}, ${outputs}`,
    '',
    textTable(
      TABLE_HEAD.map((title) => colors.dim(title)),
      names.slice(0, COLUMNS_SHOWN).map((name) => columnRow(new ColumnStats(profile, name).describe(), name, colors)),
    ),
    ...(names.length > COLUMNS_SHOWN ? [`… and ${counted(names.length - COLUMNS_SHOWN, 'more column')}`] : []),
    '',
    `${colors.green('●')} ${safeText(output)} (${size(bytes)}) is a baseline for driftMiddleware({ baseline: … })`,
    '',
  ];
  io.stdout.write(lines.join('\n'));
  if (bad.count === 0) return;
  const warn = colorsFor(io.stderr, io.env).yellow('▲');
  const rest = bad.count > bad.first.length ? `\n  … and ${counted(bad.count - bad.first.length, 'more')}` : '';
  const told = bad.first.map((row) => `\n  ${badRowText(row)}`).join('');
  io.stderr.write(`${warn} ${counted(bad.count, 'bad row')} left out:${told}${rest}\n`);
}

function badRowText(row: BadRow | undefined): string {
  return row === undefined ? '' : safeText(`line ${row.line}: ${row.reason}`);
}

function asJson({ profile, bad, data, output, bytes }: Told): object {
  return {
    data,
    file: output,
    bytes,
    rows: profile.rows,
    badRows: bad.count,
    firstBadRows: bad.first,
    columns: profile.columnNames.map((name) => ({ column: name, ...new ColumnStats(profile, name).describe() })),
  };
}
