import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.js';
import { callback } from '../../src/alert/sinks/callback.js';
import { LeewayError } from '../../src/leaves/errors.js';
import { Service } from '../../src/service/request-service.js';
import type { JsonValue } from '../../src/tracking/json-value.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const MINUTE = 60_000;

/** An alert as it waits in the outbox. */
function alert(id: string, sink: string): { readonly id: string; readonly payload: JsonValue } {
  const texts = {
    incident: 'i',
    transition: 'opened',
    event: 'drift',
    severity: 'warning',
    title: 't',
    message: 'm',
  };
  const rest = {
    model: 'm',
    since: '2026-01-01',
    at: '2026-01-01',
    rule: 'r',
    rules: ['r'],
    columns: ['X_a'],
  };
  const whole = {
    id,
    ...texts,
    ...rest,
    experiment: 'e',
    segment: null,
    version: null,
    baselineSeq: null,
    currentSeq: 0,
  };
  return { id: `${id}/${sink}`, payload: { alert: whole, sink } as JsonValue };
}

async function put(
  store: TrackingStore,
  deliveries: readonly { id: string; payload: JsonValue }[],
): Promise<void> {
  const { version } = await store.monitorHead('e', 'mon');
  const next = { seq: version, cursor: 0, captured: version };
  const common = { experiment: 'e', monitor: 'mon', key: 'm', entries: [] };
  await store.commitWindow({ ...common, expectedVersion: version, next, deliveries });
}

function setUp(deliver: (sink: string, id: string) => unknown) {
  const clock = fakeClock();
  const store = memoryStore({ clock });
  const errors: unknown[] = [];
  const sink = (name: string) => callback((one) => deliver(name, one.id), name);
  const rules = [{ notify: [sink('dead'), sink('alive')] }];
  const service = new Service(
    {
      experiment: 'e',
      model: 'm',
      store,
      schedule: false,
      rules,
      onError: (error) => errors.push(error),
    },
    { clock },
  );
  return { clock, store, errors, service };
}

describe('deliveries', () => {
  it('of a dead sink starve no other, and all that wait are counted', async () => {
    for (const die of [
      () => Promise.reject(new Error('dead')),
      () => new Promise(() => undefined),
    ]) {
      const got: string[] = [];
      const { clock, store, service } = setUp((sink, id) =>
        sink === 'dead' ? die() : got.push(id),
      );
      await put(
        store,
        Array.from({ length: 250 }, (_, index) => alert(`old ${index}`, 'dead')),
      );
      await put(store, [alert('new', 'alive')]);
      await clock.advance(3 * MINUTE);
      expect(got).toEqual(['new']);
      expect(service.status().alerts.waiting).toBe(250);
      await service.close();
    }
  });

  it('that were put there by former names arrive under those of today', async () => {
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const got: Alert[] = [];
    const rules = [{ notify: [callback((one) => void got.push(one), 'alive')] }];
    const service = new Service(
      { experiment: 'e', model: 'm', store, schedule: false, rules },
      { clock },
    );
    const { id, payload } = alert('old', 'alive');
    const text = JSON.stringify(payload)
      .replace('"baselineSeq"', '"seqFrom"')
      .replace('"currentSeq"', '"seqTo"');
    await put(store, [{ id, payload: JSON.parse(text) }]);
    await clock.advance(2 * MINUTE);
    expect(got).toMatchObject([{ id: 'old', baselineSeq: null, currentSeq: 0 }]);
    expect(got[0]).not.toHaveProperty('seqTo');
    await service.close();
  });

  it('that are no alerts are given up, loudly, and hold up no other', async () => {
    const got: string[] = [];
    const { clock, store, errors, service } = setUp((_, id) => got.push(id));
    const strange = [
      null,
      5,
      'text',
      [],
      {},
      { alert: null, sink: 'alive' },
      { alert: { id: 5 }, sink: 'alive' },
    ];
    await put(store, [
      ...strange.map((payload, index) => ({
        id: `strange ${index}`,
        payload: payload as JsonValue,
      })),
      alert('sound', 'alive'),
    ]);
    await clock.advance(2 * MINUTE);
    expect(got).toEqual(['sound']);
    const given = errors.filter(
      (error) => error instanceof LeewayError && error.code === 'ERR_LEEWAY_FORMAT',
    );
    expect(given.length).toBe(strange.length);
    expect(await store.pendingDeliveries('e', 10)).toEqual([]);
    await service.close();
  });
});

describe('close', () => {
  it('uses its time where the store is away, brings in what it can, and counts what it loses', async () => {
    const inner = memoryStore();
    const state = { away: true };
    const store = new Proxy(inner, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        const away = (): Promise<never> =>
          Promise.reject(new LeewayError('ERR_LEEWAY_STORE', 'away'));
        return (...args: unknown[]) => (state.away ? away() : value.apply(target, args));
      },
    });
    const open = () =>
      new Service({
        experiment: 'e',
        model: 'm',
        store,
        schedule: false,
        onError: () => undefined,
      });
    const first = open();
    first.record({ X: [{ a: 1 }], Y: [1] });
    setTimeout(() => {
      state.away = false;
    }, 700);
    await first.close({ timeout: '5s' });
    expect(await inner.windowRows('e', 'm', 0, 10)).toBe(1);
    expect(first.status().counters.droppedRows).toBe(0);

    state.away = true;
    const second = open();
    second.record({ X: [{ a: 1 }, { a: 2 }], Y: [1, 1] });
    const start = performance.now();
    await second.close({ timeout: '1s' });
    expect(performance.now() - start).toBeGreaterThan(900);
    expect(second.status().counters.droppedRows).toBe(2);
  });
});
