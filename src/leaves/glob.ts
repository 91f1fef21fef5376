/**
 * Whether a name fits a pattern, in which `*` stands for any characters and `?` for one. Both may come from strangers: the work
 * is bounded by the product of their lengths.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let retry = 0;
  while (from < name.length) {
    if (at < pattern.length && pattern[at] === '*') {
      star = at;
      retry = from;
      at += 1;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[from])) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      // The star takes one more character.
      at = star + 1;
      retry += 1;
      from = retry;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** Whether a pattern is more than a name. */
export const isGlob = (pattern: string): boolean => /[*?]/.test(pattern);
