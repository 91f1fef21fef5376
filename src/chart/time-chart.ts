import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { baseLine, type PlotArea, yAxis } from './axes.js';
import { COLOURS, px, shorten, svg } from './svg.js';

/** A figure from window to window. */
export interface TimeChart {
  readonly title: string;
  /** What is drawn, such as `score`. */
  readonly what: string;
  readonly points: readonly TimePoint[];
}

/** One window. */
export interface TimePoint {
  /** The snapshot's number. */
  readonly seq: number;
  /** When the window ended, epoch ms, where it is known. */
  readonly at: number | null;
  readonly value: number | null;
  readonly drift: boolean;
}

const SIZE = { width: 420, height: 150 };
const FRAME: PlotArea = { left: 44, right: 404, top: 16, bottom: 122 };

/** Draws a line over the windows, with a dot for each; where there was drift the dot is full and has a colour of its own. */
export function timeChart({ title: given, what, points }: TimeChart): string {
  const title = shorten(given, 60);
  const x = scaleLinear()
    .domain([0, Math.max(1, points.length - 1)])
    .range([FRAME.left + 6, FRAME.right - 6]);
  const greatest = points.reduce((most, { value }) => Math.max(most, value ?? 0), 0);
  const y = scaleLinear()
    .domain([0, greatest > 0 ? greatest : 1])
    .nice(4)
    .range([FRAME.bottom, FRAME.top]);
  const placed = points.map((point, index) => ({ ...point, index }));
  const path = line<(typeof placed)[number]>()
    .defined(({ value }) => value !== null)
    .x(({ index }) => x(index))
    .y(({ value }) => y(value as number))
    .digits(1);
  const radius = points.length > 120 ? 1.5 : 3;
  const dots = placed
    .filter(({ value }) => value !== null)
    .map(({ index, value, drift, seq }) => {
      const fill = drift ? COLOURS.current : 'none';
      const stroke = drift ? COLOURS.current : COLOURS.baseline;
      const said = `window ${seq}: ${what} ${(value as number).toFixed(3)}${drift ? ', drift' : ''}`;
      return `<circle cx="${px(x(index))}" cy="${px(y(value as number))}" r="${radius}" fill="${fill}" stroke="${stroke}"><title>${said}</title></circle>`;
    });
  const drifting = points.filter(({ drift }) => drift).length;
  const description = `${what} of ${title} over ${points.length} windows, ${drifting} of them with drift.`;
  const body =
    yAxis(y, FRAME, (value) => String(Number(value.toFixed(3)))) +
    baseLine(FRAME) +
    `<path d="${path(placed) ?? ''}" fill="none" stroke="${COLOURS.baseline}" stroke-width="1.5"/>` +
    dots.join('') +
    ends(points);
  return svg(SIZE, title, description, body);
}

/** What the first and the last window are called. */
function ends(points: readonly TimePoint[]): string {
  const label = ({ seq, at }: TimePoint): string => (at === null ? `window ${seq}` : day(at));
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return '';
  const y = px(FRAME.bottom + 16);
  const begin = `<text x="${FRAME.left}" y="${y}">${label(first)}</text>`;
  return points.length === 1
    ? begin
    : `${begin}<text x="${FRAME.right}" y="${y}" text-anchor="end">${label(last)}</text>`;
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');
