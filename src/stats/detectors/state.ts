import { LeewayError, shown } from '../../leaves/errors.js';
import { finiteOrNull, type Resolved, type Rule } from '../../leaves/option-rules.js';

/** One field of a state: the value it starts with, and how it is saved, checked and read back. */
export interface Field<T> {
  start(): T;
  save(value: T): unknown;
  /** @throws {LeewayError} ERR_LEEWAY_FORMAT */
  load(owner: string, name: string, stored: unknown): T;
}

/** What a description of a state makes of it. */
export type State<F> = {
  -readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

type Fields = Readonly<Record<string, Field<unknown>>>;

/** A field that is saved as it is. */
export function field<T>(start: NoInfer<T>, rule: Rule<T>): Field<T> {
  return {
    start: () => start,
    save: (value) => value,
    load: (owner, name, stored) => accepted(rule, owner, name, stored),
  };
}

/** The least of all numbers so far: Infinity before the first, saved as `null`. */
export const least: Field<number> = {
  start: () => Number.POSITIVE_INFINITY,
  save: (value) => (value === Number.POSITIVE_INFINITY ? null : value),
  load: (owner, name, stored) =>
    accepted(finiteOrNull, owner, name, stored) ?? Number.POSITIVE_INFINITY,
};

/** A field that is a state itself. */
export function part<F extends Fields>(fields: F): Field<State<F>> {
  return {
    start: () => startState(fields),
    save: (value) => saveState(fields, value),
    load: (owner, _name, stored) => loadState(owner, fields, stored),
  };
}

/** A state at its start. */
export const startState = <F extends Fields>(fields: F): State<F> =>
  build(fields, (_name, { start }) => start());

/** A state as plain JSON, its fields in the order of the description. */
export const saveState = <F extends Fields>(fields: F, state: State<F>): Record<string, unknown> =>
  build<Record<string, unknown>>(fields, (name, { save }) => save(state[name as keyof F]));

/**
 * A state from stored JSON; every field must be there and pass.
 *
 * @throws {LeewayError} ERR_LEEWAY_FORMAT
 */
export function loadState<F extends Fields>(owner: string, fields: F, stored: unknown): State<F> {
  const source = plainObject(owner, 'state', stored);
  return build(fields, (name, { load }) =>
    load(owner, name, Object.hasOwn(source, name) ? source[name] : undefined),
  );
}

/**
 * Reads named values out of stored JSON; every one must be there and pass.
 *
 * @throws {LeewayError} ERR_LEEWAY_FORMAT
 */
export function readState<R extends Record<string, Rule<unknown>>>(
  owner: string,
  rules: R,
  stored: unknown,
): Resolved<R> {
  const source = plainObject(owner, 'state', stored);
  return build(rules, (name, rule) =>
    accepted(rule, owner, name, Object.hasOwn(source, name) ? source[name] : undefined),
  );
}

/** The error for stored JSON that can't be what it claims to be. */
export function badFormat(owner: string, problem: string, cause?: unknown): LeewayError {
  return new LeewayError('ERR_LEEWAY_FORMAT', `${owner} can't be read back: ${problem}`, { cause });
}

/** A value from stored JSON that must be an object and no array. */
export function plainObject(owner: string, name: string, value: unknown): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw badFormat(owner, `${name} must be an object, got ${shown(value)}`);
  }
  return value as Record<string, unknown>;
}

function accepted<T>(rule: Rule<T>, owner: string, name: string, stored: unknown): T {
  if (rule.accepts(stored)) return stored;
  throw badFormat(owner, `state.${name} must be ${rule.expected}, got ${shown(stored)}`);
}

function build<R, D = Field<unknown>>(
  fields: Readonly<Record<string, D>>,
  make: (name: string, field: D) => unknown,
): R {
  const entries = Object.entries(fields).map(([name, one]) => [name, make(name, one)]);
  return Object.fromEntries(entries) as R;
}
