import { COLOURS, escapeText, px, shorten, svg } from './svg.js';

/** How far the correlation of each pair of columns moved. */
export interface CorrelationChart {
  readonly title: string;
  readonly columns: readonly string[];
  /** By row and column, −2 … 2; NaN where it is not known. */
  readonly change: readonly (readonly number[])[];
}

const LABEL = 110;
const TOP = 96;
const CELL = 26;
const MAX_WRITTEN = 14;

/**
 * Draws the lower half of the matrix: the stronger the colour, the larger the change; blue where a correlation fell, orange where
 * it rose. In small matrices each cell has its figure too.
 */
export function correlationChart({ title: given, columns, change }: CorrelationChart): string {
  const count = columns.length;
  const cells = columns.flatMap((_, row) =>
    columns
      .slice(0, row)
      .map((_, column) => cellAt(row, column, change[row]?.[column] ?? Number.NaN, count)),
  );
  const names = columns.map((name, index) => {
    const label = escapeText(shorten(name, 16));
    const middle = TOP + index * CELL + CELL / 2 + 4;
    const left = LABEL + index * CELL + CELL / 2 + 4;
    return (
      (index > 0
        ? `<text x="${LABEL - 6}" y="${px(middle)}" text-anchor="end">${label}</text>`
        : '') +
      (index < count - 1
        ? `<text transform="translate(${px(left)} ${px(TOP + index * CELL + CELL - 6)}) rotate(-60)">${label}</text>`
        : '')
    );
  });
  const title = shorten(given, 60);
  const size = {
    width: LABEL + Math.max(1, count) * CELL + 60,
    height: TOP + Math.max(1, count) * CELL + 8,
  };
  return svg(
    size,
    title,
    `Change of correlations in ${title}. ${largest(columns, change)}`,
    cells.join('') + names.join(''),
  );
}

function cellAt(row: number, column: number, change: number, count: number): string {
  const known = Number.isFinite(change);
  const strength = known ? Math.min(1, Math.abs(change)) : 0;
  const x = LABEL + column * CELL;
  const y = TOP + row * CELL;
  const colour = change > 0 ? COLOURS.current : COLOURS.baseline;
  const figure =
    known && count <= MAX_WRITTEN && strength >= 0.05
      ? `<text x="${px(x + CELL / 2)}" y="${px(y + CELL / 2 + 3)}" text-anchor="middle" font-size="8">${change.toFixed(1)}</text>`
      : '';
  return (
    `<rect x="${x + 1}" y="${y + 1}" width="${CELL - 2}" height="${CELL - 2}" rx="2" fill="${colour}" ` +
    `fill-opacity="${(0.04 + 0.76 * strength).toFixed(2)}" stroke="currentColor" stroke-opacity="0.15"/>${figure}`
  );
}

function largest(columns: readonly string[], change: readonly (readonly number[])[]): string {
  let most = 0;
  let pair = '';
  change.forEach((values, row) => {
    values.slice(0, row).forEach((value, column) => {
      if (!(Math.abs(value) > Math.abs(most))) return;
      most = value;
      pair = `${shorten(columns[column] ?? '', 40)} and ${shorten(columns[row] ?? '', 40)}`;
    });
  });
  return most === 0 ? 'None changed.' : `The largest: ${pair}, by ${most.toFixed(2)}.`;
}
