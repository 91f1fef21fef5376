import { distance } from 'fastest-levenshtein';
import { LeewayError, shown } from './errors.js';

const LEAST_BEGINNING = 3;

/** The one of `names` that a misspelt name most likely meant. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  // Who wrote the beginning of a name meant that name.
  const begun =
    name.length >= LEAST_BEGINNING ? names.filter((candidate) => candidate.startsWith(name)) : [];
  const candidates = begun.length > 0 ? begun : names;
  return candidates.toSorted(
    (a, b) => distance(name, a) - distance(name, b) || (a < b ? -1 : 1),
  )[0];
}

/**
 * Checks that options are an object and hold no unknown names.
 *
 * @param where what the options are for, said in the message.
 * @throws LeewayError `ERR_LEEWAY_OPTION` naming the unknown option and the nearest valid one.
 */
export function checkOptionNames(where: string, options: unknown, known: readonly string[]): void {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `${where} needs an object of options, got ${shown(options)}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `${where} has no option ${JSON.stringify(name)}; did you mean ${JSON.stringify(nearestName(name, known))}? Its options are ${known.join(', ')}`,
      );
    }
  }
}
