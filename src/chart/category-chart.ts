import { scaleLinear } from 'd3-scale';
import type { CountUnit } from './axes.js';
import {
  COLOURS,
  describeSides,
  escapeText,
  formatNumber,
  formatShare,
  legend,
  px,
  shorten,
  svg,
} from './svg.js';

/** One category; a side may be left out, of all bars or of none. */
export interface CategoryBar {
  readonly name: string;
  readonly baseline?: number | undefined;
  readonly current?: number | undefined;
}

/** Shares of categories on two sides. */
export interface CategoryChart {
  readonly title: string;
  readonly bars: readonly CategoryBar[];
  /** What the bars are: shares of the side's rows, 0…1, or counts. @default 'share' */
  readonly unit?: CountUnit;
  /** How many categories are not shown. */
  readonly omitted: number;
}

const WIDTH = 420;
const LABEL_WIDTH = 120;
const VALUE_WIDTH = 52;
const ROW_HEIGHT = 30;
const TOP = 26;

/** Draws a pair of bars per category, baseline above current, with the share written at its end. */
export function categoryChart(chart: CategoryChart): string {
  const greatest = chart.bars.reduce(
    (most, bar) => Math.max(most, bar.baseline ?? 0, bar.current ?? 0),
    0,
  );
  const { unit = 'share' } = chart;
  const [first] = chart.bars;
  const sides: Pick<CategoryBar, 'baseline' | 'current'> = first ?? {};
  const both = sides.baseline !== undefined && sides.current !== undefined;
  const rowHeight = both ? ROW_HEIGHT : ROW_HEIGHT - 12;
  const x = scaleLinear()
    .domain([0, greatest > 0 ? greatest : 1])
    .range([0, WIDTH - LABEL_WIDTH - VALUE_WIDTH]);
  const bar = (side: 'baseline' | 'current', share: number | undefined, top: number): string =>
    share === undefined
      ? ''
      : `<rect x="${LABEL_WIDTH}" y="${px(top)}" width="${px(x(share))}" height="10" rx="1" fill="${COLOURS[side]}"/>` +
        `<text x="${px(LABEL_WIDTH + x(share) + 4)}" y="${px(top + 9)}">${unit === 'share' ? formatShare(share) : formatNumber(share)}</text>`;
  const rows = chart.bars.map(({ name, baseline, current }, index) => {
    const top = TOP + index * rowHeight;
    const label = escapeText(shorten(name === '' ? '(empty)' : name, 18));
    return (
      `<text x="${LABEL_WIDTH - 8}" y="${px(top + (both ? 15 : 9))}" text-anchor="end">${label}</text>` +
      bar('baseline', baseline, top) +
      bar('current', current, top + (both ? 12 : 0))
    );
  });
  const height = TOP + chart.bars.length * rowHeight + (chart.omitted > 0 ? 18 : 4);
  const more =
    chart.omitted > 0
      ? `<text x="${LABEL_WIDTH}" y="${px(height - 6)}">and ${chart.omitted} more categories</text>`
      : '';
  const title = shorten(chart.title, 60);
  const description = `Categories of ${title}: ${unit === 'share' ? 'share' : 'number'} of rows, ${describeSides(sides)}.`;
  return svg(
    { width: WIDTH, height },
    title,
    description,
    legend(LABEL_WIDTH, 14, sides) + rows.join('') + more,
  );
}
