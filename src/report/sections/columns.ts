import { escapeText, formatNumber } from '../../chart/svg.js';
import type { DriftStats } from '../../drift/drift-stats.js';
import { describeMovement } from '../../drift/show/describe-drift.js';
import type { DriftRow } from '../../drift/verdict/drift-row.js';
import { chance, nameText } from '../inert.js';
import { rowsByColumn } from '../rows-by-column.js';
import { verdictWord } from './overview.js';

/** So many columns are drawn, and so many of those that drifted are open to begin with. */
const MOST_PICTURES = 100;
const MOST_OPEN = 12;

/** A part for each column: its picture before and now, and every statistic. */
export function columnSections(stats: DriftStats, columns: readonly DriftRow[]): string {
  const rows = rowsByColumn(stats);
  const parts = columns.map((column, index) => {
    const statistics = (rows.get(column.column) ?? []).filter(
      ({ statistic }) => statistic !== 'mean',
    );
    const picture =
      index < MOST_PICTURES && column.outcome !== 'not-observed'
        ? pictureOf(stats, column.column)
        : '';
    const open = column.drift && index < MOST_OPEN ? ' open' : '';
    return `<section class="column${column.drift ? ' drift' : ''}" id="c${index}"><details${open}>
<summary><h3>${nameText(column.column)}</h3> <span>${verdictWord(column)}</span></summary>
<p>${escapeText(describeMovement(stats, column))}</p>
<div class="pair">${picture === '' ? '' : `<figure>${picture}</figure>`}${statisticTable(statistics)}</div>
</details></section>`;
  });
  const rest = columns.length - MOST_PICTURES;
  return `<section aria-labelledby="each">
<h2 id="each">Column by column</h2>
<p class="note">${STATISTICS_NOTE}${rest > 0 ? ` Only the first ${MOST_PICTURES} columns have pictures.` : ''}</p>
${parts.join('\n')}
</section>`;
}

/** One column that can't be drawn must not cost the whole page. */
function pictureOf(stats: DriftStats, column: string): string {
  try {
    return stats.plot(column);
  } catch (error) {
    return `<figcaption>could not be drawn: ${escapeText(error instanceof Error ? error.message : String(error))}</figcaption>`;
  }
}

const STATISTICS_NOTE =
  'The value is the statistic in its own unit, the score is the same from 0 to 1, and p is the probability of so large a change without drift. The statistics that decided are marked; all others are for reading.';

function statisticTable(statistics: readonly DriftRow[]): string {
  if (statistics.length === 0) return '';
  const rows = statistics.map(({ statistic, drift, metric, score, pValue, note, error }) =>
    error !== undefined
      ? `<tr><th scope="row">${escapeText(statistic)}<td colspan="3">not computed: ${escapeText(error)}</tr>`
      : `<tr${drift ? ' class="drift"' : ''}><th scope="row">${escapeText(statistic)}${drift ? ' ◂ decided' : ''}${note === undefined ? '' : ` <small>(${escapeText(note)})</small>`}<td>${formatNumber(metric)}` +
        `<td>${score.toFixed(2)}<td>${chance(pValue)}`,
  );
  return `<table class="statistics"><thead><tr><th scope="col">statistic<th scope="col">value<th scope="col">score<th scope="col">p</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}
