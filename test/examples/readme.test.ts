import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { LeewayErrorCode } from '../../src/leaves/errors.js';
import { experiment } from '../../src/service/open-experiment.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

it('shows the quick start that the examples hold', () => {
  expect(read('README.md')).toContain(`\`\`\`js\n${read('examples/quick-start.js')}\`\`\``);
  expect(read('examples/quick-start.js').split('\n').length).toBeLessThan(21);
});

it('has a quick start that runs, and records where the README says', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-quick-'));
  const port = 20_000 + (process.pid % 20_000);
  const child = spawn(process.execPath, [join(root, 'examples/quick-start.js')], {
    cwd: directory,
    env: { ...process.env, PORT: String(port) },
  });
  try {
    const ask = () =>
      fetch(`http://127.0.0.1:${port}/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ income: 3, rooms: 5 }),
      }).then(
        (response) => response.json(),
        () => undefined,
      );
    await expect.poll(ask).toEqual({ price: 1.7000000000000002 });
    const file = join(directory, '.leeway/leeway.db');
    await expect.poll(() => existsSync(file)).toBe(true);
    const log = experiment('housing', { store: `sqlite:${file}` });
    await expect
      .poll(async () => (await log.data({ event: 'predict', run: -1 })).rows[0]?.value)
      .toMatchObject({ X: [{ income: 3, rooms: 5 }], Y: [{ price: 1.7000000000000002 }] });
    await log.close();
  } finally {
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    rmSync(directory, { recursive: true, force: true });
  }
});

it('documents every error code', () => {
  const codes: Record<LeewayErrorCode, true> = {
    ERR_LEEWAY_OPTION: true,
    ERR_LEEWAY_SAMPLE: true,
    ERR_LEEWAY_FORMAT: true,
    ERR_LEEWAY_STORE: true,
    ERR_LEEWAY_TIMEOUT: true,
    ERR_LEEWAY_CONFLICT: true,
    ERR_LEEWAY_CLOSED: true,
    ERR_LEEWAY_SINK: true,
    ERR_LEEWAY_STATE: true,
  };
  for (const code of Object.keys(codes)) expect(read('docs/errors.md')).toContain(`## ${code}\n`);
});
