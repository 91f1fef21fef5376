// Packs the package, installs it into empty projects, and uses it there as strangers would: every entry point from ESM and
// with require from CommonJS, types from a small TypeScript consumer, and the checks of publint and arethetypeswrong.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'leeway-package-'));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = Object.keys(manifest.exports)
  .filter((entry) => entry !== './package.json')
  .map((entry) => entry.replace(/^\./, 'leeway'));

const sh = (command, args, cwd) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const step = (what, work) => {
  const started = Date.now();
  const said = work();
  console.log(
    `✓ ${what}${said ? ` (${said})` : ''} ${((Date.now() - started) / 1000).toFixed(1)} s`,
  );
};

try {
  let tarball = '';
  step('packs', () => {
    const [packed] = JSON.parse(
      sh('npm', ['pack', '--json', '--pack-destination', directory], root),
    );
    tarball = join(directory, packed.filename);
    const stray = packed.files
      .map((file) => file.path)
      .filter(
        (path) =>
          !/^(dist\/|docs\/|examples\/(data|weather)\/|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$)/.test(
            path,
          ),
      );
    const packedFiles = new Set(packed.files.map((file) => file.path));
    const links = [
      ...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/\]\(([^)\s:#]+)/g),
    ].map(([, target]) => target);
    const dead = links.filter((target) => !packedFiles.has(target));
    if (dead.length > 0)
      throw new Error(
        `links of the README to files that are not in the package: ${dead.join(', ')}`,
      );
    if (stray.length > 0)
      throw new Error(`files that do not belong in the package: ${stray.join(', ')}`);
    return `${packed.files.length} files, ${Math.round(packed.size / 1024)} KB`;
  });
  const consumer = join(directory, 'consumer');
  step('installs into an empty project', () => {
    cpSync(join(root, 'test/package/consumer'), consumer, { recursive: true });
    const install = (...args) =>
      sh('npm', ['install', '--no-audit', '--no-fund', '--omit=optional', ...args], consumer);
    install(tarball);
    const installed = JSON.parse(sh('npm', ['ls', '--json', '--omit=dev', '--all'], consumer));
    const peers = ['express', 'hono', '@types/node', '@types/express'];
    install('--save-dev', ...peers.map((name) => `${name}@${manifest.devDependencies[name]}`));
    return `with ${count(installed.dependencies.leeway.dependencies ?? {})} packages under it`;
  });
  step('every entry point imports', () => {
    const code = `for (const entry of ${JSON.stringify(entries)}) { const names = Object.keys(await import(entry)); if (names.length === 0) throw new Error(entry + ' exports nothing'); }`;
    sh(process.execPath, ['--input-type=module', '--eval', code], consumer);
    return entries.join(', ');
  });
  step('every entry point loads with require', () => {
    sh(
      process.execPath,
      ['--eval', `for (const entry of ${JSON.stringify(entries)}) require(entry)`],
      consumer,
    );
  });
  step('a small consumer type-checks', () =>
    sh(join(root, 'node_modules/.bin/tsc'), ['-p', '.'], consumer),
  );
  step('and runs, with no store but memory', () =>
    sh(process.execPath, ['consumer.js'], consumer).trim(),
  );
  step('the command profiles a table', () => {
    writeFileSync(join(consumer, 'table.csv'), 'a,b\n1,2\n');
    sh(
      'npx',
      ['leeway', 'profile', 'table.csv', '-o', 'baseline.profile', '--target', 'b'],
      consumer,
    );
    return `leeway ${sh('npx', ['leeway', '--version'], consumer).trim()}`;
  });
  step('and shows the demo, with no framework installed', () => {
    const bare = join(directory, 'bare');
    cpSync(join(root, 'test/package/consumer/package.json'), join(bare, 'package.json'));
    sh('npm', ['install', '--no-audit', '--no-fund', '--omit=optional', tarball], bare);
    const { framework, halves } = JSON.parse(sh('npx', ['leeway', 'demo', '--json'], bare));
    return `${framework}: ${halves.map(({ name, drift }) => `${name} ${drift ? 'drift' : 'no drift'}`).join(', ')}`;
  });
  step('publint', () => sh('npx', ['publint', '--strict', tarball], root) && undefined);
  step(
    'are the types wrong',
    () => sh('npx', ['attw', '--profile', 'esm-only', tarball], root) && undefined,
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** How many packages a tree of `npm ls` names. */
function count(tree, seen = new Set()) {
  for (const [name, { dependencies = {} }] of Object.entries(tree)) {
    seen.add(name);
    count(dependencies, seen);
  }
  return seen.size;
}
