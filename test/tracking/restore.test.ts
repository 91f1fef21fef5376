import { describe, expect, it } from 'vitest';
import { encodeChunk } from '../../src/tracking/chunk.js';
import { EventLog } from '../../src/tracking/event-log.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

function openLog() {
  const clock = fakeClock();
  const store = memoryStore({ clock });
  return { clock, store, log: new EventLog('shop', store, { clock }) };
}

describe('what was logged', () => {
  it('is restored: lists joined, other values listed, bytes as bytes', async () => {
    const { log } = openLog();
    await log.logData('rows', [{ a: 1 }, { a: Number.NaN }]);
    await log.logData('rows', [{ a: 3 }]);
    await log.logData('other', 'text');
    expect(await log.restoreData('rows')).toEqual([{ a: 1 }, { a: Number.NaN }, { a: 3 }]);
    expect(await log.restoreData('rows', { run: -1 })).toEqual([{ a: 3 }]);
    expect(await log.restoreData('other')).toEqual(['text']);
    expect(await log.restoreData('nothing')).toEqual([]);
    await log.logArtifact('model.onnx', new Uint8Array([1, 2, 3]));
    await log.logArtifact('card', { owner: 'ada' });
    await log.logArtifact('model.onnx', new Uint8Array([4]));
    expect((await log.restoreArtifacts('model.onnx')).map((piece) => piece.value)).toEqual([
      new Uint8Array([1, 2, 3]),
      new Uint8Array([4]),
    ]);
    expect(await log.restoreArtifact('model.onnx')).toEqual(new Uint8Array([4]));
    expect(await log.restoreArtifact('nothing')).toBeUndefined();
    expect((await log.restoreArtifacts()).map((piece) => piece.key)).toEqual([
      'model.onnx',
      'card',
      'model.onnx',
    ]);
  });

  it('of calls is restored side by side', async () => {
    const { log, store, clock } = openLog();
    const call = {
      rows: 1,
      at: clock.now(),
      latencyMs: 2,
      status: 200,
      requestId: null,
      parent: null,
    };
    for (const model of ['m', 'n']) {
      await store.append('shop', [
        {
          ...log.entry('predict', model, null),
          runs: 2,
          rows: 2,
          bytes: encodeChunk({
            calls: [call, call],
            rows: 2,
            columns: new Map([
              ['X_a', [1, 2]],
              ['Y_p', ['x', 'y']],
            ]),
          }),
        },
      ]);
    }
    expect(await log.restoreData('X', { event: 'predict', model: 'm' })).toEqual([
      { a: 1 },
      { a: 2 },
    ]);
    expect(await log.restoreData('Y', { event: 'predict', run: -1 })).toEqual([{ p: 'y' }]);
  });

  it('is summed up', async () => {
    const { log, clock } = openLog();
    await log.start();
    await log.logEvents('metric', 'loss', [3, 1, 2], { step: 0 });
    clock.advance(1_000);
    await log.logParam('rate', 0.1);
    await log.logSystem();
    await log.stop();
    const summary = await log.summary();
    expect(summary).toMatchObject({
      experiment: 'shop',
      runs: 1,
      events: { start: 1, metric: 3, param: 1, system: 1, stop: 1 },
      metrics: [{ key: 'loss', count: 3, first: 3, last: 2, min: 1, max: 3, mean: 2 }],
    });
    expect(summary.to?.getTime()).toBe((summary.from?.getTime() ?? 0) + 1_000);
    expect((await log.data({ event: 'metric' })).rows.map((row) => row.step)).toEqual([0, 1, 2]);
    expect((await log.data({ event: 'system' })).rows[0]?.value).toMatchObject({
      node: process.version,
    });
  });
});

describe('use()', () => {
  it('goes on with the run that was started last, or with one by number', async () => {
    const { log } = openLog();
    const run = await log.start();
    await log.stop();
    await log.logMetric('outside', 1);
    expect(await log.use()).toBe(run);
    await log.logMetric('late', 2);
    expect((await log.data({ key: 'late' })).rows[0]?.run).toBe(run);
    expect(await log.use(2)).toBe(2);
    expect(log.activeRun).toBe(2);
  });

  it('refuses a run that there is none of, and leaves the active one', async () => {
    const { log } = openLog();
    await expect(log.use()).rejects.toThrow(/no such run/);
    const run = await log.start();
    await expect(log.use(99)).rejects.toThrow(/no such run/);
    await expect(log.use(0)).rejects.toThrow(/run must be/);
    expect(log.activeRun).toBe(run);
  });
});
