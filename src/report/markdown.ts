import { shorten } from '../chart/svg.js';
import type { DriftStats } from '../drift/drift-stats.js';
import { describeMovement, describeVerdict } from '../drift/show/describe-drift.js';
import type { DriftRow } from '../drift/verdict/drift-row.js';
import type { Verdict } from '../drift/verdict/not-compared.js';
import { markdownText } from '../leaves/inert-text.js';
import { formatCount, joinWithAnd } from '../leaves/text.js';
import { chance } from './inert.js';

/** What a report in Markdown is made of. */
export interface MarkdownInput {
  readonly title: string;
  readonly stats: DriftStats;
  /** What of the data could not be read, and so was not compared: a sentence each. @default nothing */
  readonly notRead?: readonly string[];
}

const MOST_COLUMNS = 50;
const MARKS: Readonly<Record<Verdict, string>> = { drift: '⚠️', 'no drift': '✅', none: '❔' };

/**
 * A comparison for a pull request: the verdict, and a table of the columns that drifted; the others are folded away. Names and values
 * are inert: no markup, no link, no mention.
 */
export function renderMarkdown({ title, stats, notRead = [] }: MarkdownInput): string {
  const rows = stats.summary();
  const drifted = rows.filter((row) => row.drift);
  const isSilent = new Set(stats.notCompared.map(({ column }) => column));
  const silent = rows.filter((row) => isSilent.has(row.column));
  const others = rows.filter((row) => !row.drift && !isSilent.has(row.column));
  const parts = [
    `## ${MARKS[stats.verdict]} ${markdownText(shorten(title, 200))}`,
    `**${markdownText(describeVerdict(stats))}** ${formatCount(stats.counts.current)} rows against ${formatCount(stats.counts.baseline)}.`,
    ...notRead.map(markdownText),
    ...(drifted.length > 0 ? [tableOf(stats, drifted)] : []),
    ...(stats.segments.size > 0 ? [segmentTable(stats)] : []),
    ...(silent.length > 0 ? [`### Not compared\n\n${tableOf(stats, silent)}`] : []),
    ...(others.length > 0
      ? [folded(`${others.length} columns without drift`, tableOf(stats, others))]
      : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

function tableOf(stats: DriftStats, rows: readonly DriftRow[]): string {
  const lines = rows.slice(0, MOST_COLUMNS).map((row) => {
    const cells = [
      markdownText(shorten(row.column, 80)),
      markdownText(describeMovement(stats, row)),
      row.score.toFixed(2),
      chance(row.pValue),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const more = rows.length > MOST_COLUMNS ? [`| … ${rows.length - MOST_COLUMNS} more | | | |`] : [];
  return [
    '| column | what happened | score | p |',
    '| --- | --- | ---: | ---: |',
    ...lines,
    ...more,
  ].join('\n');
}

function segmentTable({ segments }: DriftStats): string {
  const lines = [...segments].slice(0, MOST_COLUMNS).map(([name, { drifted, counts }]) => {
    const columns = joinWithAnd(
      drifted.map((column) => markdownText(shorten(column, 80))),
      4,
    );
    return `| ${markdownText(shorten(name, 80))} | ${columns || 'none'} | ${counts.current} |`;
  });
  return ['| segment | columns with drift | rows |', '| --- | --- | ---: |', ...lines].join('\n');
}

const folded = (summary: string, body: string): string =>
  `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
