/**
 * A stranger's name as it is stored and sent on: well-formed Unicode of at most `most` UTF-16 units, cut between characters.
 * Half a surrogate pair can be in no URL, and many receivers refuse a text that holds one.
 */
export function storedName(name: string, most: number): string {
  const formed = name.isWellFormed() ? name : name.toWellFormed();
  if (formed.length <= most) return formed;
  const isWithin = isHighSurrogate(formed.charCodeAt(most - 1));
  return formed.slice(0, isWithin ? most - 1 : most);
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
