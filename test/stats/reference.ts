import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** One file of reference vectors: where it came from, and its cases. */
interface ReferenceFile<Case> {
  readonly cases: readonly Case[];
}

const fixtures = new URL('../fixtures/stats/', import.meta.url);
const shared = new URL('../../../shared/reference/', import.meta.url);

/**
 * Runs a body over the fixture subset in the repository and over the full set beside it. Where the full set is absent its test
 * is skipped loudly; in CI its absence is a failure.
 */
export function describeReference<Case>(
  name: string,
  body: (cases: readonly Case[]) => void,
): void {
  describe(`${name}, fixture subset`, () =>
    body(read<Case>(new URL(`${name.replace('_', '-')}.json`, fixtures))));
  const full = new URL(`${name}.json`, shared);
  if (existsSync(full)) {
    describe(`${name}, full set`, () => body(read<Case>(full)));
  } else if (process.env.CI) {
    it(`finds the full set of ${name}`, () => expect.fail(`${full.pathname} must be there in CI`));
  } else {
    console.warn(
      `SKIPPED: ${full.pathname} is absent, so only the fixture subset of ${name} is tested`,
    );
    it.skip(`${name}, full set`, () => undefined);
  }
}

function read<Case>(url: URL): readonly Case[] {
  return (JSON.parse(readFileSync(url, 'utf8')) as ReferenceFile<Case>).cases;
}

/** A number of a reference file: infinities are strings, null is undefined. */
export type Expected = number | 'inf' | '-inf';

export interface Tolerance {
  readonly relative?: number;
  readonly absolute?: number;
}

const INFINITIES = { inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY };

/** Fails with the case's name unless the number is within the tolerance; relative also when tiny. */
export function expectClose(
  actual: number,
  expected: Expected,
  tolerance: Tolerance,
  label: string,
): void {
  const target = typeof expected === 'string' ? INFINITIES[expected] : expected;
  if (actual === target) return;
  const { relative = 0, absolute = 0 } = tolerance;
  const difference = Math.abs(actual - target);
  if (difference <= Math.max(relative * Math.abs(target), absolute)) return;
  expect.fail(
    `${label}: got ${actual}, expected ${target}, off by ${difference / Math.abs(target)} relative`,
  );
}

/** Statistics, distances and moments. */
export const STATISTIC: Tolerance = { relative: 1e-9, absolute: 1e-12 };
/** The same where a large mean hides a small spread. */
export const OFFSET_STATISTIC: Tolerance = { relative: 1e-6, absolute: 1e-12 };
/** p-values, relative also when tiny. */
export const P_VALUE: Tolerance = { relative: 1e-8 };
