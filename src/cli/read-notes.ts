import { formatCount, formatCountOf } from '../leaves/text.js';
import { type ColumnDoubt, DOUBT_WORDS } from '../profile/column-doubts.js';
import type { Profile } from '../profile/profile.js';
import type { ColumnSet } from '../profile/profiled-columns.js';
import type { EncodingNote } from '../readers/encoding.js';
import type { BadRow, SkippedColumn } from '../readers/table-batch.js';
import type { CommandIo } from './command.js';
import { colorsFor, safeName, safeText } from './terminal.js';

/** The share of rows from which on missing values matter, and so do rows that can't be read. */
const MOST_UNREAD = 0.005;
/** Bad rows that are told one by one; the rest are only counted. */
const BAD_ROWS_TOLD = 5;
/** Columns that are told one by one. */
const COLUMNS_TOLD = 10;

/** What was left out, or is not certain, of a table that was read. */
export class ReadNotes {
  readonly #path: string;
  readonly #badRows: BadRow[] = [];
  #bad = 0;
  readonly #skipped: SkippedColumn[] = [];
  #encoding: EncodingNote | undefined;
  #doubts: readonly ColumnDoubt[] = [];
  #dropped = 0;

  constructor(path: string) {
    this.#path = path;
  }

  addBadRow(row: BadRow): void {
    this.#bad += 1;
    if (this.#badRows.length < BAD_ROWS_TOLD) this.#badRows.push(row);
  }

  /** @param named the column under the name that it has in the profile. */
  addSkipped({ reason }: SkippedColumn, named: ColumnSet): void {
    for (const column of named.keys()) this.#skipped.push({ column, reason });
  }

  addEncoding(note: EncodingNote): void {
    this.#encoding = note;
  }

  /** Notes what of a profile is not certain, and what it had no room for. */
  addProfile({ doubts, droppedColumns }: Profile): void {
    this.#doubts = doubts;
    this.#dropped = droppedColumns;
  }

  /** How many rows were left out, and the first of them. */
  get badRows(): { readonly count: number; readonly first: readonly BadRow[] } {
    return { count: this.#bad, first: this.#badRows };
  }

  /** Whether so many rows can't be read that a drift in them would count, so that a calm verdict is none. */
  hidesDrift(read: number): boolean {
    return this.#bad > MOST_UNREAD * (read + this.#bad);
  }

  /** What the verdict does not cover: `today.csv: 20 of 400 rows can't be read and were not compared`; empty where all can. */
  unread(read: number): string[] {
    if (this.#bad === 0) return [];
    const rows = `${formatCount(this.#bad)} of ${formatCountOf(read + this.#bad, 'row')}`;
    return [safeText(`${this.#path}: ${rows} can't be read and were not compared`)];
  }

  /** The columns that were left out. */
  get skipped(): readonly SkippedColumn[] {
    return this.#skipped;
  }

  /** All warnings in words, one each, but for those of columns that are known to be told already. */
  warnings(told: (doubt: ColumnDoubt) => boolean = () => false): string[] {
    return [
      ...(this.#encoding === undefined ? [] : [`${this.#path}: ${this.#encoding.reason}`]),
      ...(this.#dropped === 0
        ? []
        : [
            `${this.#path}: ${formatCountOf(this.#dropped, 'column')} beyond --max-columns left out`,
          ]),
      ...this.#skipped.map(
        ({ column, reason }) => `column ${safeName(column)} is left out: ${reason}`,
      ),
      ...this.#doubts.filter((doubt) => !told(doubt)).map(doubtText),
    ].map(safeText);
  }

  /** Whether another table gave the same doubt. */
  hasDoubt({ column, about }: ColumnDoubt): boolean {
    return this.#doubts.some((doubt) => doubt.column === column && doubt.about === about);
  }
}

function doubtText({ column, about, count: rows, example }: ColumnDoubt): string {
  const such = example === undefined ? '' : ` such as ${JSON.stringify(safeName(example))}`;
  return `column ${safeName(column)}: ${formatCountOf(rows, 'value')}${such} ${DOUBT_WORDS[about]}${about === 'decimal-mark' ? ': give --decimal' : ''}`;
}

/** A profile without the columns that can't be read, or not as a whole. */
export function withoutSkipped(profile: Profile, skipped: readonly SkippedColumn[]): Profile {
  const names = new Set(skipped.map(({ column }) => column));
  const partly = profile.columnNames.some((name) => names.has(name));
  return partly ? profile.picked((name) => !names.has(name)) : profile;
}

/** Writes what was left out, or is not certain, to stderr. */
export function tellNotes(
  notes: ReadNotes,
  io: CommandIo,
  warnings: readonly string[] = notes.warnings(),
): void {
  const { yellow } = colorsFor(io.stderr, io.env);
  const { count: bad, first } = notes.badRows;
  if (bad > 0) {
    const rest = bad > first.length ? `\n  … and ${formatCount(bad - first.length)} more` : '';
    const told = first.map((row) => `\n  ${badRowText(row)}`).join('');
    io.stderr.write(`${yellow('▲')} ${formatCountOf(bad, 'bad row')} left out:${told}${rest}\n`);
  }
  for (const warning of warnings.slice(0, COLUMNS_TOLD))
    io.stderr.write(`${yellow('▲')} ${warning}\n`);
  const more = warnings.length - COLUMNS_TOLD;
  if (more > 0)
    io.stderr.write(
      `${yellow('▲')} … and ${formatCountOf(more, 'more warning')}; --json has all\n`,
    );
}

/** Where a bad row is, and what is wrong with it. */
export function badRowText(row: BadRow | undefined): string {
  return row === undefined ? '' : safeText(`line ${row.line}: ${row.reason}`);
}
