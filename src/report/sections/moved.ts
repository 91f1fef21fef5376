import { escapeText, formatNumber, formatShare } from '../../chart/svg.js';
import type { MovedPart } from '../../drift/explain.js';
import { explanationsOf } from '../explanations.js';
import { nameText } from '../inert.js';
import type { ExplainedColumn, ReportView } from '../report-view.js';

const MOST_PARTS = 3;

/** What moved in the columns that drifted, since when, and which runs show it. */
export function movedSection(view: ReportView): string {
  const explanations = explanationsOf(view).filter(({ drift }) => drift);
  if (explanations.length === 0) return '';
  return `<section aria-labelledby="moved">
<h2 id="moved">What moved</h2>
<ul class="moved">${explanations.map(explained).join('')}</ul>
</section>`;
}

function explained(column: ExplainedColumn): string {
  const { moved, partner, since, runs = [], decidedBy } = column;
  const details = [
    ...(moved.length > 0 ? [`most: ${moved.slice(0, MOST_PARTS).map(partText).join('; ')}`] : []),
    ...(partner === null ? [] : [partnerText(partner)]),
    ...(decidedBy === null ? [] : [`decided by ${escapeText(decidedBy)}`]),
    ...(since === undefined || since === null ? [] : [`first seen in snapshot ${since}`]),
    ...(runs.length > 0 ? [`for example run${runs.length > 1 ? 's' : ''} ${runs.join(', ')}`] : []),
  ];
  return `<li><strong>${nameText(column.column)}</strong> ${escapeText(column.what)}.<br><small>${details.join(' · ')}</small></li>`;
}

function partText({ from, to, category, baseline, current }: MovedPart): string {
  const shares = `${formatShare(baseline)} → ${formatShare(current)} of rows`;
  if (category !== undefined)
    return `${category === null ? 'all others' : `“${nameText(category)}”`} ${shares}`;
  if (from === undefined) return `below ${formatNumber(to ?? Number.NaN)} ${shares}`;
  return `${to === undefined ? `from ${formatNumber(from)}` : `${formatNumber(from)} to ${formatNumber(to)}`} ${shares}`;
}

function partnerText({
  column,
  baseline,
  current,
}: NonNullable<ExplainedColumn['partner']>): string {
  return `has another correlation with ${nameText(column)} than before (rank correlation ${baseline.toFixed(2)} → ${current.toFixed(2)})`;
}
