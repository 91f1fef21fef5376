import { escapeText, formatNumber, shorten } from '../chart/svg.js';

/** Longer names are cut, so that a thousand hostile ones leave a page that can be opened. */
const LONGEST_NAME = 60;

/** A name from strangers in a page: inert, and short enough for a table. */
export const nameText = (name: string): string => escapeText(shorten(name, LONGEST_NAME));

/** A p-value; what is too small for a number is not nothing. */
export function chance(pValue: number | null): string {
  if (pValue === null) return '–';
  return pValue === 0 ? '< 1e-300' : formatNumber(pValue);
}
