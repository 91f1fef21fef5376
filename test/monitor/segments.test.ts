import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.js';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const REGIONS = [
  'north',
  'south',
  'east',
  'west',
  ...Array.from({ length: 6 }, (_, index) => `r${index}`),
];

function rows(count: number, seed: number, moved: readonly string[] = [], shift = 0) {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, row) => {
    const region = REGIONS[row % REGIONS.length] as string;
    return { region, wind: randomNormal(random) + (moved.includes(region) ? shift : 0) };
  });
}

function server(extra: Partial<DriftOptions> = {}) {
  const clock = fakeClock(Date.UTC(2026, 0, 5));
  const alerts: Alert[] = [];
  const service = new Service(
    {
      experiment: 'shop',
      model: 'price',
      match: 'POST /predict',
      schedule: false,
      segments: ['X_region'],
      baseline: rows(10_000, 1),
      minRows: 50,
      store: memoryStore({ clock }),
      ...extra,
      onAlert: (alert) => alerts.push(alert),
    },
    { clock },
  );
  const capture = async (seed: number, moved: readonly string[] = [], shift = 0) => {
    for (const row of rows(2_000, seed, moved, shift)) service.record({ X: [row], Y: [1] });
    await clock.advance(3_600_000);
    return service.monitor().capture();
  };
  return { service, capture, alerts, monitor: service.monitor() };
}

describe('segments of the traffic', () => {
  it('are judged one by one, told as incidents of their own, and shown in status and report', async () => {
    const { service, capture, alerts, monitor } = server();
    expect((await capture(2)).drift).toBe(false);
    const found = await capture(3, ['north'], 0.5);
    expect(found.stats?.drifted).toEqual([]);
    expect(found.stats?.driftedSegments).toEqual(['north']);
    expect(found.drift).toBe(true);
    expect(alerts).toMatchObject([{ transition: 'opened', segment: 'north', columns: ['X_wind'] }]);
    expect(alerts[0]?.title).toBe('price (north): drift in X_wind');
    expect(monitor.status()).toMatchObject({ state: 'drifting', driftedSegments: ['north'] });
    expect(monitor.status().reasons).toContain('drift in segment north');
    const report = await monitor.report();
    expect(report).toMatch(
      /No drift in 2 columns as a whole\. Drift in 1 of 10 segments: north \(X_wind\)\. 1 column was not compared: Y_0 \(new\)/,
    );
    expect(report).toMatch(/<h2 id="segments">/);
    expect(await monitor.report({ format: 'md' })).toMatch(/\| north \| X\\?_wind \| \d+ \|/);
    expect(JSON.parse(await monitor.report({ format: 'json' })).segments).toContainEqual(
      expect.objectContaining({ segment: 'north', drift: true }),
    );
    await capture(4, ['north'], 0.5);
    expect(alerts).toHaveLength(1);
    for (const seed of [5, 6, 7]) await capture(seed);
    expect(alerts.map(({ transition, segment }) => [transition, segment])).toEqual([
      ['opened', 'north'],
      ['resolved', 'north'],
    ]);
    await service.close();
  });

  it('say nothing where the whole moved: that is one thing', async () => {
    const { service, capture, alerts } = server();
    await capture(2, REGIONS, 1);
    expect(alerts).toMatchObject([{ segment: null, columns: ['X_wind'] }]);
    expect(alerts).toHaveLength(1);
    await service.close();
  });

  it('survive a restart from the log, and a first baseline has them too', async () => {
    const { service, capture, monitor } = server({ baseline: 'first' });
    expect((await capture(2)).outcome).toBe('learning');
    const found = await capture(3, ['north'], 1);
    expect(found.stats?.driftedSegments).toEqual(['north']);
    await monitor.refresh();
    expect(monitor.status().driftedSegments).toEqual(['north']);
    expect((await monitor.events('drift', { run: -1 })).driftedSegments).toEqual(['north']);
    await service.close();
  });
});
