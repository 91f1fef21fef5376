import { scaleLinear } from 'd3-scale';
import { COLOURS, escapeText, px, shorten, svg } from './svg.js';

/** The score of each column. */
export interface OverviewChart {
  readonly title: string;
  readonly columns: readonly {
    readonly name: string;
    readonly score: number;
    readonly drift: boolean;
  }[];
  /** How many columns are not shown. */
  readonly omitted: number;
}

const WIDTH = 420;
const LABEL_WIDTH = 150;
const VALUE_WIDTH = 44;
const ROW_HEIGHT = 18;
const TOP = 8;

/** Draws a bar per column, as long as its score of 0 … 1; columns that drifted have a colour of their own and say so. */
export function overviewChart({ title: given, columns, omitted }: OverviewChart): string {
  const x = scaleLinear()
    .domain([0, 1])
    .range([0, WIDTH - LABEL_WIDTH - VALUE_WIDTH]);
  const rows = columns.map(({ name, score, drift }, index) => {
    const top = TOP + index * ROW_HEIGHT;
    const length = x(Math.max(0, Math.min(1, score)));
    const weight = drift ? ' font-weight="600"' : '';
    return (
      `<text x="${LABEL_WIDTH - 8}" y="${px(top + 12)}" text-anchor="end"${weight}>${escapeText(shorten(name, 22))}</text>` +
      `<rect x="${LABEL_WIDTH}" y="${px(top + 3)}" width="${px(Math.max(1, length))}" height="11" rx="1" fill="${drift ? COLOURS.current : COLOURS.baseline}"/>` +
      `<text x="${px(LABEL_WIDTH + length + 4)}" y="${px(top + 12)}"${weight}>${score.toFixed(2)}</text>`
    );
  });
  const height = TOP + columns.length * ROW_HEIGHT + (omitted > 0 ? 20 : 6);
  const more =
    omitted > 0
      ? `<text x="${LABEL_WIDTH}" y="${px(height - 6)}">and ${omitted} more columns</text>`
      : '';
  const title = shorten(given, 60);
  const drifted = columns.filter(({ drift }) => drift).length;
  const description = `Score of each column of ${title}, 0 for no change and 1 for the greatest; ${drifted} drifted, in the warm colour.`;
  return svg({ width: WIDTH, height }, title, description, rows.join('') + more);
}
