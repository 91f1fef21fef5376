import { escapeText } from '../../chart/svg.js';
import { nameText } from '../inert.js';
import type { ReportedCalibration } from '../report-view.js';

const MOST_COLUMNS = 200;

/** What the monitor promises, and the smallest shift that it sees in each numeric column. */
export function calibrationSection(calibration: ReportedCalibration | undefined): string {
  if (calibration === undefined) return '';
  const columns = [...calibration.columns].sort((a, b) => b.shift - a.shift).slice(0, MOST_COLUMNS);
  const rows = columns.map(
    ({ column, shift, shiftOver24 }) =>
      `<tr><th scope="row">${nameText(column)}<td class="n">${shift.toFixed(2)} sd<td class="n">${shiftOver24.toFixed(2)} sd</tr>`,
  );
  const table = `<details><summary>The smallest shift that it detects, by column</summary>
<div class="wide"><table class="sortable"><thead><tr><th scope="col">column<th scope="col" class="n">smallest shift in one window<th scope="col" class="n">in 24 windows together</tr></thead><tbody>${rows.join('')}</tbody></table></div>
<p class="note">A shift of this size is detected with 90 % power.</p></details>`;
  return `<section aria-labelledby="calibration">
<h2 id="calibration">Calibration</h2>
<p>${escapeText(calibration.words)}</p>
${columns.length === 0 ? '' : table}
</section>`;
}
