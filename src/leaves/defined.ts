/** The properties of `value` that are not undefined: `{ ...defined({ note }) }` has no `note` where there is none. */
export function defined<T extends object>(
  value: T,
): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const kept: Partial<T> = {};
  for (const name of Object.keys(value) as (keyof T)[]) {
    if (value[name] !== undefined) kept[name] = value[name];
  }
  return kept as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}
