import { escapeText, formatShare } from '../../chart/svg.js';
import type { DriftStats } from '../../drift/drift-stats.js';
import { describeMovement, describeVerdict } from '../../drift/show/describe-drift.js';
import { baselineName, type Window } from '../../drift/verdict/drift-row.js';
import type { Verdict } from '../../drift/verdict/not-compared.js';
import { formatCount } from '../../leaves/text.js';
import { formatMinute } from '../../leaves/time.js';
import { nameText } from '../inert.js';
import type { ReportView } from '../report-view.js';

const MOODS: Readonly<Record<Verdict, string>> = {
  drift: 'drift',
  'no drift': 'calm',
  none: 'unsure',
};

/** The head of the page: the verdict in words, what it means, and what was compared. */
export function verdictSection(view: ReportView): string {
  const { stats } = view;
  const mood = MOODS[stats.verdict];
  return `<header>
<p class="over">${nameText(view.experiment)} · ${nameText(view.model)}</p>
<h1 class="${mood}">${escapeText(describeVerdict(stats))}</h1>
<p class="lead">${escapeText([meaning(stats), ...(view.notRead ?? [])].join(' '))}</p>
<p>${facts(view)}</p>
</header>`;
}

function meaning(stats: DriftStats): string {
  const [first] = stats.summary();
  if (stats.outcome === 'too-few' || first === undefined)
    return 'More rows are needed for a verdict.';
  if (stats.verdict === 'none')
    return 'It is not known whether there is drift. Each column below has the reason why it was not compared.';
  const rate = formatShare(stats.settings.falseAlarmRate);
  if (stats.drift && !first.drift) {
    return `Segments changed, and the whole hardly shows it. Chance alone would cause such a verdict in at most ${rate} of comparisons.`;
  }
  if (stats.drift) {
    return `The largest change: ${first.column} ${describeMovement(stats, first)}. Chance alone would cause such a verdict in at most ${rate} of comparisons.`;
  }
  return 'The differences between the two are within chance, or too small to matter.';
}

function facts({ stats, at }: ReportView): string {
  const { counts, windows } = stats;
  return [
    `${formatCount(counts.current)} rows ${spanned(windows.current)}`,
    `against a baseline of ${formatCount(counts.baseline)} rows ${baselineName(windows.baseline) === 'pinned' ? '(pinned)' : spanned(windows.baseline)}`,
    `report of ${formatMinute(at)}`,
  ].join(' · ');
}

function spanned(window: Window): string {
  const name = window.seq === null ? '' : `in snapshot ${window.seq} `;
  return window.from === null || window.to === null
    ? name.trimEnd()
    : `${name}(${formatMinute(window.from)} – ${formatMinute(window.to)})`;
}
