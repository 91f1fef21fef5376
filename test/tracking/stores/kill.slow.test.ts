import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { freshSchema, postgresUrl } from '../../fixtures/postgres.js';

const server = await postgresUrl();
const root = fileURLToPath(new URL('../../../', import.meta.url));
const KILLS = 5;

/** The short form of `bench/store/kill.js`, which fails at the first entry that is lost, torn or doubled. */
async function killAll(store: string) {
  const args = ['bench/store/kill.js', '--store', store, '--rounds', String(KILLS), '--json'];
  return JSON.parse((await promisify(execFile)(process.execPath, args, { cwd: root })).stdout);
}

it('loses nothing acknowledged when writers to SQLite are killed under load', async () => {
  const { kills, found, acknowledged, lost, unacknowledged } = await killAll('sqlite');
  expect(kills).toBe(KILLS);
  expect(found).toBeGreaterThanOrEqual(acknowledged);
  expect(lost).toBeLessThanOrEqual(unacknowledged);
});

it.skipIf(server === undefined)(
  'loses nothing acknowledged when writers to PostgreSQL are killed under load',
  async () => {
    const schema = await freshSchema(server as string);
    const { kills, found, acknowledged, lost, unacknowledged } = await killAll(schema.url);
    expect(kills).toBe(KILLS);
    expect(found).toBeGreaterThanOrEqual(acknowledged);
    expect(lost).toBeLessThanOrEqual(unacknowledged);
    await schema.drop();
  },
  60_000,
);
