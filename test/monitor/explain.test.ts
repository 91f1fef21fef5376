import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { explainColumn } from '../../src/drift/explain.js';
import { seededRandom } from '../../src/leaves/random.js';
import { profileTable } from '../../src/profile/profile-table.js';
import { Service } from '../../src/service/request-service.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

describe('explainColumn', () => {
  const random = seededRandom(3);
  const rows = (hot: number) =>
    Array.from({ length: 1_000 }, () => ({
      // A part of the values moves to between 8 and 9.
      wind: random() < hot ? 8 + random() : 10 * random() * 0.6,
      city: random() < 0.2 + hot ? 'north' : 'south',
    }));
  const stats = compareProfiles(profileTable(rows(0)), profileTable(rows(0.3)));

  it('names the stretch of numbers that grew most, and its shares', () => {
    const { moved, drift, decidedBy } = explainColumn(stats, 'wind');
    expect(drift).toBe(true);
    expect(decidedBy).toEqual(expect.any(String));
    const grown = moved.filter((part) => part.current > part.baseline);
    expect(grown.every((part) => (part.from ?? 0) > 7 && (part.to ?? 9) <= 9.1)).toBe(true);
    const share = grown.reduce((sum, part) => sum + part.current, 0);
    expect(share).toBeCloseTo(0.3, 1);
    const sizes = moved.map((part) => Math.abs(part.current - part.baseline));
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  });

  it('names the category that grew', () => {
    expect(explainColumn(stats, 'city').moved[0]).toMatchObject({
      category: expect.stringMatching(/north|south/),
    });
  });
});

describe('mon.explain()', () => {
  it('tells since when, and gives runs that show it', async () => {
    const clock = fakeClock();
    const service = new Service(
      { experiment: 'e', model: 'm', store: memoryStore({ clock }), schedule: false },
      { clock },
    );
    const random = seededRandom(5);
    const send = (hot: number): void => {
      for (let call = 0; call < 400; call += 1) {
        service.record({ X: [{ wind: random() < hot ? 100 : random() }], Y: [random()] });
      }
    };
    const monitor = service.monitor();
    send(0);
    await monitor.snapshot();
    for (const hot of [0, 0.2, 0.2]) {
      send(hot);
      clock.jump(3_600_000);
      await monitor.capture();
    }
    const explained = await monitor.explain('X_wind');
    expect(explained).toMatchObject({ column: 'X_wind', drift: true, since: 2 });
    expect(explained.runs).toHaveLength(5);
    for (const run of explained.runs) {
      const [call] = (await service.experiment.data({ run })).rows;
      expect(call?.value).toMatchObject({ X: [{ wind: 100 }] });
    }
    await expect(monitor.explain('X_wnd')).rejects.toThrow(
      /no column "X_wnd".*did you mean X_wind\?/,
    );
    await service.close();
  });
});
