import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CompareOptions } from '../../drift/compare-options.js';
import { compareProfiles } from '../../drift/compare-profiles.js';
import type { DriftStats } from '../../drift/drift-stats.js';
import { describeMovement, describeVerdict } from '../../drift/show/describe-drift.js';
import type { DriftRow } from '../../drift/verdict/drift-row.js';
import { meansColumn } from '../../leaves/column-pattern.js';
import { defined } from '../../leaves/defined.js';
import { LeewayError, shown } from '../../leaves/errors.js';
import { nearestName } from '../../leaves/option-names.js';
import { formatCountOf } from '../../leaves/text.js';
import type { ColumnDoubt } from '../../profile/column-doubts.js';
import { Profile } from '../../profile/profile.js';
import type { ColumnSet } from '../../profile/profiled-columns.js';
import type { SkippedColumn } from '../../readers/table-batch.js';
import { renderHtml } from '../../report/html.js';
import { chance } from '../../report/inert.js';
import { comparisonJson } from '../../report/json.js';
import { renderMarkdown } from '../../report/markdown.js';
import { type Command, type CommandInput, type CommandIo, EXIT, exitOf } from '../command.js';
import { isProfileFile } from '../profile-file.js';
import {
  profileOptions,
  READ_OPTIONS,
  readIntoProfile,
  readOptions,
} from '../read-into-profile.js';
import { ReadNotes, tellNotes, withoutSkipped } from '../read-notes.js';
import { wholeNumber } from '../store-argument.js';
import { colorsFor, safeJson, safeName, safeText } from '../terminal.js';
import { textTable } from '../text-table.js';
import { checkOutput, writeWhole } from '../write-file.js';

/** Columns that are shown; JSON and the report have all. */
const COLUMNS_SHOWN = 40;
/** Columns that were not compared, as far as they are named. */
const SKIPPED_SHOWN = 5;
const SIDES = ['X_', 'Y_'] as const;

/** `leeway compare BASELINE CURRENT`: two tables, or profiles of them. */
export const compareCommand: Command = {
  name: 'compare',
  summary: 'compare two tables, or profiles of them',
  parameters: [
    { name: 'BASELINE', description: 'a table (.csv, .tsv, .jsonl, .parquet …) or a profile' },
    { name: 'CURRENT', description: 'the table or profile to compare with it' },
  ],
  options: [
    {
      name: 'fail-on-drift',
      description: 'exit with 1 if there is drift, with 2 if there is no verdict',
    },
    { name: 'html', value: 'FILE', description: 'write a report to open in a browser' },
    { name: 'md', value: 'FILE', description: 'write a report in Markdown, for a pull request' },
    {
      name: 'false-alarm-rate',
      value: 'P',
      description: 'probability of reporting drift between equal tables (default 0.05)',
    },
    {
      name: 'sensitivity',
      value: 'HOW',
      description: 'low, normal or high: how small a change still counts',
    },
    {
      name: 'min-rows',
      value: 'N',
      description: 'minimum number of rows on either side for a verdict (default 1)',
    },
    {
      name: 'ignore',
      value: 'A,B,…',
      multiple: true,
      description: 'columns to compare but never report as drifted',
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
    'leeway compare train.parquet today.csv --fail-on-drift',
    'leeway compare baseline.profile today.csv --html report.html',
  ],
  async run(input, io) {
    const [before, now] = input.parameters as [string, string];
    const outputs = ['html', 'md'].flatMap((name) => input.value(name) ?? []);
    for (const output of outputs) await checkOutput(output);
    const options = compareOptions(input);
    const first = await profileOf(before, input, io);
    const second = await profileOf(now, input, io, first.profile);
    const left = skippedOf(first.notes, second.notes);
    for (const name of listed(input, 'catcols'))
      known('--catcols', name, first.profile.columnNames);
    const baseline = withoutSkipped(first.profile, left);
    const current = withoutSkipped(second.profile, left);
    const again = (doubt: ColumnDoubt): boolean => first.notes.hasDoubt(doubt);
    const warnings = [...new Set([...first.notes.warnings(), ...second.notes.warnings(again)])];
    const unread = [first, second].flatMap(({ notes, profile }) => notes.unread(profile.rows));
    const notRead = [
      ...(left.length === 0 ? [] : [notComparedText(left)]),
      ...unread.map((words) => `${words}.`),
    ];
    tellNotes(first.notes, io, []);
    tellNotes(second.notes, io, warnings);
    const stats = compareProfiles(baseline, current, {
      ...options,
      columns: ignored(input, baseline, left),
    });
    const title = `${basename(now)} against ${basename(before)}`;
    const html = input.value('html');
    if (html !== undefined) {
      const page = renderHtml({
        experiment: 'comparison',
        model: title,
        stats,
        at: Date.now(),
        notRead,
      });
      await writeWhole(html, new TextEncoder().encode(page));
    }
    const md = input.value('md');
    if (md !== undefined)
      await writeWhole(md, new TextEncoder().encode(renderMarkdown({ title, stats, notRead })));
    const result = comparisonJson(stats);
    const told = {
      notCompared: [...result.notCompared, ...left],
      warnings: [...unread, ...warnings],
    };
    if (input.flag('json')) io.stdout.write(`${safeJson({ ...result, ...told })}\n`);
    else tell(stats, notRead, outputs, io);
    const isBlind = [first, second].some(({ notes, profile }) => notes.hidesDrift(profile.rows));
    const verdict = isBlind && !stats.drift ? 'none' : stats.verdict;
    return input.flag('fail-on-drift') ? exitOf(verdict) : EXIT.fine;
  },
};

function compareOptions(input: CommandInput): CompareOptions {
  const rate = input.value('false-alarm-rate');
  if (rate !== undefined && !(Number(rate) > 0 && Number(rate) < 1)) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `--false-alarm-rate must be between 0 and 1, got ${shown(rate)}`,
    );
  }
  const sensitivity = input.value('sensitivity');
  const minRows = wholeNumber(input, 'min-rows');
  return {
    ...(rate === undefined ? {} : { falseAlarmRate: Number(rate) }),
    ...(sensitivity === undefined ? {} : { sensitivity: sensitivity as 'low' | 'normal' | 'high' }),
    ...defined({ minRows }),
  };
}

const listed = (input: CommandInput, name: string): string[] =>
  input.values(name).flatMap((list) => list.split(','));

/** A rule for each column to ignore. A name that no column of the baseline has, nor one that was left out, is an error. */
function ignored(
  input: CommandInput,
  baseline: Profile,
  left: readonly SkippedColumn[],
): Record<string, { ignore: true }> {
  const columns = [...baseline.columnNames, ...left.map(({ column }) => column)];
  const names = listed(input, 'ignore').map((name) => known('--ignore', name, columns));
  return Object.fromEntries(names.map((name) => [name, { ignore: true }]));
}

/** A name that a column has, with or without the prefix of its side, or a pattern that one fits. */
function known(option: string, name: string, columns: readonly string[]): string {
  if (columns.some((column) => meansColumn(name, column))) return name;
  const nearest = nearestName(name, columns);
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `${option}: the baseline has no column ${shown(name)}; did you mean ${JSON.stringify(nearest)}?`,
  );
}

/** A profile, and what was left out of it or is not certain. */
interface Read {
  readonly profile: Profile;
  readonly notes: ReadNotes;
}

/** The columns that can't be read on one of the sides, once each. */
function skippedOf(...notes: readonly ReadNotes[]): SkippedColumn[] {
  const skipped = notes.flatMap((one) => one.skipped);
  return [...new Map(skipped.map((column) => [column.column, column])).values()];
}

/** The profile of a file; a table is read by the baseline's types and names, where there is one. */
async function profileOf(
  path: string,
  input: CommandInput,
  io: CommandIo,
  baseline?: Profile,
): Promise<Read> {
  if (await isProfileFile(path)) {
    return { profile: Profile.fromBytes(await readFile(path)), notes: new ReadNotes(path) };
  }
  const own = profileOptions(input);
  const profile = new Profile({
    ...(baseline === undefined
      ? { catcols: listed(input, 'catcols') }
      : { schema: baseline.schema }),
    ...own,
    missing: own.missing ?? baseline?.options.missing,
  });
  const notes = await readIntoProfile(path, profile, io, {
    options: readOptions(input),
    rename: (columns) => (baseline === undefined ? columns : renamed(columns, baseline)),
  });
  if (profile.rows > 0) return { profile, notes };
  tellNotes(notes, io);
  throw new LeewayError('ERR_LEEWAY_FORMAT', `${path} has no rows to compare`);
}

/** Columns take the names of the baseline's: a baseline made for a server tells inputs and outputs by prefixes. */
function renamed(columns: ColumnSet, baseline: Profile): ColumnSet {
  return new Map(
    [...columns].map(([name, values]) => {
      if (baseline.column(name) !== undefined) return [name, values];
      const side = SIDES.find((prefix) => baseline.column(`${prefix}${name}`) !== undefined);
      return [side === undefined ? name : `${side}${name}`, values];
    }),
  );
}

function tell(
  stats: DriftStats,
  notRead: readonly string[],
  outputs: readonly string[],
  io: CommandIo,
): void {
  const colors = colorsFor(io.stdout, io.env);
  const rows = stats.summary();
  const verdict = safeText(describeVerdict(stats));
  const lines = [
    colors.bold(inMood(stats, verdict, colors)),
    ...notRead,
    `${formatCountOf(stats.counts.current, 'row')} against ${formatCountOf(stats.counts.baseline, 'row')}.`,
    '',
    textTable(
      ['column', 'verdict', 'what happened', 'score', 'p', 'type'].map((title) =>
        colors.dim(title),
      ),
      rows.slice(0, COLUMNS_SHOWN).map((row) => cellsOf(stats, row, colors)),
    ),
    ...(rows.length > COLUMNS_SHOWN
      ? [`… and ${formatCountOf(rows.length - COLUMNS_SHOWN, 'more column')}`]
      : []),
    ...outputs.map((output) => `\n${colors.green('●')} ${safeText(output)}`),
    '',
  ];
  io.stdout.write(lines.join('\n'));
}

/** `1 column not compared: d (Parquet type INTERVAL is not supported).` */
function notComparedText(left: readonly SkippedColumn[]): string {
  const named = left
    .slice(0, SKIPPED_SHOWN)
    .map(({ column, reason }) => `${safeName(column)} (${safeText(reason)})`);
  const more = left.length > named.length ? [`${left.length - named.length} more`] : [];
  return `${formatCountOf(left.length, 'column')} not compared: ${[...named, ...more].join(', ')}.`;
}

function inMood(stats: DriftStats, words: string, colors: ReturnType<typeof colorsFor>): string {
  if (stats.verdict === 'none') return words;
  return stats.drift ? colors.red(words) : colors.green(words);
}

function cellsOf(stats: DriftStats, row: DriftRow, colors: ReturnType<typeof colorsFor>): string[] {
  const calm = row.outcome === 'compared' ? colors.dim('no drift') : row.outcome;
  const verdict = row.drift ? colors.red('drift') : calm;
  return [
    safeName(row.column),
    verdict,
    safeText(describeMovement(stats, row)),
    row.score.toFixed(2),
    chance(row.pValue),
    colors.cyan(row.type),
  ];
}
