import { scaleLinear } from 'd3-scale';
import { area, curveStep, line } from 'd3-shape';
import { COLOURS, formatNumber, legend, px, shorten, svg } from './svg.js';

/** Two histograms over the same bins. */
export interface DistributionChart {
  readonly title: string;
  /** Ascending; one more than there are bins. */
  readonly edges: readonly number[];
  /** The share of values in each bin, 0…1. */
  readonly baseline: readonly number[];
  readonly target: readonly number[];
}

const SIZE = { width: 420, height: 180 };
const MARGIN = { top: 26, right: 12, bottom: 24, left: 44 };

/** Draws two distributions over each other: the baseline as a filled area, the target as a line over a lighter one. */
export function distributionChart(chart: DistributionChart): string {
  const { edges } = chart;
  const x = scaleLinear()
    .domain([edges[0] as number, edges.at(-1) as number])
    .range([MARGIN.left, SIZE.width - MARGIN.right]);
  const greatest = [...chart.baseline, ...chart.target].reduce((a, b) => Math.max(a, b), 0);
  const y = scaleLinear()
    .domain([0, greatest > 0 ? greatest : 1])
    .nice(4)
    .range([SIZE.height - MARGIN.bottom, MARGIN.top]);

  // A step centred on each bin; the outer halves are added so that the shape closes at its edges.
  const points = (shares: readonly number[]): [number, number][] => [
    [edges[0] as number, shares[0] ?? 0],
    ...shares.map((share, bin): [number, number] => [
      (edges[bin] as number) / 2 + (edges[bin + 1] as number) / 2,
      share,
    ]),
    [edges.at(-1) as number, shares.at(-1) ?? 0],
  ];
  const fill = area<[number, number]>()
    .x(([value]) => x(value))
    .y0(y(0))
    .y1(([, share]) => y(share))
    .curve(curveStep)
    .digits(1);
  const outline = line<[number, number]>()
    .x(([value]) => x(value))
    .y(([, share]) => y(share))
    .curve(curveStep)
    .digits(1);
  const side = (name: 'baseline' | 'target', opacity: number): string =>
    `<path d="${fill(points(chart[name]))}" fill="${COLOURS[name]}" fill-opacity="${opacity}"/>` +
    `<path d="${outline(points(chart[name]))}" fill="none" stroke="${COLOURS[name]}" stroke-width="1.5"/>`;

  const bottom = px(SIZE.height - MARGIN.bottom);
  const xAxis = x
    .ticks(5)
    .map(
      (tick) => `<text x="${px(x(tick))}" y="${px(SIZE.height - 8)}" text-anchor="middle">${formatNumber(tick)}</text>`,
    )
    .join('');
  const yAxis = y
    .ticks(3)
    .map(
      (tick) =>
        `<text x="${MARGIN.left - 6}" y="${px(y(tick) + 4)}" text-anchor="end">${Number((100 * tick).toFixed(1))} %</text>` +
        `<path d="M${MARGIN.left} ${px(y(tick))}H${SIZE.width - MARGIN.right}" stroke="currentColor" stroke-opacity="0.12"/>`,
    )
    .join('');
  const axis = `<path d="M${MARGIN.left} ${bottom}H${SIZE.width - MARGIN.right}" stroke="currentColor" stroke-opacity="0.5"/>`;
  const title = shorten(chart.title, 60);
  const description = `Distribution of ${title}: share of rows by value, baseline against now.`;
  const body = yAxis + side('baseline', 0.35) + side('target', 0.25) + axis + xAxis + legend(MARGIN.left, 14);
  return svg(SIZE, title, description, body);
}
