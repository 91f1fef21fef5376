import { describe, expect, it } from 'vitest';
import { EventLog } from '../../src/tracking/event-log.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

async function openLog() {
  const clock = fakeClock();
  const store = memoryStore({ clock });
  const log = new EventLog('shop', store, { clock });
  // Runs 1 … 6, a minute apart.
  for (let step = 0; step < 6; step += 1) {
    await log.logMetric(step % 2 === 0 ? 'acc' : 'loss', step / 10, { step });
    clock.advance(60_000);
  }
  return { clock, store, log };
}

const runsOf = (table: { rows: readonly { run: number }[] }) => table.rows.map((row) => row.run);

describe('data()', () => {
  it('gives a range of runs, half open, either end of it', async () => {
    const { log } = await openLog();
    expect(runsOf(await log.data({ run: { from: 2, to: 4 } }))).toEqual([2, 3]);
    expect(runsOf(await log.data({ run: { from: 5 } }))).toEqual([5, 6]);
    expect(runsOf(await log.data({ run: { to: 3 } }))).toEqual([1, 2]);
    expect(runsOf(await log.data({ run: { from: 3, to: 3 } }))).toEqual([]);
    expect(runsOf(await log.data({ run: '*' }))).toHaveLength(6);
  });

  it('gives a slice of what matches, also from its end', async () => {
    const { log } = await openLog();
    expect(runsOf(await log.data({ key: 'acc', slice: [1, 3] }))).toEqual([3, 5]);
    expect(runsOf(await log.data({ key: 'acc', slice: [-1] }))).toEqual([5]);
    expect(runsOf(await log.data({ slice: [4] }))).toEqual([5, 6]);
    expect(runsOf(await log.data({ slice: [1, -3] }))).toEqual([2, 3]);
    expect(runsOf(await log.data({ slice: [3, 1] }))).toEqual([]);
  });

  it('takes durations in every unit, counted back from now', async () => {
    const { log } = await openLog();
    expect(runsOf(await log.data({ since: '2m' }))).toEqual([5, 6]);
    expect(runsOf(await log.data({ end: '180s' }))).toEqual([1, 2, 3]);
    for (const unit of ['h', 'd', 'w', 'M', 'q', 'y']) {
      expect(runsOf(await log.data({ since: `1${unit}` }))).toHaveLength(6);
    }
  });

  it('comes in batches that together are the whole', async () => {
    const { log } = await openLog();
    const sizes: number[] = [];
    const runs: number[] = [];
    for await (const table of log.data({ batchSize: 4 })) {
      sizes.push(table.length);
      runs.push(...runsOf(table));
    }
    expect(sizes).toEqual([4, 2]);
    expect(runs).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('gives bare rows where asked', async () => {
    const { log } = await openLog();
    const rows = await log.data({ key: 'loss', raw: true });
    expect(Array.isArray(rows)).toBe(true);
    expect(rows.map((row) => row.value)).toEqual([0.1, 0.3, 0.5]);
  });

  it('narrows by step, and by what was said beside the value', async () => {
    const { log } = await openLog();
    expect(runsOf(await log.data({ step: [1, 4] }))).toEqual([2, 5]);
    log.logExtra({ fold: 1, data: { set: 'a' } });
    await log.logMetric('acc', 0.7);
    await log.logMetric('acc', 0.8, { extra: { fold: 2 } });
    log.logExtra({ fold: 0 }, { remove: true });
    await log.logMetric('acc', 0.9);
    expect(runsOf(await log.data({ extra: { fold: 1 } }))).toEqual([7]);
    expect(runsOf(await log.data({ extra: { data: { set: 'a' } } }))).toEqual([7, 8, 9]);
    expect(runsOf(await log.data({ extra: { fold: 2 }, run: -1 }))).toEqual([8]);
    expect((await log.data({ run: -1 })).rows[0]?.extra).toEqual({ data: { set: 'a' } });
  });

  it('reads another experiment of the same store', async () => {
    const { log, store, clock } = await openLog();
    const other = new EventLog('other', store, { clock });
    expect(runsOf(await other.data())).toEqual([]);
    expect(runsOf(await other.data({ experiment: 'shop', run: -1 }))).toEqual([6]);
    expect(runsOf(await log.data({ experiment: 'other' }))).toEqual([]);
  });

  it.each([
    [{ evnt: 'metric' }, /"event"/],
    [{ event: 'metrics' }, /event must be one of/],
    [{ run: 1.5 }, /run must be an integer/],
    [{ run: { from: 'a' } }, /run must be an integer/],
    [{ slice: 3 }, /slice must be/],
    [{ since: 'yesterday' }, /since must be/],
    [{ extra: 5 }, /extra must be/],
  ])('refuses %j, saying what was expected', async (query, message) => {
    const { log } = await openLog();
    await expect(log.data(query as never)).rejects.toThrow(message);
  });

  it('refuses a batch size that is none when it is called', async () => {
    const { log } = await openLog();
    expect(() => log.data({ batchSize: 0 })).toThrow(/batchSize must be/);
  });
});
