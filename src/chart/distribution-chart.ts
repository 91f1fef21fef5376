import { scaleLinear } from 'd3-scale';
import { area, curveStep, line } from 'd3-shape';
import { type CountUnit, formatHeight, type PlotArea, xAxis, yAxis } from './axes.js';
import { COLOURS, describeSides, legend, shorten, svg } from './svg.js';
import { valueScale } from './value-scale.js';

/** Two histograms over the same bins. */
export interface DistributionChart {
  readonly title: string;
  /** Ascending; one more than there are bins. */
  readonly edges: readonly number[];
  /** What lies in each bin: a share, 0…1, or a count; one side may be left out. */
  readonly baseline?: readonly number[] | undefined;
  readonly current?: readonly number[] | undefined;
  /** @default 'share' */
  readonly unit?: CountUnit;
}

const SIZE = { width: 420, height: 180 };
const FRAME: PlotArea = { left: 52, right: 408, top: 26, bottom: 156 };

/** Draws two distributions over each other: the baseline as a filled area, the current as a line over a lighter one. */
export function distributionChart(chart: DistributionChart): string {
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
  const side = (name: 'baseline' | 'current', opacity: number): string => {
    const shares = chart[name];
    if (shares === undefined) return '';
    return (
      `<path d="${fill(points(shares))}" fill="${COLOURS[name]}" fill-opacity="${opacity}"/>` +
      `<path d="${outline(points(shares))}" fill="none" stroke="${COLOURS[name]}" stroke-width="1.5"/>`
    );
  };

  const title = shorten(chart.title, 60);
  const description = `Distribution of ${title}: ${unit === 'share' ? 'share' : 'number'} of rows by value, ${describeSides(chart)}.`;
  const axis = yAxis(y, FRAME, (value) => formatHeight(value, unit));
  const body =
    axis +
    side('baseline', 0.35) +
    side('current', 0.25) +
    xAxis(x, FRAME) +
    legend(FRAME.left, 14, chart);
  return svg(SIZE, title, description, body);
}
