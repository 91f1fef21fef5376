import { escapeText, formatNumber } from '../../chart/svg.js';
import { baselineName } from '../../drift/verdict/drift-row.js';
import { formatCount } from '../../leaves/text.js';
import { formatMinute } from '../../leaves/time.js';
import type { ReportView } from '../report-view.js';

/** What the comparison was made with. */
export function settingsSection(view: ReportView): string {
  const { settings, counts, windows } = view.stats;
  const facts: [string, string][] = [
    ...Object.entries(settings).map(([name, value]): [string, string] => [
      inWords(name),
      inText(value),
    ]),
    ['rows of the baseline', formatCount(counts.baseline)],
    ['current rows', formatCount(counts.current)],
    ['baseline', baselineName(windows.baseline)],
    ...(windows.current.seq === null
      ? []
      : [['compared', `snapshot ${windows.current.seq}`] as [string, string]]),
    ['made', formatMinute(view.at)],
  ];
  const entries = facts.map(
    ([name, value]) => `<div><dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd></div>`,
  );
  return `<section aria-labelledby="settings">
<h2 id="settings">Settings</h2>
<dl>${entries.join('')}</dl>
</section>`;
}

/** `falseAlarmRate` as `false alarm rate`. */
const inWords = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function inText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return formatNumber(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
