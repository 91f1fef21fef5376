import { describe, expect, it } from 'vitest';
import { resolveDriftOptions } from '../../src/service/resolved-options.js';
import { Tracker } from '../../src/service/tracker.js';
import type { JsonValue } from '../../src/tracking/json-value.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { housing } from '../fixtures/draws.js';
import { fakeClock } from '../fixtures/fake-clock.js';

/** Two replicas of one server on one store. */
function replicas() {
  const clock = fakeClock(Date.UTC(2026, 0, 5));
  const store = memoryStore({ clock });
  const options = {
    experiment: 'shop',
    model: 'price',
    schedule: false,
    minRows: 100,
    store,
  } as const;
  const open = () =>
    new Tracker(
      resolveDriftOptions({ ...options, baseline: housing(2_000, 1).X, onError: () => undefined }),
      { clock },
    );
  const trackers = [open(), open()] as const;
  let seed = 10;
  const capture = async (replica: 0 | 1, income = 0) => {
    const tracker = trackers[replica];
    for (const x of housing(300, seed++, { income }).X) {
      tracker.pipeline.accept({
        model: 'price',
        at: clock.now(),
        latencyMs: 1,
        status: 200,
        requestId: null,
        parent: null,
        bytes: 100,
        X: { names: ['income', 'age'], rows: [[x.income, x.age]] },
        Y: { names: ['p'], rows: [[1]] },
        version: undefined,
      });
    }
    await clock.advance(3_600_000);
    return tracker.monitors.of('price').capture();
  };
  const note = (name: string, value: JsonValue) =>
    store.append('shop', [
      {
        event: 'system',
        key: `monitors/shop/price${name}`,
        value,
        dt: clock.now(),
        node: 'n',
        userid: '',
      },
    ]);
  const close = () => Promise.all(trackers.map((tracker) => tracker.close(1_000)));
  return { capture, note, close, store, monitor: trackers[0].monitors.of('price') };
}

describe('what a monitor noted', () => {
  it('of its state is what the log says last, whichever replica wrote it', async () => {
    const { capture, close, monitor } = replicas();
    await capture(0);
    await capture(1, 2);
    await capture(0);
    await capture(1, 2);
    const states = (await monitor.events('state')).rows.map(
      ({ value }) => (value as { state: string }).state,
    );
    expect(states).toEqual(['healthy', 'drifting', 'healthy', 'drifting']);
    await close();
  });

  it.each([
    ['/versions', null],
    ['/versions', { names: 7 }],
    ['/versions', { versions: 'proposed', proposal: null }],
    ['/state', null],
    ['/baseline', null],
    ['', null],
    ['', { incidents: 'many' }],
  ] as const)('of %s may be damaged (%j), and captures go on', async (name, value) => {
    const { capture, note, close } = replicas();
    await capture(0);
    await note(name, value as JsonValue);
    expect((await capture(1)).outcome).toBe('compared');
    await close();
  });
});

describe('events of a monitor that somebody else wrote', () => {
  it.each([
    ['drift', null],
    ['drift', { drifted: ['X_a'] }],
    ['drift', { rows: [null], drifted: [], counts: {}, windows: { baseline: {}, current: {} } }],
    ['snapshot', null],
    ['snapshot', 7],
  ] as const)('%s %j are passed over, and all goes on', async (event, value) => {
    const { capture, close, monitor, store } = replicas();
    await capture(0);
    const damaged = {
      event,
      key: 'price',
      value: value as JsonValue,
      step: 1,
      dt: 0,
      node: 'n',
      userid: '',
    };
    await store.append('shop', [damaged]);
    await monitor.refresh();
    expect((await monitor.data()).length).toBe(1);
    expect((await monitor.events('drift')).rows).toEqual([]);
    expect(await monitor.report()).toContain('No drift');
    expect((await capture(1, 2)).drift).toBe(true);
    expect((await monitor.explain('X_income')).since).toBe(1);
    await close();
  });
});
