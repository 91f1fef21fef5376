import { type PlotArea, xAxis } from './axes.js';
import { COLOURS, formatNumber, LEGEND, px, shorten, svg } from './svg.js';
import { valueScale } from './value-scale.js';

/** A side in five quantiles and its mean. */
export interface Box {
  /** The quantiles .05, .25, .5, .75 and .95, ascending. */
  readonly quantiles: readonly [number, number, number, number, number];
  readonly mean: number;
}

/** One box for each side that has values. */
export interface BoxChart {
  readonly title: string;
  readonly baseline: Box | undefined;
  readonly current: Box | undefined;
}

const SIZE = { width: 420, height: 130 };
const FRAME: PlotArea = { left: 70, right: 404, top: 8, bottom: 104 };
const HEIGHT = 30;
const TOPS = { baseline: 16, current: 62 } as const;

/** Draws boxes over one another: box from quartile to quartile, median as a line, mean as a dot, whiskers from 5 % to 95 %. */
export function boxChart(chart: BoxChart): string {
  const title = shorten(chart.title, 60);
  const sides = (['baseline', 'current'] as const).flatMap((side) => {
    const box = chart[side];
    return box === undefined ? [] : [{ side, box }];
  });
  const ends = sides.flatMap(({ box }) => [box.quantiles[0], box.quantiles[4]]);
  const [low, high] = ends.length === 0 ? [0, 1] : [Math.min(...ends), Math.max(...ends)];
  const x = valueScale(
    low < high ? [low, high] : [low - 0.5, low + 0.5],
    [FRAME.left, FRAME.right],
    5,
  );
  const boxes = sides.map(({ side, box }) => drawn(side, box, x));
  const description = sides
    .map(({ side, box: { quantiles, mean } }) => {
      const [low5, low25, median, high75, high95] = quantiles.map(formatNumber);
      return `${LEGEND[side]}: median ${median}, half of the values from ${low25} to ${high75}, nine in ten from ${low5} to ${high95}, mean ${formatNumber(mean)}`;
    })
    .join('; ');
  return svg(SIZE, title, `Boxes of ${title}. ${description}.`, boxes.join('') + xAxis(x, FRAME));
}

function drawn(
  side: 'baseline' | 'current',
  { quantiles, mean }: Box,
  x: (value: number) => number,
): string {
  const [low5, low25, median, high75, high95] = quantiles.map((value) => px(x(value)));
  const top = TOPS[side];
  const middle = px(top + HEIGHT / 2);
  const colour = COLOURS[side];
  const width = px(Math.max(1, x(quantiles[3]) - x(quantiles[1])));
  return (
    `<text x="${FRAME.left - 10}" y="${px(top + HEIGHT / 2 + 4)}" text-anchor="end">${LEGEND[side]}</text>` +
    `<g stroke="${colour}" stroke-width="1.5"><path d="M${low5} ${middle}H${low25}M${high75} ${middle}H${high95}"/>` +
    `<rect x="${low25}" y="${top}" width="${width}" height="${HEIGHT}" fill="${colour}" fill-opacity="0.25"/>` +
    `<path d="M${median} ${top}V${top + HEIGHT}" stroke-width="2.5"/></g>` +
    `<circle cx="${px(within(x(mean), FRAME))}" cy="${middle}" r="3" fill="${colour}"/>`
  );
}

/** A mean may lie beyond nine tenths of the values; it is then drawn at the edge. */
const within = (value: number, { left, right }: PlotArea): number =>
  Math.max(left, Math.min(right, value));
