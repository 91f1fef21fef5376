import { storedName } from '../leaves/stored-name.js';

const OTHER = 'other';
const MAX_LIMITED_NAME_LENGTH = 128;

/** Lets so many distinct names of each group through, shortened; later ones become `other`. Groups are few. */
export function nameLimit(most: number): (group: string, name: string) => string {
  const groups = new Map<string, Set<string>>();
  return (group, name) => {
    const short = storedName(name, MAX_LIMITED_NAME_LENGTH);
    const known = groups.get(group) ?? new Set();
    groups.set(group, known);
    if (!known.has(short) && known.size >= most) return OTHER;
    known.add(short);
    return short;
  };
}
