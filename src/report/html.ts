import { createHash } from 'node:crypto';
import { escapeText, shorten } from '../chart/svg.js';
import type { ReportView } from './report-view.js';
import { SCRIPT } from './script.js';
import { calibrationSection } from './sections/calibration.js';
import { columnSections } from './sections/columns.js';
import { movedSection } from './sections/moved.js';
import { overviewSection } from './sections/overview.js';
import { qualitySection } from './sections/quality.js';
import { segmentsSection } from './sections/segments.js';
import { settingsSection } from './sections/settings.js';
import { timelineSection } from './sections/timeline.js';
import { verdictSection } from './sections/verdict.js';
import { STYLE } from './style.js';

const hashOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Only our own style and script, by their hashes: whatever a name smuggled in would neither run nor load. */
const POLICY = [
  "default-src 'none'",
  `style-src ${hashOf(STYLE)}`,
  `script-src ${hashOf(SCRIPT)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/**
 * One self-contained HTML page: the verdict in words, what moved, every column with every statistic, the windows so far,
 * calibration, data quality and settings. It loads nothing, runs its own script only, and shows names and values from
 * requests as inert text.
 */
export function renderHtml(view: ReportView): string {
  const { stats } = view;
  const columns = stats.summary();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeText(shorten(`${view.model} · drift report`, 200))}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${[
  verdictSection(view),
  movedSection(view),
  overviewSection(stats, columns),
  segmentsSection(stats),
  timelineSection(view.timeline),
  columnSections(stats, columns),
  qualitySection(stats, columns),
  calibrationSection(view.calibration),
  settingsSection(view),
]
  .filter((section) => section !== '')
  .join('\n')}
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}
