/** A whole number with its thousands marked: `12,345`. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** How many of something: `1 row`, `2 rows`. */
export function formatCountOf(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** `a, b and c`, or, where there are more than `most`, `a, b and 3 more`. */
export function joinWithAnd(names: readonly string[], most: number): string {
  const left = names.length - most;
  const shown = left > 0 ? [...names.slice(0, most), `${left} more`] : names;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
