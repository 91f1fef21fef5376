/** Strings are stepped over, so that a name in a text stays what it is. */
const BARE_NUMBER = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

/**
 * JSON, and what TF-Serving and Python servers take for it: bare NaN becomes null, bare infinities stay.
 *
 * @throws SyntaxError where it is neither.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    const plain = text.replace(BARE_NUMBER, (found) => {
      if (found === 'NaN') return 'null';
      if (found === 'Infinity') return '1e999';
      return found === '-Infinity' ? '-1e999' : found;
    });
    return JSON.parse(plain);
  }
}
