import { afterEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.js';
import type { AlertRule } from '../../src/alert/rule.js';
import { callback } from '../../src/alert/sinks/callback.js';
import { seededRandom } from '../../src/leaves/random.js';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { type FakeClock, fakeClock } from '../fixtures/fake-clock.js';

const HOUR = 3_600_000;
const COLUMNS = 50;
const services: Service[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});

/** Rows of independent columns, of which the first five follow one another; `shift` moves these. */
function rows(count: number, random: () => number, shift = 0): Record<string, number>[] {
  return Array.from({ length: count }, () => {
    const common = random() + random() + shift;
    return Object.fromEntries(
      Array.from({ length: COLUMNS }, (_, column) => [
        `c${column}`,
        column < 5 ? common + 0.2 * random() : random() + random(),
      ]),
    );
  });
}

function start(
  store: TrackingStore,
  clock: FakeClock,
  options: Partial<DriftOptions> = {},
): Service {
  const prefixed = rows(2_000, seededRandom(1)).map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [`X_${name}`, value])),
  );
  const service = new Service(
    { experiment: 'e', model: 'm', store, baseline: prefixed, schedule: 'hourly', ...options },
    { clock },
  );
  services.push(service);
  return service;
}

function send(service: Service, table: readonly Record<string, number>[]): void {
  service.record({ X: table, Y: table.map(() => [1]) });
}

describe('incidents', () => {
  it('of two days in a month: one, opened at once, resolved after it, told once per turn, whoever captures', async () => {
    const begin = Date.UTC(2026, 0, 1);
    const clock = fakeClock(begin);
    const store = memoryStore({ clock, maxBytes: 2 ** 30 });
    const told: Alert[] = [];
    // The budget is tight, since this is about the life of a true incident.
    const falseAlarms = { atMost: 0.01, per: 'month' };
    const open = () => start(store, clock, { falseAlarms, onAlert: (alert) => told.push(alert) });
    let service = open();
    const random = seededRandom(7);
    const from = 10 * 24;
    const to = 12 * 24;
    for (let hour = 1; hour <= 30 * 24; hour += 1) {
      clock.jump(HOUR);
      // Far from the drift a window a day has to do, or the test would take a minute.
      if ((hour < from - 12 || hour > to + 48) && hour % 24 !== 0) continue;
      // A restart, or another replica, in the middle of it.
      if (hour === from + 20) {
        await service.close();
        service = open();
      }
      send(service, rows(400, random, hour > from && hour <= to ? 0.6 : 0));
      await service.monitor().capture();
    }
    expect(told.map((alert) => alert.transition).filter((turn) => turn !== 'updated')).toEqual([
      'opened',
      'resolved',
    ]);
    expect(new Set(told.map((alert) => alert.incident)).size).toBe(1);
    expect(new Set(told.map((alert) => alert.id)).size).toBe(told.length);
    const opened = told[0] as Alert;
    const resolved = told.at(-1) as Alert;
    expect(opened.columns.every((column) => /^X_c[0-4]$/.test(column))).toBe(true);
    expect((Date.parse(opened.at) - begin) / HOUR).toBeLessThanOrEqual(from + 2);
    expect((Date.parse(resolved.at) - begin) / HOUR).toBeGreaterThan(to);
  });

  it('can be acknowledged and snoozed, by their ids, and are known to all replicas', async () => {
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const told: Alert[] = [];
    const one = start(store, clock, { onAlert: (alert) => told.push(alert) });
    const other = start(store, clock, { onAlert: () => undefined });
    const random = seededRandom(3);
    send(one, rows(400, random, 1));
    await one.monitor().capture();
    const [incident] = await other.monitor().incidents();
    expect(incident?.id).toBe(told[0]?.incident);
    await other.monitor().acknowledge(incident?.id ?? '', { by: 'ada' });
    await other.monitor().snooze(incident?.id ?? '', '6h');
    expect(await one.monitor().incidents()).toMatchObject([
      { acknowledgedBy: 'ada', snoozedUntil: clock.now() + 6 * HOUR },
    ]);
    await expect(one.monitor().acknowledge('nobody')).rejects.toThrow(
      /no incident "nobody" is open; open: monitors/,
    );
    await expect(one.monitor().snooze(incident?.id ?? '', 'long')).rejects.toThrow(
      /a duration such as '6h'/,
    );
  });

  it('of silence are told to those who ask, and end when rows come', async () => {
    const clock = fakeClock();
    const told: string[] = [];
    const rules: AlertRule[] = [
      { name: 'silent', event: 'no-data', notify: [callback((alert) => told.push(alert.title))] },
    ];
    const service = start(memoryStore({ clock }), clock, { rules });
    const random = seededRandom(3);
    send(service, rows(400, random));
    await service.monitor().capture();
    for (let hour = 0; hour < 4; hour += 1) {
      clock.jump(HOUR);
      await service.monitor().capture();
    }
    expect(told).toEqual(['m: no data']);
    send(service, rows(400, random));
    await service.monitor().capture();
    expect(told).toEqual(['m: no data', 'm: data again']);
  });

  it('are delivered to the sinks of their rules, which may fail without harm, and are seen in status()', async () => {
    const clock = fakeClock();
    const told: string[] = [];
    const errors: unknown[] = [];
    let down = true;
    const pager = callback((alert) => {
      if (down) throw new Error('no answer');
      told.push(`pager ${alert.transition}`);
    }, 'pager');
    const service = start(memoryStore({ clock }), clock, {
      rules: [
        { notify: [pager, callback((alert) => told.push(`chat ${alert.transition}`), 'chat')] },
      ],
      onError: (error) => errors.push(error),
    });
    send(service, rows(400, seededRandom(3), 1));
    const captured = await service.monitor().capture();
    expect(captured.alerts).toHaveLength(1);
    expect(told).toEqual(['chat opened']);
    expect(service.status().alerts).toEqual({ waiting: 1, failures: 1, lastError: 'no answer' });
    expect(String(errors)).toContain('pager: no answer');
    down = false;
    await clock.advance(120_000);
    expect(told).toEqual(['chat opened', 'pager opened']);
    expect(service.status().alerts).toMatchObject({ waiting: 0, lastError: null });
  });

  it('say of rules that can match nothing what is nearest, once the columns are known', async () => {
    const clock = fakeClock();
    const service = start(memoryStore({ clock }), clock, {
      rules: [{ columns: ['X_c10', 'X_cc1'] }],
    });
    send(service, rows(400, seededRandom(3)));
    await service.monitor().capture();
    expect(service.status().reasons.join()).toMatch(
      /rule 1 matches no column: "X_cc1"; did you mean X_c1\?/,
    );
  });
});
