/** Strings are stepped over, so that a name in a text stays what it is. */
const BARE_NUMBER = /"(?:[^"\\]|\\.)*"|[+-]?\b(?:nan|inf(?:inity)?)\b/gi;

/**
 * JSON, and what TF-Serving, Python and databases take for it: bare NaN becomes null, bare infinities stay, in whatever case and
 * with or without a sign.
 *
 * @throws SyntaxError where it is neither.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/nan|inf/i.test(text)) throw error;
    return JSON.parse(text.replace(BARE_NUMBER, jsonOf));
  }
}

/** A bare number as JSON has it; a string stays what it is. */
function jsonOf(found: string): string {
  if (found.startsWith('"')) return found;
  if (/nan$/i.test(found)) return 'null';
  return found.startsWith('-') ? '-1e999' : '1e999';
}
