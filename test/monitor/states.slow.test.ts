import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.js';
import { experiment } from '../../src/service/open-experiment.js';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import { startLine } from '../../src/service/start-line.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { housing } from '../fixtures/draws.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function server(extra: Partial<DriftOptions> = {}) {
  const clock = fakeClock(Date.UTC(2026, 0, 5));
  const alerts: Alert[] = [];
  const service = new Service(
    {
      experiment: 'shop',
      model: 'price',
      match: 'POST /predict',
      schedule: 'hourly',
      minRows: 100,
      store: memoryStore({ clock }),
      onAlert: (alert: Alert) => alerts.push(alert),
      onError: () => undefined,
      onInfo: () => undefined,
      rules: [
        { name: 'drift' },
        { name: 'quiet', event: 'no-data' },
        { name: 'broken', event: 'failing' },
      ],
      baseline: housing(2_000, 1).X,
      ...extra,
    },
    { clock },
  );
  let seed = 100;
  const send = (rows: number, income = 0) => {
    for (const x of housing(rows, seed++, { income }).X) service.record({ X: [x], Y: [1] });
  };
  return { service, clock, alerts, send, monitor: service.monitor() };
}

const statesIn = async (service: Service) =>
  (await service.monitor().events('state')).rows.map(
    ({ value }) => (value as { state: string }).state,
  );

describe('the states of a monitor', () => {
  it('are events in the log, one for each change', async () => {
    const { service, clock, send } = server();
    for (const [hour, shift] of [0, 0, 1, 1, 0, 0].entries()) {
      send(300, shift);
      await clock.advance(HOUR);
      expect(service.status().state, `hour ${hour}`).toBe(shift === 0 ? 'healthy' : 'drifting');
    }
    await clock.advance(3 * HOUR);
    expect(service.status().state).toBe('no-data');
    send(300);
    await clock.advance(HOUR);
    expect(await statesIn(service)).toEqual([
      'healthy',
      'drifting',
      'healthy',
      'no-data',
      'healthy',
    ]);
    await service.close();
  });

  it('are no-data after two periods without a row, and after a week of too few for a window', async () => {
    const { service, clock, alerts, send } = server({ schedule: 'daily', minRows: 1_000 });
    for (let day = 0; day < 9; day += 1) {
      send(3);
      await clock.advance(DAY);
      expect(service.status().state, `day ${day}`).toBe(day < 7 ? 'learning' : 'no-data');
    }
    expect(service.status().reasons[0]).toBe('27 rows in 9 days; a window needs 1,000');
    expect(alerts).toMatchObject([{ event: 'no-data', transition: 'opened' }]);
    expect(alerts[0]?.message).toMatch(/^24 rows in 8 days; a window needs 1,000\.$/m);
    send(2_000);
    await clock.advance(DAY);
    expect(service.status().state).toBe('healthy');
    expect(alerts.at(-1)).toMatchObject({ event: 'no-data', transition: 'resolved' });
    await service.close();
  });

  it('are failing while captures fail, with the reason, and the next tick runs', async () => {
    let broken = true;
    const inner = memoryStore();
    const store = new Proxy(inner, {
      get(target, name) {
        if (broken && name === 'windowParts') {
          return () => {
            throw new Error('the window is broken');
          };
        }
        return Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name);
      },
    });
    const { service, clock, send, monitor } = server({
      store,
      rules: [{ name: 'broken', event: 'failing' }],
    });
    send(300);
    await clock.advance(HOUR);
    expect(service.status()).toMatchObject({ state: 'failing', ok: false });
    expect(service.status().reasons[0]).toMatch(/the window is broken/);
    expect(monitor.job.history().map(({ outcome, error }) => [outcome, error])).toEqual([
      ['failed', 'the window is broken'],
    ]);
    broken = false;
    await clock.advance(HOUR);
    expect(service.status().state).toBe('healthy');
    expect(monitor.job.history()).toHaveLength(2);
    expect(await statesIn(service)).toEqual(['failing', 'healthy']);
    await service.close();
  });

  it('stay what they are where a statistic of one’s own fails, and say so', async () => {
    const broken = {
      key: 'broken',
      decides: false,
      families: ['numeric'] as const,
      compare: () => {
        throw new Error('no luck');
      },
    };
    const { service, clock, send } = server({ statistics: [broken] });
    send(300);
    await clock.advance(HOUR);
    expect(service.status().state).toBe('healthy');
    expect(service.status().reasons.join('; ')).toMatch(
      /the statistic "broken" failed on "X_income": .*no luck/,
    );
    await service.close();
  });

  it('survive a callback and a step that throw or hang', async () => {
    const { service, clock, send, monitor } = server({
      onAlert: () => {
        throw new Error('the callback is broken');
      },
    });
    let hang = true;
    monitor.job.use(async (_context, next) => {
      if (hang) await new Promise(() => undefined);
      await next();
    });
    send(300, 1);
    await clock.advance(HOUR);
    hang = false;
    await clock.advance(HOUR);
    expect(monitor.job.history().map(({ outcome }) => outcome)).toEqual(['failed', 'done']);
    expect(service.status().state).toBe('drifting');
    expect(service.status().alerts).toMatchObject({ waiting: 1 });
    send(300, 1);
    await clock.advance(HOUR);
    expect(monitor.job.history()).toHaveLength(3);
    await service.close();
  });
});

describe('exp.track()', () => {
  it('attaches a monitor with its own schedule, baseline and rules, and stores its job', async () => {
    const clock = fakeClock(Date.UTC(2026, 0, 5));
    const exp = experiment('shop', { store: memoryStore({ clock }), clock });
    const monitor = await exp.track('price', {
      monitor: true,
      schedule: 'hourly',
      baseline: housing(1_000, 1).X,
      rules: [{ name: 'own' }],
    });
    expect(await exp.jobs()).toMatchObject([
      {
        name: 'monitors/shop/price',
        schedule: 'hourly',
        options: { baseline: 'pinned', rules: [{ name: 'own' }] },
      },
    ]);
    expect(monitor.job.status()).toMatchObject({ active: true, next: Date.UTC(2026, 0, 5, 1) });
    const model = exp.wrap('price', { predict: (X: object[]) => X.map(() => 1) });
    model.predict(housing(300, 2, { income: 1 }).X);
    await clock.advance(HOUR);
    expect((await exp.data({ event: 'alert' })).rows).toMatchObject([
      { value: { rule: 'own', columns: ['X_income'] } },
    ]);
    await exp.close();
  });

  it('without a monitor only says how it would be watched; what is watched already, or makes no sense, is refused', async () => {
    const exp = experiment('shop', { store: 'memory:' });
    expect(await exp.track('price', { schedule: 'weekly' })).toBeUndefined();
    expect(await exp.jobs()).toEqual([]);
    expect((await exp.track('price', { monitor: true })).name).toBe('monitors/shop/price');
    await expect(exp.track('price', { schedule: 'daily' })).rejects.toThrow(
      /"price" is monitored already/,
    );
    await expect(exp.track('other', { schedule: 'sometimes' as never })).rejects.toThrow(
      /schedule/,
    );
    await expect(exp.track('other', { shedule: 'daily' } as never)).rejects.toThrow(
      /shedule.*schedule/,
    );
    await expect(exp.track('')).rejects.toThrow(/model's name/);
    await exp.close();
  });
});

describe('the line at the start', () => {
  it('says what is compared with what, how old it is, and of how many rows', async () => {
    const lines: string[] = [];
    const { service, clock } = server({ onInfo: (line) => lines.push(line) });
    await clock.advance(1_000);
    expect(lines).toEqual([
      'price: windows are compared with the baseline pinned by the options, 2,000 rows',
    ]);
    await service.close();
  });

  it.each([
    [undefined, 'm: no baseline yet; it needs a window of 1,000 rows'],
    [
      { source: 'the first snapshot', rows: 1_234, until: -3 * DAY },
      'm: windows are compared with the first snapshot, 3 days old, 1,234 rows',
    ],
    [
      { source: 'the snapshot before', rows: null, until: null },
      'm: windows are compared with the snapshot before',
    ],
    [
      { source: 'pinned by hand', rows: 5, until: -1 },
      'm: windows are compared with the baseline pinned by hand, less than a minute old, 5 rows',
    ],
  ])('%j', (baseline, line) => {
    expect(startLine('m', baseline, { now: 0, firstRows: 1_000 })).toBe(line);
  });
});
