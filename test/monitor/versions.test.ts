import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.js';
import type { DriftOptions } from '../../src/service/options.js';
import { resolveDriftOptions } from '../../src/service/resolved-options.js';
import { Tracker } from '../../src/service/tracker.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { housing } from '../fixtures/draws.js';
import { fakeClock } from '../fixtures/fake-clock.js';

/** A tracker of one model whose calls tell its version, and a way to send it rows. */
function deployed(extra: Partial<DriftOptions> = {}) {
  const clock = fakeClock(Date.UTC(2026, 0, 5));
  const alerts: Alert[] = [];
  const errors: unknown[] = [];
  const store = memoryStore({ clock });
  const resolved = resolveDriftOptions({
    experiment: 'shop',
    model: 'price',
    schedule: false,
    minRows: 100,
    store,
    onAlert: (alert: Alert) => alerts.push(alert),
    onError: (error: unknown) => errors.push(error),
    ...extra,
  });
  const tracker = new Tracker(resolved, { clock });
  let seed = 1;
  const send = (
    version: string | undefined,
    rows: number,
    move: { income?: number; price?: number } = {},
  ) => {
    const { X, Y } = housing(rows, seed++, move);
    for (const [row, x] of X.entries()) {
      tracker.pipeline.accept({
        model: 'price',
        at: clock.now(),
        latencyMs: 1,
        status: 200,
        requestId: null,
        parent: null,
        bytes: 100,
        X: { names: ['income', 'age'], rows: [[x.income, x.age]] },
        Y: { names: ['price'], rows: [[(Y[row] as { price: number }).price]] },
        version,
      });
    }
  };
  const capture = async () => {
    await clock.advance(3_600_000);
    return tracker.monitors.of('price').capture();
  };
  return { tracker, send, capture, alerts, errors, monitor: tracker.monitors.of('price') };
}

const NEW_ANSWERS = { price: 1 };

describe('a deploy', () => {
  it('is no drift: its first window proposes a baseline of its own, compared with the version before on the same hours', async () => {
    const { tracker, send, capture, alerts, errors, monitor } = deployed();
    send('v1', 1_000);
    expect((await capture()).outcome).toBe('learning');
    send('v1', 300);
    expect((await capture()).drift).toBe(false);
    send('v1', 300);
    send('v2', 200, NEW_ANSWERS);
    const canary = await capture();
    expect([canary.outcome, canary.drift, canary.stats?.windows.current.version]).toEqual([
      'compared',
      false,
      'v1',
    ]);
    expect(canary.stats?.counts.current).toBe(300);
    expect(await monitor.proposals()).toMatchObject([
      {
        id: '2/v2',
        version: 'v2',
        seq: 2,
        rows: 200,
        against: 'v1',
        drifted: ['Y_price'],
        state: 'pending',
      },
    ]);
    expect(monitor.status().reasons.join()).toMatch(/version "v2" is new: accept or reject/);
    expect((await monitor.compare({ versions: ['v1', 'v2'] })).drifted).toEqual(['Y_price']);
    expect(alerts).toEqual([]);
    expect(errors).toEqual([]);
    await tracker.close(1_000);
  });

  it('of which all rows are is no verdict either', async () => {
    const { tracker, send, capture, alerts } = deployed();
    send('v1', 1_000);
    await capture();
    send('v2', 300, { income: 3 });
    expect((await capture()).outcome).toBe('new-version');
    expect(alerts).toEqual([]);
    await tracker.close(1_000);
  });

  it('that nobody decided on is judged by its inputs: the world is told, its own answers are not', async () => {
    const { tracker, send, capture, alerts } = deployed();
    send('v1', 1_000);
    await capture();
    send('v2', 300, NEW_ANSWERS);
    await capture();
    send('v2', 300, NEW_ANSWERS);
    const own = await capture();
    expect([own.outcome, own.drift]).toEqual(['compared', false]);
    send('v2', 300, { ...NEW_ANSWERS, income: 1 });
    const moved = await capture();
    expect(moved.stats?.drifted).toEqual(['X_income']);
    expect(alerts).toMatchObject([{ version: 'v2', columns: ['X_income'] }]);
    await tracker.close(1_000);
  });

  it('that was accepted is compared with its own first window; rejected, with the old baseline: in the log, and undone by the other', async () => {
    const { tracker, send, capture, monitor } = deployed();
    send('v1', 1_000);
    await capture();
    send('v2', 300, NEW_ANSWERS);
    await capture();
    await monitor.accept('1/v2');
    send('v2', 300, NEW_ANSWERS);
    const accepted = await capture();
    expect([accepted.drift, accepted.stats?.columns]).toEqual([
      false,
      ['X_income', 'X_age', 'Y_price'],
    ]);
    send('v2', 300);
    expect((await capture()).stats?.drifted).toContain('Y_price');

    await monitor.reject('1/v2');
    send('v2', 300, NEW_ANSWERS);
    const rejected = await capture();
    expect(rejected.stats?.windows.baseline.seq).toBe(0);
    expect(rejected.stats?.drifted).toContain('Y_price');
    expect((await monitor.proposals())[0]?.state).toBe('rejected');
    expect(monitor.status().pendingVersions).toEqual([]);
    await monitor.accept('1/v2');
    expect((await monitor.proposals())[0]?.state).toBe('accepted');
    await expect(monitor.accept('9/v9')).rejects.toThrow(
      /there is no proposal "9\/v9"; there are: 1\/v2/,
    );
    await tracker.close(1_000);
  });

  it('of a model that told no version before is taken for what was there', async () => {
    const { tracker, send, capture, monitor } = deployed();
    send(undefined, 1_000);
    await capture();
    send('v1', 300, { income: 1 });
    expect((await capture()).stats?.drifted).toContain('X_income');
    expect(await monitor.proposals()).toEqual([]);
    send('v2', 300);
    expect((await capture()).outcome).toBe('new-version');
    await tracker.close(1_000);
  });

  it('is cut from folds too, and rows that tell no version are judged beside those that do', async () => {
    const { tracker, send, capture, alerts } = deployed();
    send('v1', 1_000);
    await capture();
    send('v1', 200);
    await tracker.flush();
    send('v2', 200);
    await capture();
    send('v1', 200);
    send(undefined, 400, { income: 1 });
    const mixed = await capture();
    expect([
      mixed.drift,
      mixed.stats?.windows.current.version,
      mixed.stats?.counts.current,
    ]).toEqual([true, null, 400]);
    expect(alerts).toMatchObject([{ version: null }]);
    await tracker.close(1_000);
  });
});

describe('the versions of a profile', () => {
  it('are those with a name: rows that tell an empty one, or are of many, propose nothing', async () => {
    for (const version of ['', 'other']) {
      const { tracker, send, capture, monitor } = deployed();
      send('v1', 1_000);
      await capture();
      send(version, 300);
      expect((await capture()).outcome).toBe('compared');
      expect(await monitor.proposals()).toEqual([]);
      await tracker.close(1_000);
    }
  });
});
