import { isGlob, matchesGlob } from './glob.js';

/** The prefixes of inputs and outputs. */
const SIDES = ['X_', 'Y_'] as const;

/** A column's name without the prefix of its side. */
export const bareName = (column: string): string =>
  SIDES.some((side) => column.startsWith(side)) ? column.slice(2) : column;

/** A name and those of the objects it lies in: `user.home.city`, `user.home`, `user`. What is said of these holds for it. */
export function ancestry(name: string): string[] {
  const names = [name];
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1))
    names.push(name.slice(0, dot));
  return names;
}

/** A name and what is left of it without its first parts: `user.home.city`, `home.city`, `city`. */
function endings(name: string): string[] {
  const names = [name];
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1))
    names.push(name.slice(dot + 1));
  return names;
}

/**
 * A name without what tells spellings of it apart: case, Unicode's ways to write one character,
 * characters that nobody sees, and spaces around it.
 */
const folded = (name: string): string =>
  name
    .toWellFormed()
    .normalize('NFKC')
    // Only the upper case of some letters says which others they are: ß and SS, ı and I.
    .toUpperCase()
    .toLowerCase()
    .replace(/\p{Cf}/gu, '')
    .split('.')
    .map((part) => part.trim())
    .join('.');

/** How freely a pattern is read. */
export interface PatternReading {
  /**
   * Spelling does not matter, and places in lists neither, so that no spelling keeps what shall go.
   * @default false
   */
  readonly loose?: boolean;
  /** `email` is also `user.email`, wherever it lies. @default false */
  readonly anywhere?: boolean;
}

/**
 * Whether a pattern means a column: `X_email` the input, `email` the input and the output, and each of them all that lies
 * in it, such as `X_email.domain`. `*` stands for any characters, and `?` for one.
 *
 * @param column with its prefix.
 */
export function meansColumn(
  pattern: string,
  column: string,
  { loose = false, anywhere = false }: PatternReading = {},
): boolean {
  const fold = loose ? folded : (name: string): string => name;
  const plain = bareName(column);
  const bare = fold(plain);
  const side = fold(column.slice(0, column.length - plain.length));
  const wanted = fold(pattern);
  // A body may bring a name with our own prefix.
  const parts = anywhere ? [...endings(bare), fold(bareName(plain))] : [bare];
  const names = parts.flatMap((part) => [...ancestry(`${side}${part}`), ...ancestry(part)]);
  const fits = isGlob(wanted)
    ? (name: string) => matchesGlob(wanted, name)
    : (name: string) => name === wanted;
  if (names.some(fits)) return true;
  if (!loose || !/\.\d/.test(wanted)) return false;
  // Entries of a list have no columns of their own: `X_items.0.sku` lies in `X_items.sku`.
  const placeless = wanted.replace(/\.\d+(?=\.|$)/g, '');
  return placeless === names[0] || placeless === bare;
}
