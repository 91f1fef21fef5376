import { scaleLinear } from 'd3-scale';
import { type CountUnit, formatHeight, type PlotArea, xAxis, yAxis } from './axes.js';
import type { DistributionChart } from './distribution-chart.js';
import { COLOURS, describeSides, legend, px, shorten, svg } from './svg.js';
import { valueScale } from './value-scale.js';

const SIZE = { width: 420, height: 180 };
const FRAME: PlotArea = { left: 52, right: 408, top: 26, bottom: 156 };

/** Draws two histograms side by side, a pair of bars per bin. */
export function histogramChart(chart: DistributionChart & { readonly unit?: CountUnit }): string {
  const { edges, unit = 'share' } = chart;
  const x = valueScale([edges[0] as number, edges.at(-1) as number], [FRAME.left, FRAME.right]);
  const greatest = [...(chart.baseline ?? []), ...(chart.current ?? [])].reduce(
    (a, b) => Math.max(a, b),
    0,
  );
  const y = scaleLinear()
    .domain([0, greatest > 0 ? greatest : 1])
    .nice(4)
    .range([FRAME.bottom, FRAME.top]);
  const bars = (side: 'baseline' | 'current'): string =>
    (chart[side] ?? [])
      .map((value, bin) => {
        const from = x(edges[bin] as number);
        const to = x(edges[bin + 1] as number);
        const half = (to - from) / 2;
        const left = side === 'baseline' ? from : from + half;
        const width = Math.max(0.5, half - 0.5);
        return `<rect x="${px(left)}" y="${px(y(value))}" width="${px(width)}" height="${px(y(0) - y(value))}"/>`;
      })
      .join('');
  const title = shorten(chart.title, 60);
  const what = unit === 'share' ? 'share of rows' : 'number of rows';
  const description = `Histogram of ${title}: ${what} by value, ${describeSides(chart)}.`;
  const body =
    yAxis(y, FRAME, (value) => formatHeight(value, unit)) +
    `<g fill="${COLOURS.baseline}">${bars('baseline')}</g><g fill="${COLOURS.current}">${bars('current')}</g>` +
    xAxis(x, FRAME) +
    legend(FRAME.left, 14, chart);
  return svg(SIZE, title, description, body);
}
