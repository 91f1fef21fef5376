import { isGlob, matchesGlob } from './glob.js';

/** The prefixes of inputs and outputs. */
const SIDES = ['X_', 'Y_'] as const;

/** A column's name without the prefix of its side. */
export const bareName = (column: string): string =>
  SIDES.some((side) => column.startsWith(side)) ? column.slice(2) : column;

/** A name and those of the objects it lies in: `user.home.city`, `user.home`, `user`. What is said of these holds for it. */
export function ancestry(name: string): string[] {
  const names = [name];
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) names.push(name.slice(0, dot));
  return names;
}

/**
 * Whether a pattern means a column: `X_email` the input, `email` the input and the output, and each of them all that lies
 * in it, such as `X_email.domain`. `*` stands for any characters, and `?` for one.
 *
 * @param column with its prefix.
 * @param loose whether case does not matter, and places in lists neither: so that no spelling keeps what shall go.
 */
export function meansColumn(pattern: string, column: string, loose = false): boolean {
  const fold = (name: string): string => (loose ? name.toLowerCase() : name);
  const wanted = fold(pattern);
  const names = [...ancestry(fold(column)), ...ancestry(fold(bareName(column)))];
  const fits = isGlob(wanted) ? (name: string) => matchesGlob(wanted, name) : (name: string) => name === wanted;
  if (names.some(fits)) return true;
  if (!loose || !/\.\d/.test(wanted)) return false;
  // Entries of a list have no columns of their own: `X_items.0.sku` lies in `X_items.sku`.
  const placeless = wanted.replace(/\.\d+(?=\.|$)/g, '');
  return placeless === names[0] || placeless === fold(bareName(column));
}
