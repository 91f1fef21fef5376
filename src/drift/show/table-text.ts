import { formatTime, shorten } from '../../chart/svg.js';
import type { DriftRow } from '../verdict/drift-row.js';
import type { Comparison } from './comparison.js';
import { describeVerdict } from './describe-drift.js';

const MOST_ROWS = 40;

/** A comparison as a table for a console: the verdict, then a line per pair and column; names from strangers stay on their line. */
export function tableText(stats: Comparison): string {
  const rows = stats.pairs.flatMap((pair) => pair.summary().map((row) => ({ row, pair })));
  const several = stats.pairs.length > 1;
  const head = ['', 'column', 'score', 'p', 'outcome', 'baseline', 'current'];
  const cells = rows
    .slice(0, MOST_ROWS)
    .map(({ row, pair }) => [
      row.drift ? '▲' : ' ',
      `${several ? `${row.baselineSeq ?? '–'}→${row.currentSeq ?? '–'} ` : ''}${plain(row.column)}`,
      row.score.toFixed(2),
      pText(row.pValue),
      row.outcome,
      figure(pair, row, 'baseline'),
      figure(pair, row, 'current'),
    ]);
  const lines = [head, ...cells];
  const widths = head.map((_, place) =>
    Math.max(...lines.map((line) => (line[place] as string).length)),
  );
  const table = lines.map((line) =>
    line
      .map((cell, place) => cell.padEnd(widths[place] as number))
      .join('  ')
      .trimEnd(),
  );
  const more = rows.length > MOST_ROWS ? [`… and ${rows.length - MOST_ROWS} more`] : [];
  return [describeVerdict(stats), ...table, ...more].join('\n');
}

/** A column's median or most frequent category; what was read back without its profiles has what its verdict was about. */
function figure(stats: Comparison, row: DriftRow, side: 'baseline' | 'current'): string {
  if (!stats.described) return short(row[side]);
  const { median, top } = stats[side](row.column).describe();
  if (median === undefined) return plain(top?.[0]?.[0] ?? '–');
  return row.type === 'timestamp' ? formatTime(median) : short(median);
}

const short = (value: number | null): string =>
  value === null ? '–' : String(Number(value.toPrecision(4)));

/** Control characters, and what reorders a line, could write elsewhere on a terminal. */
const plain = (name: string): string =>
  shorten(name.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?'), 60);

function pText(pValue: number | null): string {
  if (pValue === null) return '–';
  return pValue < 1e-4 ? '<0.0001' : pValue.toFixed(4);
}
