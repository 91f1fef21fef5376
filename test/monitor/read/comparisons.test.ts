import { afterEach, describe, expect, it } from 'vitest';
import { LeewayError } from '../../../src/leaves/errors.js';
import { seededRandom } from '../../../src/leaves/random.js';
import { pairsOf } from '../../../src/monitor/read/comparisons.js';
import { profileTable } from '../../../src/profile/profile-table.js';
import { Service } from '../../../src/service/request-service.js';
import { memoryStore } from '../../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../../fixtures/fake-clock.js';

const HOUR = 3_600_000;
const services: Service[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});

const rows = (seed: number, shift: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: 400 }, () => ({ a: random() + shift, b: random() }));
};

/** Four snapshots, an hour apart: two alike, one shifted, one alike again. */
async function watched() {
  const clock = fakeClock();
  const store = memoryStore({ clock });
  const service = new Service({ experiment: 'e', model: 'm', store, schedule: false }, { clock });
  services.push(service);
  const monitor = service.monitor();
  for (const [seed, shift] of [0, 0, 1, 0].entries()) {
    service.record({ X: rows(seed, shift), Y: rows(seed, 0).map(({ b }) => b) });
    await monitor.snapshot();
    clock.jump(HOUR);
  }
  return { monitor, clock };
}

const pairsIn = (stats: {
  pairs: readonly {
    windows: { baseline: { seq: number | null }; current: { seq: number | null } };
  }[];
}) => stats.pairs.map(({ windows }) => [windows.baseline.seq, windows.current.seq]);

describe('mon.compare()', () => {
  it('compares the two latest by default, and the latest with the baseline where told', async () => {
    const { monitor } = await watched();
    expect(pairsIn(await monitor.compare())).toEqual([[2, 3]]);
    expect((await monitor.compare()).drifted).toEqual(['X_a']);
    const baseline = await monitor.compare({ seq: 'baseline' });
    expect(pairsIn(baseline)).toEqual([[0, 3]]);
    expect(baseline.drift).toBe(false);
  });

  it('compares a series, each with the one before, in one table', async () => {
    const { monitor } = await watched();
    const series = await monitor.compare({ seq: 'series' });
    expect(pairsIn(series)).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(series.drift).toBe(true);
    expect(series.drifted).toEqual(['X_a']);
    expect(series.pairs.map((pair) => pair.drift)).toEqual([false, true, true]);
    const means = series.select({ column: 'X_a', statistic: 'mean' });
    expect(
      means.map(({ baselineSeq, currentSeq, drift }) => [baselineSeq, currentSeq, drift]),
    ).toEqual([
      [0, 1, false],
      [1, 2, true],
      [2, 3, true],
    ]);
    expect(
      series.select({ seq: 2, statistic: 'ks' }).every(({ currentSeq }) => currentSeq === 2),
    ).toBe(true);
    expect(series.plot({ column: 'X_a', kind: 'time' })).toContain(
      'over 3 windows, 2 of them with drift',
    );
  });

  it('compares snapshots by number, from either end', async () => {
    const { monitor } = await watched();
    expect(pairsIn(await monitor.compare({ seq: [0, 2] }))).toEqual([[0, 2]]);
    expect(pairsIn(await monitor.compare({ seq: [0, -1] }))).toEqual([[0, 3]]);
    expect(pairsIn(await monitor.compare({ seq: [0, 1, -2] }))).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it('takes another snapshot for the baseline, for inputs and outputs alike', async () => {
    const { monitor } = await watched();
    const stats = await monitor.compare({ seq: 'baseline', baseline: 2 });
    expect(pairsIn(stats)).toEqual([[2, 3]]);
    expect(
      new Set(stats.rows.map(({ column, baselineSeq }) => `${column} ${baselineSeq}`)),
    ).toEqual(new Set(['X_a 2', 'X_b 2', 'Y_0 2']));
    // One that is not the first is not compared with itself, and the first one is not passed over.
    expect(pairsIn(await monitor.compare({ seq: 'baseline', baseline: 1, since: '1d' }))).toEqual([
      [1, 0],
      [1, 2],
      [1, 3],
    ]);
  });

  it('looks at the windows of a time', async () => {
    const { monitor } = await watched();
    expect(pairsIn(await monitor.compare({ seq: 'baseline', since: '1d' }))).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
    ]);
    expect(pairsIn(await monitor.compare({ seq: 'baseline', since: '150m' }))).toEqual([
      [0, 2],
      [0, 3],
    ]);
    await expect(monitor.compare({ seq: 'series', since: '1m' })).rejects.toThrow(
      /0 snapshots to compare; the comparison needs 2/,
    );
  });

  it('compares data that is handed in, and logs nothing of it', async () => {
    const { monitor } = await watched();
    const calm = await monitor.compare({
      current: { X: rows(9, 0), Y: rows(9, 0).map(({ b }) => ({ 0: b })) },
    });
    expect(calm.drift).toBe(false);
    expect(calm.windows.current.seq).toBeNull();
    const moved = await monitor.compare({ current: { X: rows(9, 2) } });
    expect(moved.drifted).toEqual(['X_a']);
    // Of outputs nothing was handed in: that is no drift.
    expect(moved.select({ column: 'Y_0', statistic: 'mean' })[0]?.outcome).toBe('not-observed');
    const both = await monitor.compare({
      baseline: profileTable(rows(1, 0)),
      current: profileTable(rows(2, 3)),
    });
    expect(both.drifted).toEqual(['a']);
    expect(monitor.length).toBe(4);
  });

  it("takes omega-ml's words for the two sides", async () => {
    const { monitor } = await watched();
    const baseline = profileTable(rows(1, 0));
    const current = profileTable(rows(2, 3));
    const ours = await monitor.compare({ baseline, current });
    const theirs = await monitor.compare({ d1: baseline, d2: current });
    expect(theirs.toJSON()).toEqual(ours.toJSON());
    expect(theirs.target('a').describe()).toEqual(ours.current('a').describe());
    await expect(monitor.compare({ d1: baseline, baseline })).rejects.toThrow(/^d1 must be/);
    await expect(monitor.compare({ d2: current, current })).rejects.toThrow(/^d2 must be/);
  });

  it('matches columns by name, where told that one has another', async () => {
    const { monitor } = await watched();
    const renamed = rows(9, 0).map(({ a, b }) => ({ alpha: a, b }));
    const without = await monitor.compare({ current: { X: renamed } });
    expect(without.select({ column: 'X_a', statistic: 'mean' })[0]?.outcome).toBe('missing-column');
    const matched = await monitor.compare({ current: { X: renamed }, matcher: { X_a: 'X_alpha' } });
    expect(matched.drift).toBe(false);
    expect(matched.columns).toContain('X_alpha');
    await expect(
      monitor.compare({ current: { X: renamed }, matcher: { X_a: 'X_b' } }),
    ).rejects.toThrow(/two columns/);
  });

  it('takes the confidence it is asked for', async () => {
    const { monitor } = await watched();
    expect((await monitor.compare({ ci: 0.99 })).settings.falseAlarmRate).toBeCloseTo(0.01, 12);
  });

  it('gives ten equal answers to ten equal questions', async () => {
    const { monitor } = await watched();
    const answers = new Set<string>();
    for (let time = 0; time < 10; time += 1)
      answers.add(JSON.stringify(await monitor.compare({ seq: 'series' })));
    expect(answers.size).toBe(1);
  });

  it.each([
    [{ seq: 'latest' }, /seq must be 'recent', 'baseline', 'series' or two or more/],
    [{ seq: [1] }, /seq must be/],
    [{ seq: [0, 9] }, /no snapshot 9 .*it has 4/],
    [{ baseline: 7, seq: 'baseline' }, /no snapshot 7/],
    [{ ci: 95 }, /ci must be between 0 and 1/],
    [{ matcher: ['a'] }, /matcher must be/],
    [{ sinse: '1d' }, /did you mean "since"/],
  ])('refuses %j', async (query, message) => {
    const { monitor } = await watched();
    await expect(monitor.compare(query as never)).rejects.toThrow(message);
  });
});

describe('the pairs of a comparison', () => {
  it('since a time do not need the profiles of earlier snapshots, which may be kept no longer', async () => {
    const profile = profileTable([{ a: 1 }]);
    const at = (seq: number) => ({ profile, window: { seq, from: null, to: seq * HOUR } });
    const source = {
      ...({
        last: 4,
        firstCompared: 1,
        model: 'm',
        kind: 'model',
        clock: fakeClock(4 * HOUR),
      } as const),
      snapshot: async (seq: number) => {
        if (seq === 1) throw new LeewayError('ERR_LEEWAY_STATE', 'kept no longer');
        return at(seq);
      },
      kept: async (seq: number) => (seq === 1 ? undefined : at(seq)),
      ends: async () => new Map([0, 1, 2, 3, 4].map((seq) => [seq, seq * HOUR])),
      baseline: async () => at(0),
    };
    const numbers = (pairs: Awaited<ReturnType<typeof pairsOf>>) =>
      pairs.map(([from, to]) => [from.window.seq, to.window.seq]);
    expect(numbers(await pairsOf({ seq: 'baseline', since: '2h' }, source))).toEqual([
      [0, 2],
      [0, 3],
      [0, 4],
    ]);
    expect(numbers(await pairsOf({ seq: 'series', since: '2h' }, source))).toEqual([
      [2, 3],
      [3, 4],
    ]);
    await expect(pairsOf({ seq: 'series' }, source)).rejects.toThrow('kept no longer');
  });
});
