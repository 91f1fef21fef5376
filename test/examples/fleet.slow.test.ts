import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { freshSchema, postgresUrl } from '../fixtures/postgres.js';

const server = await postgresUrl();
const root = fileURLToPath(new URL('../../', import.meta.url));

it.skipIf(server === undefined)(
  'three servers on one PostgreSQL survive a kill -9 with one capture a tick and one alert',
  async () => {
    const schema = await freshSchema(server as string);
    try {
      const args = ['examples/fleet/demo.js', '--json', '--url', schema.url];
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
      const { captures, alerts, alertsLogged } = JSON.parse(stdout);
      // A machine that is very busy may let a tick fall between two servers' rows; none is counted twice or lost.
      expect(captures.reduce((sum: number, rows: number) => sum + rows, 0)).toBe(1_200);
      expect(alerts.length).toBe(alertsLogged);
      if (captures.length === 2) {
        expect(captures).toEqual([600, 600]);
        expect(alerts).toEqual([
          { server: expect.stringMatching(/^[bc]$/), title: expect.stringContaining('X_area') },
        ]);
      }
    } finally {
      await schema.drop();
    }
  },
  60_000,
);
