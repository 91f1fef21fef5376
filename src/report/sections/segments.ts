import type { DriftStats } from '../../drift/drift-stats.js';
import { formatCount, joinWithAnd } from '../../leaves/text.js';
import { nameText } from '../inert.js';

const MOST_COLUMNS = 4;

/** Each segment's verdict: those with drift first. */
export function segmentsSection({ segments }: DriftStats): string {
  if (segments.size === 0) return '';
  const sorted = [...segments].sort(([, a], [, b]) => Number(b.drift) - Number(a.drift));
  return `<section aria-labelledby="segments">
<h2 id="segments">Segments</h2>
<div class="wide"><table><thead><tr><th scope="col">segment<th scope="col">columns with drift<th scope="col" class="n">rows<th scope="col" class="n">baseline</tr></thead>
<tbody>${sorted.map(segmentRow).join('')}</tbody></table></div>
</section>`;
}

function segmentRow([name, stats]: [string, DriftStats]): string {
  const names = stats.drift ? joinWithAnd(stats.drifted.map(nameText), MOST_COLUMNS) : 'none';
  const { baseline, current } = stats.counts;
  return `<tr${stats.drift ? ' class="drift"' : ''}><th scope="row">${nameText(name)}<td>${names}<td class="n">${formatCount(current)}<td class="n">${formatCount(baseline)}</tr>`;
}
