import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

// A host that never calls close(): it records, shuts its server, and is expected to be gone.
const HOST = `
import express from 'express';
import { driftMiddleware } from 'leeway/express';
const app = express();
const drift = driftMiddleware({ experiment: 'e', model: 'm', match: 'POST /predict', store: process.argv[1], schedule: '5s' });
app.use(express.json(), drift);
app.post('/predict', (req, res) => res.json({ y: req.body.x }));
const server = app.listen(0, async () => {
  const url = 'http://127.0.0.1:' + server.address().port + '/predict';
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"x":1}' });
  await response.text();
  await drift.flush();
  await drift.monitor().capture();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2', 'exit', 'beforeExit', 'uncaughtException', 'unhandledRejection'];
  console.log(JSON.stringify({ listeners: signals.filter((name) => process.listenerCount(name) > 0), counters: drift.status().counters }));
  // A timer of ours that held the process would hold it for a minute.
  setTimeout(() => process.exit(3), 45_000).unref();
  server.closeAllConnections();
  server.close();
});
`;

it.each(['memory:', 'sqlite:'])(
  'lets the process end by itself without close(), and installs no handlers (%s)',
  async (kind) => {
    const directory = mkdtempSync(join(tmpdir(), 'leeway-exit-'));
    try {
      const store = kind === 'sqlite:' ? `sqlite:${join(directory, 'log.db')}` : kind;
      const { stdout } = await run(
        process.execPath,
        ['--input-type=module', '--eval', HOST, store],
        {
          cwd: root,
        },
      );
      expect(JSON.parse(stdout)).toMatchObject({
        listeners: [],
        counters: { recorded: 1, errors: 0 },
      });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
);
