import { describe, expect, it } from 'vitest';
import { encodeChunk } from '../../src/tracking/chunk.js';
import { EventLog } from '../../src/tracking/event-log.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

function openLog() {
  const clock = fakeClock();
  const store = memoryStore({ clock });
  const log = new EventLog('shop', store, { clock, node: 'here', userid: 'ada' });
  /** Writes a chunk of calls with one row each. */
  const predict = (model: string, ...values: number[]) =>
    store.append('shop', [
      {
        ...log.entry('predict', model, null),
        runs: values.length,
        rows: values.length,
        dtEnd: clock.now() + values.length - 1,
        bytes: encodeChunk({
          calls: values.map((_, index) => ({
            rows: 1,
            at: clock.now() + index,
            latencyMs: 2,
            status: 200,
            requestId: null,
            parent: null,
          })),
          rows: values.length,
          columns: new Map([
            ['X_a', values],
            ['Y_p', values.map((value) => 10 * value)],
          ]),
        }),
      },
    ]);
  return { clock, store, log, predict };
}

describe('EventLog', () => {
  it('numbers runs 1, 2, 3 … in the order of commit, a call each', async () => {
    const { log, predict } = openLog();
    await predict('m', 1, 2);
    await log.logMetric('acc', 0.9);
    await predict('m', 3);
    const rows = (await log.data()).rows;
    expect(rows.map((row) => [row.run, row.event, row.key])).toEqual([
      [1, 'predict', 'm'],
      [2, 'predict', 'm'],
      [3, 'metric', 'acc'],
      [4, 'predict', 'm'],
    ]);
    expect(rows[1]).toMatchObject({
      value: { X: [{ a: 2 }], Y: [{ p: 20 }] },
      node: 'here',
      userid: 'ada',
    });
  });

  it('counts a negative run back among the runs that match the other filters', async () => {
    const { log, predict } = openLog();
    await predict('m', 1, 2, 3);
    await log.logEvent('drift', 'm', { found: true });
    await predict('m', 4, 5);
    await predict('other', 6);
    expect((await log.data({ run: -1 })).rows[0]).toMatchObject({ run: 7, key: 'other' });
    expect((await log.data({ event: ['drift', 'alert'], run: -1 })).rows).toMatchObject([
      { run: 4, value: { found: true } },
    ]);
    expect((await log.data({ event: 'predict', key: 'm', run: -3 })).rows).toMatchObject([
      { run: 3, value: { X: [{ a: 3 }] } },
    ]);
    expect(
      (await log.data({ event: 'predict', run: [-1, -6, 2] })).rows.map((row) => row.run),
    ).toEqual([1, 2, 7]);
    expect((await log.data({ event: 'alert', run: -1 })).length).toBe(0);
    expect((await log.data({ event: 'drift', run: -2 })).length).toBe(0);
  });

  it('does not take an event that was logged late for the latest run', async () => {
    const { log, predict } = openLog();
    const run = await log.start();
    await predict('m', 1, 2);
    await log.logMetric('acc', 0.5);
    expect(run).toBe(1);
    expect((await log.data({ run: -1 })).rows).toMatchObject([{ run: 3, event: 'predict' }]);
    expect((await log.data({ event: 'metric', run: -1 })).rows).toMatchObject([{ run: 1 }]);
  });

  it('puts what is logged between start and stop into one run', async () => {
    const { log } = openLog();
    expect(await log.status()).toBe('PENDING');
    const run = await log.start();
    expect(log.activeRun).toBe(run);
    expect(await log.status()).toBe('STARTED');
    await log.logParam('depth', 3);
    await log.logMetric('acc', 0.9, { step: 1 });
    await log.stop();
    expect(log.activeRun).toBeUndefined();
    expect(await log.status(run)).toBe('STOPPED');
    expect((await log.data({ run })).rows.map((row) => row.event)).toEqual([
      'start',
      'param',
      'metric',
      'stop',
    ]);
    expect(await log.logMetric('acc', 0.8)).toBe(run + 1);
    await expect(log.stop()).rejects.toMatchObject({ code: 'ERR_LEEWAY_STATE' });
  });

  it('keeps runs of other asynchronous contexts apart', async () => {
    const { log } = openLog();
    const work = async (name: string): Promise<[number, number]> => {
      const run = await log.start();
      await new Promise((resolve) => setImmediate(resolve));
      return [run, await log.logParam('name', name)];
    };
    const [[first, one], [second, two]] = await Promise.all([
      (async () => work('a'))(),
      new Promise<[number, number]>((resolve) => setImmediate(() => resolve(work('b')))),
    ]);
    expect(one).toBe(first);
    expect(two).toBe(second);
    expect(first).not.toBe(second);
  });

  it('filters by time to the call, from since on and before end', async () => {
    const { clock, log, predict } = openLog();
    const start = clock.now();
    await predict('m', 1, 2, 3);
    expect((await log.data({ since: start + 1, end: new Date(start + 2) })).rows).toMatchObject([
      { run: 2 },
    ]);
    expect((await log.data({ event: 'predict', run: -1, end: start + 2 })).rows).toMatchObject([
      { run: 2 },
    ]);
    clock.jump(3_600_000);
    expect((await log.data({ since: '30m' })).length).toBe(0);
    expect((await log.data({ since: '2h' })).length).toBe(3);
  });

  it('filters by key and step', async () => {
    const { log } = openLog();
    for (const step of [1, 2, 3]) await log.logMetric('loss', 1 / step, { step });
    await log.logMetric('acc', 0.5, { step: 2 });
    expect((await log.data({ key: 'loss', step: [2, 3] })).rows.map((row) => row.step)).toEqual([
      2, 3,
    ]);
    expect((await log.data({ key: ['acc', 'nothing'] })).length).toBe(1);
  });

  it('refuses questions that make no sense, naming the field', async () => {
    const { log } = openLog();
    await expect(log.data({ run: 1.5 })).rejects.toThrow(/run must be an integer.* got 1.5/);
    await expect(log.data({ since: 'yesterday' })).rejects.toThrow(
      /since must be .* got "yesterday"/,
    );
    await expect(log.logEvent('predicted' as never, '', null)).rejects.toThrow(
      /event must be one of/,
    );
    expect(() => new EventLog('', memoryStore())).toThrow(/experiment must be a name/);
  });

  it('drops an experiment only when told twice', async () => {
    const { log } = openLog();
    await log.logMetric('acc', 1);
    await expect(log.clear()).rejects.toMatchObject({ code: 'ERR_LEEWAY_OPTION' });
    await log.clear({ force: true });
    expect((await log.data()).length).toBe(0);
  });
});
