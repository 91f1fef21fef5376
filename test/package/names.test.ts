import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Names that are alike on purpose. A host changes its framework by changing one import. */
const ALIKE_IN_ADAPTERS = new Set(['driftMiddleware', 'DriftMiddleware']);

const DECLARATION =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|interface|type|const|let|enum) ([A-Za-z_$][\w$]*)/gm;

/** The names that a file's source declares and exports. */
function exportedNames(source: string): string[] {
  return [...source.matchAll(DECLARATION)].map(([, name]) => name as string);
}

/** The files that define each exported name, by name. */
function definitions(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const folder of ['src', 'adapters']) {
    for (const file of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      const path = `${folder}/${file.replaceAll('\\', '/')}`;
      if (!path.endsWith('.ts')) continue;
      for (const name of exportedNames(readFileSync(join(root, path), 'utf8'))) {
        if (folder === 'adapters' && ALIKE_IN_ADAPTERS.has(name)) continue;
        found.set(name, (found.get(name) ?? new Set()).add(path));
      }
    }
  }
  return found;
}

it('finds every kind of exported declaration', () => {
  const source = [
    'export const a = 1;',
    'export function b(): void {}',
    'export async function* c() {}',
    'export class D {}',
    'export interface E {}',
    'export type F = string;',
    'export abstract class G {}',
    "export type { H } from './h.js';",
    'const i = 1;',
  ].join('\n');
  expect(exportedNames(source)).toEqual(['a', 'b', 'c', 'D', 'E', 'F', 'G']);
});

it('defines each exported name in one file', () => {
  const names = definitions();
  expect(names.size).toBeGreaterThan(1_000);
  const shared = [...names].filter(([, files]) => files.size > 1);
  expect(shared.map(([name, files]) => `${name}: ${[...files].join(', ')}`)).toEqual([]);
});
