import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { isOfDirections, overridesOf, ROOMS, reachOf } from './directions.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Probe {
  readonly file: string;
  readonly imported: string;
  readonly isRefused: boolean;
}

/** One file for each pair of rooms, and of folders within a room, that imports the one from the other. */
function probes(): Probe[] {
  const rooms = Object.entries(ROOMS);
  const found = rooms.flatMap(([room, { folders = [], inBrowser = false }]): Probe[] => {
    const reach = reachOf(room);
    const from = (name: string, imported: string, isRefused: boolean): Probe => ({
      file: `src/${room}/${name}.ts`,
      imported,
      isRefused,
    });
    return [
      ...rooms.map(([other]) => from(`to-${other}`, `../${other}/a.js`, !reach.has(other))),
      from('to-entry', '../index.js', true),
      from('to-adapter', '../../adapters/express.js', true),
      from('to-node', 'node:fs', inBrowser),
      ...folders.flatMap((folder, at) => [
        ...rooms.map(([other]) =>
          from(`${folder}/to-${other}`, `../../${other}/a.js`, !reach.has(other)),
        ),
        ...folders.map((other, above) =>
          from(`${folder}/in-${other}`, `../${other}/a.js`, above > at),
        ),
        from(`${folder}/to-room`, '../own.js', true),
        from(`${folder}/to-node`, 'node:fs', inBrowser),
        from(`to-${folder}-of-own`, `./${folder}/a.js`, false),
      ]),
    ];
  });
  const ofAdapters = rooms.map(([room]) => ({
    file: `adapters/to-${room}.ts`,
    imported: `../src/${room}/a.js`,
    isRefused: room !== 'service' && room !== 'leaves',
  }));
  return [...found, ...ofAdapters];
}

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
    const args = [
      'lint',
      `--only=${rule}`,
      '--vcs-enabled=false',
      '--colors=off',
      '--max-diagnostics=none',
      '.',
    ];
    const said = await new Promise<string>((resolve) => {
      execFile(biome, args, { cwd: directory }, (_error, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
    return [
      ...new Set(
        [...said.matchAll(new RegExp(`^(\\S+\\.ts):\\d+:\\d+ lint/${rule}`, 'gm'))].map(
          ([, file]) => `${file}`,
        ),
      ),
    ].sort();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

it('has every folder of src in the table of directions, and no other', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  expect(Object.keys(ROOMS).sort()).toEqual(folders.map(({ name }) => name).sort());
});

it("has the table's rules in the linter's configuration", () => {
  const { overrides } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
  expect(overrides.filter(isOfDirections)).toEqual(overridesOf());
});

it('refuses imports against the directions of the rooms, and allows those along them', async () => {
  const made = probes();
  const files = new Map(
    made.map(({ file, imported }) => [
      file,
      `import { probe } from '${imported}';\n\nexport const used: unknown = probe;\n`,
    ]),
  );
  const refused = made.filter(({ isRefused }) => isRefused).map(({ file }) => file);
  expect(refused.length).toBeGreaterThan(200);
  expect(await refusedBy('style/noRestrictedImports', files)).toEqual(refused.sort());
});

it('refuses files that import each other, be it only their types', async () => {
  const files = new Map([
    ['src/stats/a.ts', "import type { B } from './b.js';\n\nexport type A = B | null;\n"],
    ['src/stats/b.ts', "import type { A } from './a.js';\n\nexport type B = A | undefined;\n"],
    ['src/stats/c.ts', "import type { A } from './a.js';\n\nexport type C = A | undefined;\n"],
  ]);
  expect(await refusedBy('suspicious/noImportCycles', files)).toEqual([
    'src/stats/a.ts',
    'src/stats/b.ts',
  ]);
});
