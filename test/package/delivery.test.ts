import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.js';
import { Service } from '../../src/service/request-service.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';
import { turns } from '../fixtures/turns.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** A host that dies when its alert is committed and about to be delivered. */
const HOST = `
import { driftMiddleware } from 'leeway/express';
const [store] = process.argv.slice(1);
const rows = (shift) => Array.from({ length: 400 }, (_, i) => ({ X_a: ((i * 7919) % 400) / 400 + shift, Y_p: i % 7 }));
const drift = driftMiddleware({
  experiment: 'e', model: 'm', match: 'POST /predict', store, schedule: false, baseline: rows(0),
  onAlert: () => process.kill(process.pid, 'SIGKILL'),
});
const moved = rows(2);
drift.record({ X: moved.map(({ X_a }) => ({ a: X_a })), Y: moved.map(({ Y_p }) => ({ p: Y_p })) });
await drift.monitor().capture();
`;

it('delivers after a restart what a kill kept from being delivered, once', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-delivery-'));
  const file = join(directory, 'log.db');
  const told: Alert[] = [];
  /** Another process a few minutes later, for a minute. */
  const live = async (): Promise<void> => {
    const clock = fakeClock(Date.now() + 300_000);
    const store = sqliteStore({ file, clock });
    const options = {
      experiment: 'e',
      model: 'm',
      store,
      onAlert: (alert: Alert) => told.push(alert),
    };
    const service = new Service(options, { clock });
    await clock.advance(61_000);
    // SQLite works by the machine's time, whatever the clock says.
    await turns(30);
    await expect.poll(() => told.length).toBe(1);
    await service.close();
    await store.close();
  };
  try {
    const dead = run(process.execPath, ['--input-type=module', '--eval', HOST, `sqlite:${file}`], {
      cwd: root,
    });
    await expect(dead).rejects.toMatchObject({ signal: 'SIGKILL' });
    await live();
    expect(told.map((alert) => [alert.transition, alert.columns])).toEqual([['opened', ['X_a']]]);
    await live();
    expect(told).toHaveLength(1);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
