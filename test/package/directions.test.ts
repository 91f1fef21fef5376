import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

const REFUSED: readonly [file: string, imported: string][] = [
  ['src/stats/a.ts', '../sketch/moments.js'],
  ['src/stats/b.ts', 'node:fs'],
  ['src/sketch/a.ts', '../profile/profile.js'],
  ['src/cells/a.ts', '../profile/profile.js'],
  ['src/cells/b.ts', 'node:buffer'],
  ['src/profile/a.ts', '../drift/statistic.js'],
  ['src/profile/b.ts', '../index.js'],
  ['src/chart/a.ts', '../stats/weighted.js'],
  ['src/drift/a.ts', '../tracking/store.js'],
  ['src/drift/b.ts', 'node:path'],
  ['src/tracking/a.ts', '../profile/profile.js'],
  ['src/tracking/stores/a.ts', '../../profile/profile.js'],
  ['src/intercept/a.ts', '../drift/statistic.js'],
  ['src/intercept/codecs/a.ts', '../../monitor/monitor.js'],
  ['src/alert/a.ts', '../tracking/store.js'],
  ['src/schedule/a.ts', '../monitor/monitor.js'],
  ['src/report/a.ts', '../monitor/monitor.js'],
  ['src/monitor/a.ts', '../service/service.js'],
  ['src/monitor/b.ts', '../intercept/recorder.js'],
  ['src/readers/a.ts', '../profile/profile.js'],
  ['src/errors.ts', './stats/ks.js'],
  ['adapters/a.ts', '../src/monitor/monitor.js'],
];
const ALLOWED: readonly [file: string, imported: string][] = [
  ['src/sketch/z.ts', '../stats/weighted.js'],
  ['src/readers/z.ts', '../cells/cell.js'],
  ['src/intercept/codecs/z.ts', '../../cells/cell.js'],
  ['src/drift/z.ts', '../chart/svg.js'],
  ['src/drift/y.ts', '../profile/profile.js'],
  ['src/tracking/stores/z.ts', '../store.js'],
  ['src/tracking/stores/y.ts', '../../errors.js'],
  ['src/monitor/z.ts', '../tracking/store.js'],
  ['src/service/z.ts', '../monitor/monitor.js'],
  ['src/cli/z.ts', '../service/service.js'],
  ['adapters/z.ts', '../src/service/service.js'],
];

/** What the linter refuses by one rule in these files. */
async function refusedBy(rule: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-directions-'));
  try {
    copyFileSync(join(root, 'biome.json'), join(directory, 'biome.json'));
    for (const [file, text] of files) {
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), text);
    }
    const biome = join(root, 'node_modules/.bin/biome');
    const args = ['lint', `--only=${rule}`, '--vcs-enabled=false', '--colors=off', '--max-diagnostics=none', '.'];
    const said = await new Promise<string>((resolve) => {
      execFile(biome, args, { cwd: directory }, (_error, stdout, stderr) => resolve(stdout + stderr));
    });
    return [
      ...new Set(
        [...said.matchAll(new RegExp(`^(\\S+\\.ts):\\d+:\\d+ lint/${rule}`, 'gm'))].map(([, file]) => `${file}`),
      ),
    ].sort();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

it('refuses imports against the directions of the rooms, and allows those along them', async () => {
  const files = new Map(
    [...REFUSED, ...ALLOWED].map(([file, imported]) => [
      file,
      `import { probe } from '${imported}';\n\nexport const used: unknown = probe;\n`,
    ]),
  );
  expect(await refusedBy('style/noRestrictedImports', files)).toEqual(REFUSED.map(([file]) => file).sort());
});

it('refuses files that import each other, be it only their types', async () => {
  const files = new Map([
    ['src/stats/a.ts', "import type { B } from './b.js';\n\nexport type A = B | null;\n"],
    ['src/stats/b.ts', "import type { A } from './a.js';\n\nexport type B = A | undefined;\n"],
    ['src/stats/c.ts', "import type { A } from './a.js';\n\nexport type C = A | undefined;\n"],
  ]);
  expect(await refusedBy('suspicious/noImportCycles', files)).toEqual(['src/stats/a.ts', 'src/stats/b.ts']);
});
