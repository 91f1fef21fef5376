import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
/** Imports and re-exports that are there when the program runs. Types are gone by then. */
const STATIC = /^(?:import|export) (?!type )(?:[^;'"]*? from )?'(\.[^']+)';/gm;
const MOST_LINES = 14_000;

/** The files that a module brings with it when it is imported, with their lengths in lines. */
function loadedWith(entry: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const waiting = [resolve(ROOT, entry)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const name = relative(ROOT, file);
    if (found.has(name)) continue;
    const text = readFileSync(file, 'utf8');
    found.set(name, text.split('\n').length - 1);
    for (const [statement, path] of text.matchAll(STATIC)) {
      if (isOfTypes(statement)) continue;
      waiting.push(resolve(dirname(file), (path as string).replace(/\.js$/, '.ts')));
    }
  }
  return found;
}

/** Whether every name in the braces is a type. */
function isOfTypes(statement: string): boolean {
  const names = /\{([^}]*)\}/.exec(statement)?.[1]?.split(',') ?? [];
  const given = names.map((name) => name.trim()).filter((name) => name !== '');
  return given.length > 0 && given.every((name) => name.startsWith('type '));
}

describe.each(['express', 'hono', 'fetch', 'node'])('leeway/%s at its import', (adapter) => {
  const loaded = loadedWith(`adapters/${adapter}.ts`);

  it(`is at most ${MOST_LINES} lines`, () => {
    const lines = [...loaded.values()].reduce((sum, count) => sum + count, 0);
    expect(lines).toBeGreaterThan(5_000);
    expect(lines).toBeLessThanOrEqual(MOST_LINES);
  });

  it('has no reader, chart, report, statistic, comparison, sketch or store of its own', () => {
    const late =
      /^src\/(readers|chart|report|stats|sketch|cli|testing)\/|^src\/tracking\/stores\/(memory|sql)\/|\/store\.ts$|compare-profiles|monitor-engine|profile\/profile\.ts/;
    const early = [...loaded.keys()].filter((file) => late.test(file));
    expect(early.filter((file) => file !== 'src/tracking/store.ts')).toEqual([]);
  });
});
