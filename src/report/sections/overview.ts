import { escapeText, formatShare } from '../../chart/svg.js';
import type { DriftStats } from '../../drift/drift-stats.js';
import { describeMovement } from '../../drift/show/describe-drift.js';
import type { DriftRow } from '../../drift/verdict/drift-row.js';
import { chance, nameText } from '../inert.js';

/** The verdict on a column in a word or two. */
export function verdictWord(row: DriftRow): string {
  if (row.drift) return 'drift';
  return row.outcome === 'compared' ? 'no drift' : row.outcome.replace('-', ' ');
}

/** Every column in a line, those that drifted first; the page's script sorts and filters them. */
export function overviewSection(stats: DriftStats, columns: readonly DriftRow[]): string {
  const note = `The score is the mean of the column's statistics, 0 for none and 1 for the greatest change. p-values are corrected over all tests; the probability of reporting drift in a table without drift is ${formatShare(stats.settings.falseAlarmRate)} per comparison. A change too small to matter is no drift, however certain it is.`;
  return `<section aria-labelledby="columns">
<h2 id="columns">Columns</h2>
<div class="filter" role="search" hidden>
<label>Filter <input type="search" id="name" placeholder="part of a name" autocomplete="off"></label>
<label>Show <select id="which"><option value="">all</option><option value="drift">drift only</option><option value="X_">inputs (X_)</option><option value="Y_">outputs (Y_)</option></select></label>
<output for="name which" aria-live="polite"></output>
</div>
<div class="wide" tabindex="0" role="group" aria-labelledby="columns">
<table class="sortable follow overview">
<thead><tr><th scope="col">column<th scope="col">verdict<th scope="col">what happened<th scope="col" class="n">score<th scope="col" class="n">p-value</tr></thead>
<tbody>${columns.map((row, index) => overviewRow(stats, row, index)).join('\n')}</tbody>
</table>
</div>
<p class="note">${note}</p>
</section>`;
}

function overviewRow(stats: DriftStats, row: DriftRow, index: number): string {
  return (
    `<tr${row.drift ? ' class="drift"' : ''}><th scope="row"><a href="#c${index}">${nameText(row.column)}</a><td>${verdictWord(row)}` +
    `<td>${escapeText(describeMovement(stats, row))}<td class="n">${row.score.toFixed(2)}` +
    `<td class="n">${chance(row.pValue)}</tr>`
  );
}
