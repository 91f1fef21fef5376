import { scaleLinear } from 'd3-scale';
import { COLOURS, escapeText, formatShare, legend, px, shorten, svg } from './svg.js';

/** Shares of categories on two sides. */
export interface CategoryChart {
  readonly title: string;
  readonly bars: readonly { readonly name: string; readonly baseline: number; readonly target: number }[];
  /** How many categories are not shown. */
  readonly omitted: number;
}

const WIDTH = 420;
const LABEL_WIDTH = 120;
const VALUE_WIDTH = 52;
const ROW_HEIGHT = 30;
const TOP = 26;

/** Draws a pair of bars per category, baseline above target, with the share written at its end. */
export function categoryChart(chart: CategoryChart): string {
  const greatest = chart.bars.reduce((most, bar) => Math.max(most, bar.baseline, bar.target), 0);
  const x = scaleLinear()
    .domain([0, greatest > 0 ? greatest : 1])
    .range([0, WIDTH - LABEL_WIDTH - VALUE_WIDTH]);
  const bar = (side: 'baseline' | 'target', share: number, top: number): string =>
    `<rect x="${LABEL_WIDTH}" y="${px(top)}" width="${px(x(share))}" height="10" rx="1" fill="${COLOURS[side]}"/>` +
    `<text x="${px(LABEL_WIDTH + x(share) + 4)}" y="${px(top + 9)}">${formatShare(share)}</text>`;
  const rows = chart.bars.map(({ name, baseline, target }, index) => {
    const top = TOP + index * ROW_HEIGHT;
    const label = escapeText(shorten(name === '' ? '(empty)' : name, 18));
    return (
      `<text x="${LABEL_WIDTH - 8}" y="${px(top + 15)}" text-anchor="end">${label}</text>` +
      bar('baseline', baseline, top) +
      bar('target', target, top + 12)
    );
  });
  const height = TOP + chart.bars.length * ROW_HEIGHT + (chart.omitted > 0 ? 18 : 4);
  const more =
    chart.omitted > 0
      ? `<text x="${LABEL_WIDTH}" y="${px(height - 6)}">and ${chart.omitted} more categories</text>`
      : '';
  const title = shorten(chart.title, 60);
  const description = `Categories of ${title}: share of rows, baseline against now.`;
  return svg({ width: WIDTH, height }, title, description, legend(LABEL_WIDTH, 14) + rows.join('') + more);
}
