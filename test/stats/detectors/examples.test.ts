import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as stats from '../../../src/stats.js';

const FOLDER = fileURLToPath(new URL('../../../src/stats/detectors/', import.meta.url));

interface Example {
  readonly file: string;
  readonly code: string;
}

/** The `@example` blocks of all doc comments in the folder. */
function examples(): Example[] {
  return readdirSync(FOLDER).flatMap((file) => {
    const comments = readFileSync(`${FOLDER}${file}`, 'utf8').match(/\/\*\*[\s\S]*?\*\//g) ?? [];
    return comments.flatMap((comment) => {
      const [, code] = comment.split('@example');
      return code === undefined
        ? []
        : [{ file, code: code.replace('*/', '').replace(/\n \* ?/g, '\n') }];
    });
  });
}

/** Runs an example; each console.log must print what the comment behind it says. */
function run({ code }: Example): { printed: string[]; promised: string[] } {
  const printed: string[] = [];
  const log = (...values: unknown[]) => printed.push(values.join(' '));
  const promised = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(
    (match) => match[1] as string,
  );
  const entries = Object.entries(stats);
  new Function('console', ...entries.map(([name]) => name), code)(
    { log },
    ...entries.map(([, value]) => value),
  );
  return { printed, promised };
}

describe('examples in the doc comments', () => {
  const all = examples();

  it('are there for every detector', () => {
    expect(all.map(({ file }) => file)).toHaveLength(10);
  });

  it.each(all)('$file does what it says', (example) => {
    const { printed, promised } = run(example);
    expect(printed).toEqual(promised);
    expect(printed.length).toBeGreaterThan(0);
  });
});
