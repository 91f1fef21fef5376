import { describe, expect, it } from 'vitest';
import { experiment } from '../../../src/service/open-experiment.js';
import type { DriftOptions } from '../../../src/service/options.js';
import { Service } from '../../../src/service/request-service.js';
import { resolveDriftOptions } from '../../../src/service/resolved-options.js';
import { memoryStore } from '../../../src/tracking/stores/memory/store.js';
import { housing } from '../../fixtures/draws.js';
import { fakeClock } from '../../fixtures/fake-clock.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function server(baseline: DriftOptions['baseline'], extra: Partial<DriftOptions> = {}) {
  const clock = fakeClock(Date.UTC(2026, 0, 5));
  const options: DriftOptions = {
    experiment: 'shop',
    model: 'price',
    match: 'POST /predict',
    schedule: false,
    minRows: 100,
    onAlert: () => undefined,
    store: memoryStore({ clock }),
    ...extra,
    ...(baseline !== undefined && { baseline }),
  };
  const service = new Service(options, { clock });
  let seed = 1;
  const capture = async (shift = 0, rows = 200, took = HOUR) => {
    const { X, Y } = housing(rows, seed++, { income: shift });
    for (const [row, x] of X.entries()) {
      service.record({ X: [x], Y: [Y[row]] });
      if (row % 50 === 49) await clock.advance(took / (rows / 50));
    }
    return service.monitor().capture();
  };
  return { service, clock, options, monitor: service.monitor(), capture };
}

describe('what windows are compared with', () => {
  it('is the one before: a step is told once, and then is the new usual', async () => {
    const { capture, service } = server('previous');
    expect((await capture()).outcome).toBe('learning');
    expect((await capture()).drift).toBe(false);
    const step = await capture(1);
    expect([step.drift, step.stats?.windows.baseline.seq, step.stats?.windows.current.seq]).toEqual(
      [true, 1, 2],
    );
    expect((await capture(1)).drift).toBe(false);
    await service.close();
  });

  it('is the latest few together', async () => {
    const { capture, service } = server({ last: 3 });
    for (const [index, outcome] of [
      'learning',
      'compared',
      'compared',
      'compared',
      'compared',
    ].entries()) {
      const captured = await capture();
      expect(captured.outcome).toBe(outcome);
      if (index > 0) expect(captured.stats?.counts.baseline).toBe(200 * Math.min(3, index));
    }
    expect((await capture(1)).drift).toBe(true);
    await service.close();
  });

  it('is the same hour of the week: what every Monday brings is no drift, what no Monday brought is', async () => {
    const { capture, service, clock, monitor } = server('seasonal', {
      falseAlarms: { atMost: 0.1, per: 'month' },
    });
    const week = async (mondays: number) => {
      const outcomes = [];
      for (let day = 0; day < 7; day += 1) {
        const captured = await capture(day === 0 ? mondays : 0);
        outcomes.push(captured.outcome === 'compared' ? captured.drift : captured.outcome);
        await clock.advance(DAY - HOUR);
      }
      return outcomes;
    };
    expect(await week(2)).toEqual(new Array(7).fill('learning'));
    const learning = {
      state: 'learning',
      reasons: ['there is no earlier window like the latest yet'],
    };
    expect(monitor.status()).toMatchObject(learning);
    await monitor.refresh();
    expect(monitor.status()).toMatchObject(learning);
    expect(await week(2)).toEqual(new Array(7).fill(false));
    expect(await week(0)).toEqual([true, ...new Array(6).fill(false)]);
    await service.close();
  });

  it('is the n-th snapshot, which stays when its own profile goes', async () => {
    const { capture, service, monitor } = server({ snapshot: 1 });
    expect((await capture(3)).outcome).toBe('learning');
    expect((await capture()).outcome).toBe('learning');
    const quiet = await capture();
    expect([quiet.outcome, quiet.drift, quiet.stats?.windows.baseline.seq]).toEqual([
      'compared',
      false,
      1,
    ]);
    const notes = await service.experiment.data({
      event: 'system',
      key: `${monitor.name}/baseline`,
    });
    expect(notes.rows.map((row) => row.value)).toMatchObject([
      { baseline: 'pinned', by: 'snapshot', seq: 1 },
    ]);
    await service.close();
  });

  it.each([[{ last: 0 }], [{ last: 1.5 }], [{ snapshot: -1 }]])('refuses %j', (baseline) => {
    expect(() => resolveDriftOptions({ experiment: 'e', baseline })).toThrow(
      /baseline\.(last|snapshot) must be/,
    );
  });
});

describe('a baseline pinned by hand', () => {
  it('holds until it is undone, over restarts and whatever the options say, and is in the log', async () => {
    const { service, clock, options, monitor, capture } = server('first', { minRows: 20 });
    await capture();
    expect((await capture()).drift).toBe(false);
    await monitor.pin(housing(500, 99, { income: 2 }));
    expect((await capture(2)).drift).toBe(false);
    expect((await capture()).drift).toBe(true);
    expect(await monitor.baselineInfo()).toMatchObject({ source: 'pinned by hand', rows: 500 });
    await service.close();

    const again = new Service(options, { clock });
    expect(await again.monitor().baselineInfo()).toMatchObject({ source: 'pinned by hand' });
    expect((await again.monitor().compare({ seq: 'baseline' })).counts.baseline).toBe(500);
    await again.monitor().unpin();
    expect((await again.monitor().compare({ seq: 'baseline' })).drift).toBe(false);
    await expect(again.monitor().unpin()).rejects.toThrow(/no baseline is pinned by hand/);
    await again.monitor().pin(-1);
    expect((await again.monitor().compare({ seq: 'baseline' })).windows.baseline.seq).toBeNull();
    await again.close();
  });

  it('may be a snapshot of another store', async () => {
    const there = experiment('shop', { store: 'memory:' });
    await there.asMonitor('price').snapshot(housing(1_000, 1));
    const profile = await there.asMonitor('price').profile(0);
    const { service, capture } = server(profile);
    expect((await capture()).outcome).toBe('compared');
    expect((await capture(1)).drift).toBe(true);
    await service.close();
    await there.close();
  });
});
