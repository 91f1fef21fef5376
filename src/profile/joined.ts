/** What is there of one thing on two sides: it is the first that changes. */
export function joined<T extends { clone(): T; merge(other: T): void }>(
  own: T | undefined,
  other: T | undefined,
): T | undefined {
  if (other === undefined || own === undefined) return own ?? other?.clone();
  own.merge(other);
  return own;
}
