import { LeewayError, shown } from '../leaves/errors.js';
import { renderHtml } from './html.js';
import { reportJson } from './json.js';
import { renderMarkdown } from './markdown.js';
import type { ReportView } from './report-view.js';

/** A page for people, Markdown for a pull request, JSON for programs. */
export type ReportFormat = 'html' | 'md' | 'json';

const RENDERERS: ReadonlyMap<string, (view: ReportView) => string> = new Map([
  ['html', renderHtml],
  [
    'md',
    (view) => renderMarkdown({ title: `${view.model} · ${view.experiment}`, stats: view.stats }),
  ],
  ['json', (view) => `${JSON.stringify(reportJson(view))}\n`],
]);

/**
 * A report as text. It keeps nothing and reads no clock: the same view gives the same text.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where there is no such format.
 */
export function renderReport(view: ReportView, format: ReportFormat = 'html'): string {
  const render = RENDERERS.get(format);
  if (render !== undefined) return render(view);
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `format must be 'html', 'md' or 'json', got ${shown(format)}`,
  );
}
