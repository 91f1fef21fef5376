import { escapeText, formatNumber, formatShare, formatTime } from '../../chart/svg.js';
import type { DriftStats } from '../../drift/drift-stats.js';
import type { ColumnStats } from '../../drift/show/column-stats.js';
import type { DriftRow } from '../../drift/verdict/drift-row.js';
import { nameText } from '../inert.js';
import { rowsByColumn } from '../rows-by-column.js';

/** What values are there at all: types, missing ones, ranges, categories never seen; baseline against current. */
export function qualitySection(stats: DriftStats, columns: readonly DriftRow[]): string {
  const rows = rowsByColumn(stats);
  return `<section aria-labelledby="quality">
<h2 id="quality">Data quality</h2>
<div class="wide" tabindex="0" role="group" aria-labelledby="quality">
<table class="sortable follow">
<thead><tr><th scope="col">column<th scope="col">type<th scope="col" class="n">missing<th scope="col" class="n">other type<th scope="col">range<th scope="col" class="n">outside, or never seen</tr></thead>
<tbody>${columns.map((row) => qualityRow(stats, row.column, rows.get(row.column) ?? [])).join('\n')}</tbody>
</table>
</div>
<p class="note">Baseline → current. “Other type” is the share of values that can't be read as the column's type; the last column the share of rows beyond the baseline's range, or in categories that it never had.</p>
</section>`;
}

function qualityRow(stats: DriftStats, column: string, rows: readonly DriftRow[]): string {
  const before = stats.baseline(column);
  const now = stats.current(column);
  const missing = (side: ColumnStats): string =>
    side.rows === 0 ? '–' : formatShare(1 - side.profile.present / side.rows);
  const row = (key: string): DriftRow | undefined =>
    rows.find(({ statistic }) => statistic === key);
  const beyond = row('range') ?? row('unseen');
  const type = row('type');
  return (
    `<tr><th scope="row">${nameText(column)}<td>${escapeText(changed(typeOf(before), typeOf(now)))}` +
    `<td class="n">${changed(missing(before), missing(now))}` +
    `<td class="n">${type === undefined ? '–' : changed(formatShare(type.baseline ?? 0), formatShare(type.current ?? 0))}` +
    `<td>${changed(rangeOf(before), rangeOf(now))}<td class="n">${beyond === undefined ? '–' : formatShare(beyond.current ?? beyond.metric)}</tr>`
  );
}

const typeOf = (side: ColumnStats): string => (side.profile.present === 0 ? '–' : side.type);

function rangeOf(side: ColumnStats): string {
  if (side.profile.present === 0) return '–';
  if (side.family !== 'numeric')
    return side.family === 'categorical' ? `${side.profile.items.distinct} names` : '–';
  const { quantiles } = side.profile;
  if (quantiles.count === 0) return '–';
  const said = side.type === 'timestamp' ? formatTime : formatNumber;
  return `${said(quantiles.min)} … ${said(quantiles.max)}`;
}

/** Said once where it stayed as it was. */
const changed = (before: string, now: string): string =>
  before === now ? now : `${before} → ${now}`;
