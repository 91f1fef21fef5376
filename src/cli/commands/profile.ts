import { ColumnStats } from '../../drift/show/column-stats.js';
import { LeewayError } from '../../leaves/errors.js';
import { formatCountOf } from '../../leaves/text.js';
import { Profile } from '../../profile/profile.js';
import { tableFormat } from '../../readers/read-table.js';
import { BaselineNames } from '../baseline-names.js';
import { columnRow, TABLE_HEAD } from '../column-row.js';
import { type Command, type CommandInput, type CommandIo, EXIT } from '../command.js';
import { size } from '../figures.js';
import {
  profileOptions,
  READ_OPTIONS,
  readIntoProfile,
  readOptions,
} from '../read-into-profile.js';
import { badRowText, type ReadNotes, tellNotes, withoutSkipped } from '../read-notes.js';
import { colorsFor, safeJson, safeText } from '../terminal.js';
import { textTable } from '../text-table.js';
import { checkOutput, isSameFile, writeWhole } from '../write-file.js';

/** Columns that are shown; JSON has all. */
const COLUMNS_SHOWN = 200;

/** `leeway profile DATA -o FILE`: a baseline from training data. */
export const profileCommand: Command = {
  name: 'profile',
  summary: 'make a baseline profile from training data',
  parameters: [
    { name: 'DATA', description: 'a table: .csv, .tsv, .jsonl, .ndjson (also with .gz), .parquet' },
  ],
  options: [
    {
      name: 'output',
      short: 'o',
      value: 'FILE',
      description: 'the file to write the profile to (required)',
    },
    {
      name: 'target',
      value: 'COLUMN',
      multiple: true,
      description: "a column that is the model's output",
    },
    {
      name: 'catcols',
      value: 'A,B,…',
      multiple: true,
      description: 'numeric columns to treat as categories',
    },
    ...READ_OPTIONS,
  ],
  examples: [
    'leeway profile training.csv -o baseline.profile --target price',
    'leeway profile days.parquet -o days.profile --target temp_max --catcols station,zone',
  ],
  async run(input, io) {
    const [data] = input.parameters as [string];
    const output = input.value('output');
    if (output === undefined) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `name the file to write: leeway profile ${data} -o FILE`,
      );
    }
    await checkOutput(output);
    if (await isSameFile(data, output)) {
      throw new LeewayError('ERR_LEEWAY_OPTION', `-o ${output} would overwrite the data itself`);
    }
    const result = await profileFile(data, input, io);
    if (result.profile.rows === 0) {
      const bad = result.notes.badRows;
      const why =
        bad.count === 0
          ? ''
          : `: ${formatCountOf(bad.count, 'bad row')}, the first on ${badRowText(bad.first[0])}`;
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
  readonly notes: ReadNotes;
}

interface Told extends Profiled {
  readonly data: string;
  readonly output: string;
  readonly bytes: number;
}

async function profileFile(data: string, input: CommandInput, io: CommandIo): Promise<Profiled> {
  const names = new BaselineNames(input.values('target'));
  const catcols = input.values('catcols').flatMap((list) => list.split(','));
  const profile = new Profile({
    catcols: catcols.map((name) => names.prefixed(name)),
    ...profileOptions(input),
  });
  const check = (): void => {
    names.checkSeen('--target', input.values('target'));
    names.checkSeen('--catcols', catcols);
  };
  const options = readOptions(input);
  const complete = tableFormat(data, options.format) !== 'jsonl';
  const notes = await readIntoProfile(data, profile, io, {
    options,
    rename: (columns) => names.renamed(columns),
    // Only JSON lines may bring a column later: who misspelt one of another file need not wait for its end.
    onBatch: () => complete && check(),
  });
  check();
  return { profile: withoutSkipped(profile, notes.skipped), notes };
}

function tell({ profile, notes, data, output, bytes }: Told, io: CommandIo): void {
  const colors = colorsFor(io.stdout, io.env);
  const names = profile.columnNames;
  const targets = names.filter((name) => name.startsWith('Y_')).length;
  const inputs = formatCountOf(names.length - targets, 'input');
  const outputs =
    targets === 0 ? 'no target (--target names them)' : formatCountOf(targets, 'target');
  const lines = [
    `${colors.bold(safeText(data))}: ${formatCountOf(profile.rows, 'row')}, ${inputs}, ${outputs}`,
    '',
    textTable(
      TABLE_HEAD.map((title) => colors.dim(title)),
      names
        .slice(0, COLUMNS_SHOWN)
        .map((name) => columnRow(new ColumnStats(profile, name).describe(), name, colors)),
    ),
    ...(names.length > COLUMNS_SHOWN
      ? [`… and ${formatCountOf(names.length - COLUMNS_SHOWN, 'more column')}`]
      : []),
    '',
    `${colors.green('●')} ${safeText(output)} (${size(bytes)}) is a baseline for driftMiddleware({ baseline: … })`,
    '',
  ];
  io.stdout.write(lines.join('\n'));
  tellNotes(notes, io);
}

function asJson({ profile, notes, data, output, bytes }: Told): object {
  return {
    data,
    file: output,
    bytes,
    rows: profile.rows,
    badRows: notes.badRows.count,
    firstBadRows: notes.badRows.first,
    skippedColumns: notes.skipped,
    warnings: notes.warnings(),
    columns: profile.columnNames.map((name) => ({
      column: name,
      ...new ColumnStats(profile, name).describe(),
    })),
  };
}
