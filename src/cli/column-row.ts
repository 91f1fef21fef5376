import type { ColumnDescription } from '../drift/show/column-stats.js';
import { formatCountOf } from '../leaves/text.js';
import { percent, short } from './figures.js';
import { type colorsFor, safeName } from './terminal.js';

/** Categories named in a row; the rest are counted. */
const CATEGORIES_SHOWN = 3;

export const TABLE_HEAD: readonly string[] = ['column', 'type', 'missing', 'values'];

/** One column as a row of text. */
export function columnRow(
  column: ColumnDescription,
  name: string,
  colors: ReturnType<typeof colorsFor>,
): readonly string[] {
  const missing = percent(column.missing);
  return [
    safeName(name),
    colors.cyan(column.type),
    column.missing === 0 ? colors.dim(missing) : colors.yellow(missing),
    column.missing === 1 ? '' : valuesOf(column),
  ];
}

function valuesOf({ type, min, max, median, top, distinct }: ColumnDescription): string {
  if (min !== undefined && max !== undefined) {
    if ((type as string) === 'timestamp') return `${instant(min)} … ${instant(max)}`;
    return `${short(min)} … ${short(max)}${median === undefined ? '' : `, median ${short(median)}`}`;
  }
  if (type === 'text')
    return distinct === undefined ? '' : formatCountOf(distinct, 'distinct value');
  if (top === undefined) return '';
  const named = top
    .slice(0, CATEGORIES_SHOWN)
    .map(([name, share]) => `${safeName(name)} ${percent(share)}`);
  const more = (distinct ?? top.length) - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** Epoch ms as a date, or as a date and time where it is not midnight. */
function instant(epochMs: number): string {
  const date = new Date(epochMs);
  if (Number.isNaN(date.getTime())) return short(epochMs);
  return date
    .toISOString()
    .replace(/T00:00:00\.000Z$/, '')
    .replace(/\.000Z$/, 'Z');
}
