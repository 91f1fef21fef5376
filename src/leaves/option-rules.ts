import { LeewayError, shown } from './errors.js';
import { nearestName } from './option-names.js';

/** What one named value must be. Options and values that were stored are checked by the same rules. */
export interface Rule<T> {
  /** The expectation in words, for the message: `"between 0 and 1"`. */
  readonly expected: string;
  accepts(value: unknown): value is T;
}

/** A rule with the value that stands in when none is given. */
export interface OptionRule<T> extends Rule<T> {
  readonly fallback: T;
}

/** Values that a table of rules has let through. */
export type Resolved<R> = { readonly [K in keyof R]: R[K] extends Rule<infer T> ? T : never };

/** Adds a default to a rule. */
export function option<T>(fallback: NoInfer<T>, rule: Rule<T>): OptionRule<T> {
  return { ...rule, fallback };
}

/** A finite number that a test of its own accepts. */
export function number(
  expected: string,
  test: (value: number) => boolean = () => true,
): Rule<number> {
  return {
    expected,
    accepts: (value): value is number =>
      typeof value === 'number' && Number.isFinite(value) && test(value),
  };
}

/** A whole number in [least, most]. */
export function whole(least: number, most: number = Number.MAX_SAFE_INTEGER): Rule<number> {
  const expected =
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number from ${least} on`
      : `a whole number from ${least} to ${most}`;
  return number(expected, (value) => Number.isInteger(value) && value >= least && value <= most);
}

/** A number strictly between 0 and 1. */
export const share: Rule<number> = number(
  'a number above 0 and below 1',
  (value) => value > 0 && value < 1,
);

/** A finite number of 0 or more. */
export const notNegative: Rule<number> = number(
  'a finite number of 0 or more',
  (value) => value >= 0,
);

/** Any finite number. */
export const finite: Rule<number> = number('a finite number');

/** A finite number, or `null` for "none yet". */
export const finiteOrNull: Rule<number | null> = {
  expected: 'a finite number or null',
  accepts: (value): value is number | null => value === null || finite.accepts(value),
};

/** true or false. */
export const flag: Rule<boolean> = {
  expected: 'true or false',
  accepts: (value): value is boolean => typeof value === 'boolean',
};

/** One of the given words. */
export function oneOf<const T extends string>(words: readonly T[]): Rule<T> {
  return {
    expected: `one of ${words.map((word) => JSON.stringify(word)).join(', ')}`,
    accepts: (value): value is T => words.some((word) => word === value),
  };
}

/** An array of at most `longest` items (at least `shortest`), each of which passes a rule. */
export function listOf(item: Rule<number>, longest: number, shortest = 0): Rule<readonly number[]> {
  return {
    expected: `an array of ${shortest} to ${longest} items, each ${item.expected}`,
    accepts: (value): value is readonly number[] =>
      Array.isArray(value) &&
      value.length >= shortest &&
      value.length <= longest &&
      // A hole counts as undefined here, which `every` would skip.
      !value.includes(undefined) &&
      value.every((entry) => item.accepts(entry)),
  };
}

/**
 * The options of `owner`: what was given, checked, and the default for everything else. `undefined` equals absent.
 *
 * @throws {LeewayError} ERR_LEEWAY_OPTION for an unknown name (naming the nearest valid one) or a bad value.
 */
export function resolveOptions<R extends Record<string, OptionRule<unknown>>>(
  owner: string,
  rules: R,
  given: unknown,
): Resolved<R> {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `${owner} needs an object of options, got ${shown(given)}`,
    );
  }
  const names = Object.keys(rules);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(rules, name)) {
      const message = `${owner} has no option ${JSON.stringify(name.slice(0, 60))}; did you mean ${nearest(name, names)}?`;
      throw new LeewayError('ERR_LEEWAY_OPTION', message);
    }
  }
  const take = (name: string, rule: OptionRule<unknown>): unknown => {
    const value = Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : undefined;
    if (value === undefined) return rule.fallback;
    if (rule.accepts(value)) return value;
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `${owner}: ${name} must be ${rule.expected}, got ${shown(value)}`,
    );
  };
  const resolved = Object.entries(rules).map(([name, rule]) => [name, take(name, rule)]);
  return Object.fromEntries(resolved) as Resolved<R>;
}

/** The valid name most like a wrong one; names as Python writes them (`alpha_d`) are read as ours. */
function nearest(wrong: string, names: readonly string[]): string {
  const camelCase = wrong
    .slice(0, 60)
    .replace(/_+([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return nearestName(camelCase, names) ?? 'none';
}
