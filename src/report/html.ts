import { escapeText, formatNumber, formatShare, shorten } from '../chart/svg.js';
import type { DriftRow, DriftStats, Window } from '../drift/drift-stats.js';
import { describeMovement, describeVerdict } from '../drift/words.js';
import { STYLE } from './style.js';

/** What a report is made of. */
export interface ReportInput {
  readonly experiment: string;
  readonly model: string;
  readonly stats: DriftStats;
  /** When the report is made, epoch ms. */
  readonly at: number;
}

/** At most so many columns are drawn; the table lists them all. */
const MOST_PICTURES = 50;

/**
 * One self-contained HTML page: the verdict in words, a table of columns, and each column's picture, those that drifted
 * first. It loads nothing, runs no script, and shows names and values from requests as inert text.
 */
export function renderHtml(input: ReportInput): string {
  const { stats } = input;
  const columns = stats.summary();
  const drawn = columns.filter((row) => row.outcome !== 'not-observed').slice(0, MOST_PICTURES);
  const title = `${input.model} · drift report`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${escapeText(shorten(title, 200))}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<p class="over">${escapeText(shorten(input.experiment, 100))} · ${escapeText(shorten(input.model, 100))}</p>
<h1 class="${stats.drift ? 'drift' : 'calm'}">${escapeText(describeVerdict(stats))}</h1>
<p>${facts(input)}</p>
</header>
<section aria-label="All columns">
<table>
<thead><tr><th scope="col">column</th><th scope="col">verdict</th><th scope="col">what happened</th><th scope="col">score</th><th scope="col">p-value</th></tr></thead>
<tbody>${columns.map((row) => tableRow(stats, row)).join('')}</tbody>
</table>
<p class="note">The score is the mean of the column's statistics, 0 for none and 1 for the greatest change. p-values are corrected over all tests; the chance that a table without drift is called drifting is ${formatShare(stats.settings.falseAlarmRate)} per comparison. A change too small to matter is no drift, however certain it is.</p>
</section>
${drawn.map((row) => columnSection(stats, row)).join('\n')}
${columns.length > drawn.length ? `<p class="note">${columns.length - drawn.length} more columns are in the table only.</p>` : ''}
</main>
</body>
</html>
`;
}

function facts(input: ReportInput): string {
  const { stats } = input;
  const { counts, windows } = stats;
  const count = (value: number): string => value.toLocaleString('en-US');
  return [
    `${count(counts.current)} rows ${spanned(windows.to)}`,
    `against a baseline of ${count(counts.baseline)} rows ${windows.from.seq === null ? '(pinned)' : spanned(windows.from)}`,
    `report of ${day(input.at)}`,
  ].join(' · ');
}

function spanned(window: Window): string {
  const name = window.seq === null ? '' : `in snapshot ${window.seq}`;
  return window.from === null || window.to === null ? name : `${name} (${day(window.from)} – ${day(window.to)})`;
}

const day = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function verdictWord(row: DriftRow): string {
  if (row.drift) return 'drift';
  return row.outcome === 'compared' ? 'no drift' : row.outcome.replace('-', ' ');
}

function tableRow(stats: DriftStats, row: DriftRow): string {
  const name = escapeText(shorten(row.column, 80));
  return (
    `<tr class="${row.drift ? 'drift' : ''}"><th scope="row">${name}</th><td>${verdictWord(row)}</td>` +
    `<td>${escapeText(describeMovement(stats, row))}</td><td class="n">${row.score.toFixed(2)}</td>` +
    `<td class="n">${row.pValue === null ? '–' : formatNumber(row.pValue)}</td></tr>`
  );
}

/** What most readers look for; the other statistics are a click away. */
const FIRST_LOOK: ReadonlySet<string> = new Set([
  'ks',
  'waerden',
  'klotz',
  'chisq',
  'joint',
  'wasserstein',
  'psi',
  'jsd',
  'unseen',
  'missing',
  'type',
]);

function columnSection(stats: DriftStats, row: DriftRow): string {
  const statistics = stats.select({ column: row.column }).filter((other) => other.statistic !== 'mean');
  const first = statistics.filter((other) => FIRST_LOOK.has(other.statistic));
  const rest = statistics.filter((other) => !FIRST_LOOK.has(other.statistic));
  const more = `<details><summary>${rest.length} more statistics</summary>${statisticTable(rest)}</details>`;
  return `<section class="column">
<h2 class="${row.drift ? 'drift' : ''}">${escapeText(shorten(row.column, 80))}</h2>
<p>${escapeText(describeMovement(stats, row))}</p>
<div class="pair"><figure>${stats.plot(row.column)}</figure>
<div>${statisticTable(first)}${rest.length > 0 ? more : ''}</div></div>
</section>`;
}

function statisticTable(statistics: readonly DriftRow[]): string {
  const rows = statistics.map(
    ({ statistic, drift, metric, score, pValue }) =>
      `<tr class="${drift ? 'drift' : ''}"><th scope="row">${statistic}</th><td class="n">${formatNumber(metric)}</td>` +
      `<td class="n">${score.toFixed(2)}</td><td class="n">${pValue === null ? '–' : formatNumber(pValue)}</td></tr>`,
  );
  return `<table><thead><tr><th scope="col">statistic</th><th scope="col">value</th><th scope="col">score</th><th scope="col">p</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}
