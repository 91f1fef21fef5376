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
  ['src/drift/z.ts', '../chart/svg.js'],
  ['src/drift/y.ts', '../profile/profile.js'],
  ['src/tracking/stores/z.ts', '../store.js'],
  ['src/tracking/stores/y.ts', '../../errors.js'],
  ['src/monitor/z.ts', '../tracking/store.js'],
  ['src/service/z.ts', '../monitor/monitor.js'],
  ['src/cli/z.ts', '../service/service.js'],
  ['adapters/z.ts', '../src/service/service.js'],
];

it('refuses imports against the directions of the rooms, and allows those along them', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-directions-'));
  try {
    copyFileSync(join(root, 'biome.json'), join(directory, 'biome.json'));
    for (const [file, imported] of [...REFUSED, ...ALLOWED]) {
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(
        join(directory, file),
        `import { probe } from '${imported}';\n\nexport const used: unknown = probe;\n`,
      );
    }
    const biome = join(root, 'node_modules/.bin/biome');
    const args = [
      'lint',
      '--only=style/noRestrictedImports',
      '--vcs-enabled=false',
      '--colors=off',
      '--max-diagnostics=none',
      '.',
    ];
    const said = await new Promise<string>((resolve) => {
      execFile(biome, args, { cwd: directory }, (_error, stdout, stderr) => resolve(stdout + stderr));
    });
    const refused = new Set(
      [...said.matchAll(/^(\S+\.ts):\d+:\d+ lint\/style\/noRestrictedImports/gm)].map(([, file]) => file),
    );
    expect([...refused].sort()).toEqual(REFUSED.map(([file]) => file).sort());
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
