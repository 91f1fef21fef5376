import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/leaves/random.js';
import { Service } from '../../../src/service/request-service.js';
import { memoryStore } from '../../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../../fixtures/fake-clock.js';

const HOUR = 3_600_000;

/** A day of hours, of which the 10th to the 14th are shifted. */
async function watched() {
  const clock = fakeClock(Date.UTC(2026, 0, 1));
  const told: string[] = [];
  const service = new Service(
    {
      experiment: 'e',
      model: 'm',
      store: memoryStore({ clock }),
      schedule: 'hourly',
      falseAlarms: { atMost: 0.01, per: 'month' },
      onAlert: (alert) => told.push(`${alert.currentSeq} ${alert.transition}`),
    },
    { clock },
  );
  const random = seededRandom(11);
  for (let hour = 0; hour < 24; hour += 1) {
    const shift = hour >= 10 && hour < 14 ? 0.5 : 0;
    for (let call = 0; call < (hour === 0 ? 1_500 : 300); call += 1) {
      service.record({ X: [{ wind: random() + shift, rain: random() }], Y: [random()] });
    }
    clock.jump(HOUR);
    await service.monitor().capture();
  }
  return { service, monitor: service.monitor(), told, clock };
}

describe('mon.backtest()', () => {
  it('says what the rules that were there did say, and what others would have', async () => {
    const { service, monitor, told } = await watched();
    const own = await monitor.backtest();
    expect(own.turns.map(({ seq, transition }) => `${seq} ${transition}`)).toEqual(told);
    expect(own).toMatchObject({ windows: 23, incidents: 1, complaints: [] });
    expect(own.smallestShifts.map(({ column }) => column)).toEqual(['X_wind', 'X_rain', 'Y_0']);
    for (const { shift } of own.smallestShifts) expect(shift).toBeGreaterThan(0.1);
    expect(own.turns[0]).toMatchObject({
      columns: ['X_wind'],
      at: expect.stringMatching(/^2026-01-01T1/),
    });
    // One in the 22 hours from the first window to the last.
    expect(own.incidentsPerMonth).toBeCloseTo((30 * 24) / 22, 5);

    const none = await monitor.backtest([{ columns: ['X_rain'] }]);
    expect(none).toMatchObject({ windows: 23, incidents: 0, turns: [] });
    const strict = await monitor.backtest([{ statistic: 'ks', above: 0.9 }]);
    expect(strict.incidents).toBe(0);
    const loose = await monitor.backtest([{ columns: ['X_wind'], statistic: 'ks', above: 0.3 }]);
    expect(loose.turns.map(({ transition }) => transition)).toEqual(['opened', 'resolved']);
    expect((await monitor.backtest([{ columns: ['X_wnd'] }])).complaints).toEqual([
      'rule 1 matches no column: "X_wnd"; did you mean X_wind?',
    ]);
    // Nothing of it was logged or told.
    expect(told).toHaveLength(own.turns.length);
    expect(await monitor.backtest()).toEqual(own);
    await service.close();
  });

  it('looks at the time that is asked for', async () => {
    const { service, monitor } = await watched();
    const late = await monitor.backtest(undefined, { since: '6h' });
    expect(late.windows).toBeLessThanOrEqual(7);
    expect(late.incidents).toBe(0);
    await expect(monitor.backtest([{ above: 3 }])).rejects.toThrow(/above must be between/);
    await expect(monitor.backtest([], { since: 'noon' })).rejects.toThrow(/since must be/);
    await service.close();
  });
});
