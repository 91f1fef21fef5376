import { afterEach, describe, expect, it } from 'vitest';
import { type Random, randomNormal, seededRandom } from '../../src/leaves/random.js';
import { BaselineTransforms } from '../../src/profile/baseline-transforms.js';
import { BlockRing } from '../../src/profile/block-ring.js';
import { Profile } from '../../src/profile/profile.js';
import { profileTable } from '../../src/profile/profile-table.js';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const HOUR = 3_600_000;
const open: Service[] = [];
afterEach(async () => {
  for (const service of open.splice(0)) await service.close();
});

function start(extra: Partial<DriftOptions> = {}): {
  service: Service;
  clock: ReturnType<typeof fakeClock>;
} {
  const clock = fakeClock();
  const service = new Service(
    {
      experiment: 'shop',
      model: 'price',
      match: 'POST /predict',
      store: 'memory:',
      schedule: false,
      ...extra,
    },
    { clock },
  );
  open.push(service);
  return { service, clock };
}

function send(service: Service, random: Random, rows: number, shift = 0): void {
  for (let row = 0; row < rows; row += 1) {
    const a = randomNormal(random) + shift;
    service.record({ X: [{ a, b: randomNormal(random) }], Y: [{ price: randomNormal(random) }] });
  }
}

describe('a monitor', () => {
  it('tells what is missing until it is calibrated, and that it is after two days of hours', async () => {
    const random = seededRandom(1);
    const hours = Array.from({ length: 50 }, () =>
      profileTable(
        Object.fromEntries(
          ['X_a', 'X_b', 'Y_price'].map((name) => [
            name,
            Float64Array.from({ length: 40 }, () => randomNormal(random)),
          ]),
        ),
      ),
    );
    const baseline = new Profile();
    for (const hour of hours) baseline.merge(hour);
    baseline.blocks = new BlockRing(BaselineTransforms.freeze(baseline));
    for (const [at, hour] of hours.entries())
      baseline.blocks.add(hour, { from: at * HOUR, to: (at + 1) * HOUR - 1 });
    const { service } = start({ baseline });
    const report = await service.monitor().calibration();
    expect(report).toMatchObject({ calibrated: true, missing: [], neededBlocks: 30 });
    expect(report.blocks).toBeGreaterThanOrEqual(30);
    expect(report.falseIncidentsPerMonth).toBeLessThanOrEqual(1.01);
    expect(report.columns.map(({ column }) => column)).toEqual(['X_a', 'X_b', 'Y_price']);
    for (const { shift, shiftOver24 } of report.columns) {
      expect(shift).toBeGreaterThan(shiftOver24);
      expect(shift).toBeLessThan(1);
    }
    expect(report.words).toMatch(/^This monitor is calibrated: .* detects a shift of 0\.\d+ sd/);
    send(service, random, 200);
    const { stats } = await service.monitor().capture();
    expect(stats?.settings.calibrated).toBe(true);
    expect(stats?.drift).toBe(false);

    const other = start({ baseline: 'first' }).service;
    send(other, random, 1000);
    await other.monitor().capture();
    const learning = await other.monitor().calibration();
    expect(learning).toMatchObject({ calibrated: false, blocks: 1 });
    expect(learning.missing[0]).toMatch(/more blocks of time/);
    expect(learning.words).toMatch(/not calibrated/);
  });

  it('gives a first baseline its history from the log: after two days of traffic verdicts are calibrated', async () => {
    const told: string[] = [];
    const { service, clock } = start({ onAlert: (alert) => void told.push(alert.message) });
    const random = seededRandom(8);
    for (let hour = 0; hour < 50; hour += 1) {
      send(service, random, 30);
      await service.flush();
      await clock.advance(HOUR);
    }
    await service.monitor().capture();
    send(service, random, 200);
    await service.monitor().capture();
    const report = await service.monitor().calibration();
    expect(report).toMatchObject({ calibrated: true, missing: [] });
    expect(report.blocks).toBeGreaterThanOrEqual(48);
    expect(service.status().models[0]).toMatchObject({
      state: 'healthy',
      calibrated: true,
      reasons: ['no drift in the latest window'],
    });
    await clock.advance(HOUR);
    send(service, random, 200, 3);
    await service.monitor().capture();
    expect(told).toHaveLength(1);
    expect(told[0]).not.toMatch(/not calibrated/);
  });

  it('says of an uncalibrated verdict that it is one, in its state and in its alerts', async () => {
    const told: string[] = [];
    const { service, clock } = start({ onAlert: (alert) => void told.push(alert.message) });
    const random = seededRandom(9);
    send(service, random, 1000);
    await service.monitor().capture();
    await clock.advance(HOUR);
    send(service, random, 200, 3);
    await service.monitor().capture();
    const [status] = service.status().models;
    expect(status).toMatchObject({ state: 'drifting', calibrated: false });
    expect(status?.reasons[1]).toMatch(/^uncalibrated: 29 more blocks of time in the baseline/);
    expect(told[0]).toMatch(/This monitor is not calibrated yet/);
  });

  it('finds in the latest windows together what each alone does not show, and is silent on as many quiet ones', async () => {
    for (const shift of [0, 0.28]) {
      const { service, clock } = start({ falseAlarms: { atMost: 0.05, per: 'month' } });
      const random = seededRandom(11);
      send(service, random, 2000);
      await service.monitor().capture();
      const verdicts: boolean[] = [];
      for (let window = 0; window < 12; window += 1) {
        await clock.advance(HOUR);
        send(service, random, 100, shift);
        verdicts.push((await service.monitor().capture()).drift);
      }
      expect(verdicts.slice(0, 3)).toEqual([false, false, false]);
      expect(verdicts.slice(3).some(Boolean)).toBe(shift > 0);
    }
  });

  it('is quiet again with the first quiet window after a loud one', async () => {
    const { service, clock } = start({ falseAlarms: { atMost: 0.05, per: 'month' } });
    const random = seededRandom(3);
    send(service, random, 2000);
    await service.monitor().capture();
    const verdicts: boolean[] = [];
    for (const shift of [0, 0, 0, 0, 2, 2, 0, 0]) {
      await clock.advance(HOUR);
      send(service, random, 200, shift);
      verdicts.push((await service.monitor().capture()).drift);
    }
    expect(verdicts).toEqual([false, false, false, false, true, true, false, false]);
  });
});
