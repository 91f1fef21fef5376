import type { ScaleLinear } from 'd3-scale';
import { formatNumber, formatShare, px } from './svg.js';
import type { ValueScale } from './value-scale.js';

/** The place that a picture's data are drawn in. */
export interface PlotArea {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** What the height of a bar or a line means: a share of the side's rows, or how many rows. */
export type CountUnit = 'share' | 'count';

/** A value of the unit, as a person writes it. */
export const formatHeight = (value: number, unit: CountUnit): string =>
  unit === 'share' ? formatShare(value).replace('< 0.1 %', '0 %') : formatNumber(value);

/** Lines across, each with its value to the left. */
export function yAxis(
  y: ScaleLinear<number, number>,
  frame: PlotArea,
  format: (value: number) => string,
): string {
  return y
    .ticks(3)
    .map(
      (tick) =>
        `<text x="${px(frame.left - 6)}" y="${px(y(tick) + 4)}" text-anchor="end">${format(tick)}</text>` +
        `<path d="M${px(frame.left)} ${px(y(tick))}H${px(frame.right)}" stroke="currentColor" stroke-opacity="0.12"/>`,
    )
    .join('');
}

/** Values along the bottom, and the line that they stand on. */
export function xAxis(x: ValueScale, frame: PlotArea): string {
  const labels = x
    .ticks(5)
    .map(
      (tick) =>
        `<text x="${px(x(tick))}" y="${px(frame.bottom + 16)}" text-anchor="middle">${formatNumber(tick)}</text>`,
    );
  return baseLine(frame) + labels.join('');
}

/** The line that a picture stands on. */
export const baseLine = (frame: PlotArea): string =>
  `<path d="M${px(frame.left)} ${px(frame.bottom)}H${px(frame.right)}" stroke="currentColor" stroke-opacity="0.5"/>`;
