import { timeChart } from '../../chart/time-chart.js';
import { formatCount, joinWithAnd } from '../../leaves/text.js';
import { formatMinute } from '../../leaves/time.js';
import { nameText } from '../inert.js';
import type { ReportedWindow } from '../report-view.js';

/** The windows that are drawn and listed, the latest ones. */
const MOST_WINDOWS = 200;
const MOST_LISTED = 50;

/** From window to window: how many columns drifted, and which. */
export function timelineSection(timeline: readonly ReportedWindow[] | undefined): string {
  if (timeline === undefined || timeline.length === 0) return '';
  const points = timeline.slice(-MOST_WINDOWS).map(({ seq, to, drifted }) => ({
    seq,
    at: to,
    value: drifted.length,
    drift: drifted.length > 0,
  }));
  const listedWindows = timeline.slice(-MOST_LISTED).reverse();
  return `<section aria-labelledby="timeline">
<h2 id="timeline">Window by window</h2>
<figure>${timeChart({ title: 'Columns with drift', what: 'columns with drift', points })}</figure>
<details><summary>The latest ${listedWindows.length} windows</summary>
<div class="wide"><table><thead><tr><th scope="col">snapshot<th scope="col">until<th scope="col" class="n">rows<th scope="col">columns with drift</tr></thead>
<tbody>${listedWindows.map(windowRow).join('')}</tbody></table></div></details>
</section>`;
}

function windowRow({ seq, to, rows, drifted }: ReportedWindow): string {
  const names = drifted.length === 0 ? 'none' : joinWithAnd(drifted.slice(0, 4).map(nameText), 4);
  const more = drifted.length > 4 ? ` and ${drifted.length - 4} more` : '';
  return `<tr${drifted.length > 0 ? ' class="drift"' : ''}><th scope="row">${seq}<td>${to === null ? '–' : formatMinute(to)}<td class="n">${formatCount(rows)}<td>${names}${more}</tr>`;
}
