import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** [first, last] of indices at which a flag is up, both inclusive. */
export type Run = readonly [number, number];

export interface Expectation {
  readonly detector: string;
  readonly config: Readonly<Record<string, number | boolean>>;
  readonly continue: {
    readonly drift: readonly Run[];
    readonly warning?: readonly Run[];
    readonly shrinks?: readonly Run[];
    readonly final?: { readonly width: number; readonly total: number; readonly variance: number };
  };
  readonly reset: { readonly drift: readonly number[]; readonly warning?: readonly Run[] };
}

export interface StreamCase {
  readonly id: string;
  readonly kind: 'bits' | 'real';
  readonly data: string | readonly number[];
  readonly expected: readonly Expectation[];
}

const FIXTURE = fileURLToPath(new URL('../../fixtures/detectors/streaming.json', import.meta.url));
const FULL_SET = fileURLToPath(
  new URL('../../../../shared/reference/streaming.json', import.meta.url),
);

/** The cases kept in the repository. */
export function fixtureCases(): readonly StreamCase[] {
  return read(FIXTURE);
}

/** All reference cases; nothing where `../shared` is absent. */
export function fullCases(): readonly StreamCase[] | undefined {
  return existsSync(FULL_SET) ? read(FULL_SET) : undefined;
}

/** A case's stream as numbers. */
export function streamOf(streamCase: StreamCase): readonly number[] {
  return typeof streamCase.data === 'string'
    ? Array.from(streamCase.data, Number)
    : streamCase.data;
}

/** Indices at which a flag is up, as inclusive runs. */
export function runsOf(flags: readonly boolean[]): Run[] {
  const runs: Run[] = [];
  flags.forEach((up, index) => {
    if (!up) return;
    const last = runs.at(-1);
    if (last !== undefined && last[1] === index - 1) runs[runs.length - 1] = [last[0], index];
    else runs.push([index, index]);
  });
  return runs;
}

function read(path: string): readonly StreamCase[] {
  return (JSON.parse(readFileSync(path, 'utf8')) as { cases: StreamCase[] }).cases;
}
