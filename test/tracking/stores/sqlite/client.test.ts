import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const run = promisify(execFile);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'leeway-client-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const node = (code: string, options: { readonly cwd?: string } = {}) =>
  run(process.execPath, ['--input-type=module', '--eval', code], { cwd: root, ...options });

describe('SQLite in a worker thread', () => {
  const worker = (store: string) => `
    import { Worker } from 'node:worker_threads';
    const code = \`
      import { driftMiddleware } from 'leeway/node';
      import { parentPort } from 'node:worker_threads';
      process.on('warning', ({ code }) => parentPort.postMessage(code));
      const drift = driftMiddleware({ experiment: 'e', model: 'm', match: 'POST /p', store: ${store}, onInfo: () => {}, schedule: false });
      for (let each = 0; each < 20; each += 1) {
        drift.record({ X: [{ a: 1 }], Y: [{ b: 2 }] });
        await drift.flush();
      }
      ${process.getBuiltinModule('node:sqlite') === undefined ? 'await drift.close();' : 'void drift.flush();'}
      parentPort.postMessage('flushed');
    \`;
    const worker = new Worker(code, { eval: true });
    const said = new Set();
    worker.on('error', (error) => console.log(JSON.stringify(['error', String(error)])));
    worker.on('message', (message) => {
      said.add(message);
      if (message === 'flushed') void worker.terminate();
    });
    worker.on('exit', () => console.log(JSON.stringify([...said])));
  `;

  it.each(['named', 'default'])(
    'does not end the process with the thread, or says that it may: %s store',
    async (kind) => {
      const store =
        kind === 'named' ? `'sqlite:' + ${JSON.stringify(join(directory, 'log.db'))}` : 'undefined';
      const code = worker(store).replaceAll(
        "'leeway/node'",
        `'${new URL('../../../../dist/adapters/node.js', import.meta.url)}'`,
      );
      const { stdout } = await node(code, { cwd: directory });
      const said = JSON.parse(stdout) as string[];
      expect(said).toContain('flushed');
      if (process.getBuiltinModule('node:sqlite') === undefined)
        expect(said).toContain('LEEWAY_SQLITE_WORKER');
      else expect(said).not.toContain('LEEWAY_SQLITE_WORKER');
    },
  );
});

describe('the files of a store', () => {
  it('are for this user alone, in a directory of anybody', async () => {
    const store = `sqlite:${join(directory, 'log.db')}`;
    await node(`
      process.umask(0o022);
      const { experiment } = await import('leeway');
      const log = experiment('e', { store: ${JSON.stringify(store)} });
      await log.logMetric('a', 1);
      process.kill(process.pid, 'SIGKILL');
    `).catch(() => undefined);
    const files = readdirSync(directory);
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) expect(statSync(join(directory, file)).mode & 0o077, file).toBe(0);
  });

  it('lie in a directory for this user alone, also where it was there with other permissions', async () => {
    const entry = new URL('../../../../dist/src/index.js', import.meta.url);
    await node(
      `
      import { mkdirSync, chmodSync } from 'node:fs';
      mkdirSync('.leeway');
      chmodSync('.leeway', 0o777);
      const { experiment } = await import('${entry}');
      const log = experiment('e', {});
      await log.logMetric('a', 1);
      await log.close();
    `,
      { cwd: directory },
    );
    expect(statSync(join(directory, '.leeway')).mode & 0o777).toBe(0o700);
  });
});

it('leaves the host its stack traces where the native part of sqlite3 is missing', async () => {
  const module = new URL('../../../../dist/src/tracking/stores/sqlite/npm.js', import.meta.url);
  const { stdout } = await node(
    `
    import Module from 'node:module';
    const load = Module._load;
    const before = Error.prepareStackTrace;
    Module._load = function (request, ...rest) {
      if (request === 'bindings') return () => {
        Error.prepareStackTrace = () => { throw new Error('left behind'); };
        Error.stackTraceLimit = 1;
        throw new Error('no native part');
      };
      return load.call(this, request, ...rest);
    };
    const { loadNpmSqlite } = await import('${module}');
    const failure = await loadNpmSqlite().catch((error) => error);
    console.log(JSON.stringify([failure.code, Error.prepareStackTrace === before, Error.stackTraceLimit, typeof new Error('x').stack]));
  `,
  );
  expect(JSON.parse(stdout)).toEqual(['ERR_LEEWAY_STORE', true, 10, 'string']);
});
