import { describe, expect, it } from 'vitest';
import { ByteBudget } from '../../src/record/byte-budget.js';
import { newCounters } from '../../src/record/counters.js';
import type { PackedChunk } from '../../src/record/packed-chunk.js';
import { Recorder, type RecorderOptions } from '../../src/record/recorder.js';
import type { Recording } from '../../src/record/recording.js';
import { decodeChunk, representedRows } from '../../src/tracking/chunk.js';
import { fakeClock } from '../fixtures/fake-clock.js';

function setUp(options: Partial<RecorderOptions> = {}) {
  const clock = fakeClock();
  const counters = newCounters();
  const written: PackedChunk[] = [];
  const errors: unknown[] = [];
  const recorder = new Recorder({
    clock,
    counters,
    features: ['first'],
    outputs: ['price'],
    columnLimit: 100,
    rowsPerSecond: Number.POSITIVE_INFINITY,
    memory: new ByteBudget(2 ** 30),
    append: async (packed) => written.push(packed),
    onStored: async () => undefined,
    onError: (error) => errors.push(error),
    ...options,
  });
  return { clock, counters, written, errors, recorder };
}

const recording = (values: number[], extra: Partial<Recording> = {}): Recording => ({
  model: 'm',
  X: { names: undefined, rows: values.map((value) => [value, -value]) },
  Y: { names: undefined, rows: values.map((value) => [2 * value]) },
  at: 1,
  latencyMs: 1,
  status: 200,
  requestId: null,
  parent: null,
  bytes: 64 * values.length,
  ...extra,
});

describe('Recorder', () => {
  it('writes what it holds after a second, columns named as told', async () => {
    const { clock, recorder, written } = setUp();
    recorder.record(recording([1, 2]));
    recorder.record(recording([3]));
    await clock.advance(999);
    expect(written.length).toBe(0);
    await clock.advance(1);
    expect(written.length).toBe(1);
    const chunk = decodeChunk(written[0]!.bytes);
    expect(chunk.calls.map((call) => call.rows)).toEqual([2, 1]);
    expect(Object.fromEntries(chunk.columns)).toEqual({
      X_first: [1, 2, 3],
      X_1: [-1, -2, -3],
      Y_price: [2, 4, 6],
    });
  });

  it('writes at once when a chunk is full, and the rest later', async () => {
    const { clock, recorder, written } = setUp();
    for (let call = 0; call < 150; call += 1) recorder.record(recording(Array(10).fill(call)));
    await clock.advance(0);
    expect(written.map((packed) => packed.chunk.rows)).toEqual([1_000]);
    await recorder.flush();
    expect(written.map((packed) => packed.chunk.rows)).toEqual([1_000, 500]);
  });

  it('keeps models apart, and rows that lack a column aligned', async () => {
    const { recorder, written } = setUp();
    recorder.record(recording([1], { X: { names: ['a'], rows: [[1]] } }));
    recorder.record(recording([2], { X: { names: ['b'], rows: [['x']] } }));
    recorder.record(recording([3], { model: 'n' }));
    recorder.record(recording([4], { X: { names: ['a', 'b'], rows: [[4]] } }));
    await recorder.flush();
    expect(written.map((packed) => packed.model)).toEqual(['m', 'n']);
    expect(Object.fromEntries(written[0]!.chunk.columns)).toMatchObject({
      X_a: [1, null, 4],
      X_b: [null, 'x', null],
    });
  });

  it('tries again, ever later, while the store refuses, and loses nothing within its bound', async () => {
    let refuse = true;
    const written: number[] = [];
    const { clock, recorder, counters, errors } = setUp({
      append: async (packed) => {
        if (refuse) throw new Error('down');
        return written.push(packed.chunk.rows);
      },
    });
    recorder.record(recording([1]));
    await clock.advance(1_000);
    expect(recorder.failing).toBe(true);
    await clock.advance(20_000);
    const failed = counters.failedFlushes;
    expect(failed).toBeGreaterThan(2);
    expect(failed).toBeLessThan(8);
    expect(errors.length).toBe(failed);
    refuse = false;
    recorder.record(recording([2]));
    await clock.advance(30_000);
    expect(written.reduce((sum, rows) => sum + rows, 0)).toBe(2);
    expect(recorder.failing).toBe(false);
    expect(counters.droppedRows).toBe(0);
  });

  it('is back to its second once the store has recovered', async () => {
    let refuse = true;
    const written: number[] = [];
    const { clock, recorder } = setUp({
      append: async (packed) => {
        if (refuse) throw new Error('down');
        return written.push(packed.chunk.rows);
      },
    });
    recorder.record(recording([1]));
    await clock.advance(60_000);
    refuse = false;
    expect(await recorder.flush()).toBe(true);
    recorder.record(recording([2]));
    await clock.advance(1_000);
    expect(written).toEqual([1, 1]);
  });

  it('drops and counts rows when the store is away for too long, and stays within its bound', async () => {
    const { recorder, counters, clock } = setUp({
      append: () => Promise.reject(new Error('down')),
      features: [],
    });
    const wide = Array.from({ length: 100 }, (_, row) =>
      Array.from({ length: 99 }, (_, column) => row + column),
    );
    for (let call = 0; call < 2_000; call += 1) {
      recorder.record(
        recording([], {
          X: { names: undefined, rows: wide },
          Y: { names: undefined, rows: wide.map(() => [1]) },
        }),
      );
      if (call % 100 === 0) await clock.advance(0);
    }
    expect(counters.rows).toBe(200_000);
    expect(counters.droppedRows).toBeGreaterThan(100_000);
    // 32 MiB of float64 in rows of 100 are about 42,000 rows; a chunk is on top.
    expect(recorder.unflushedRows).toBeLessThan(45_000);
    expect(recorder.unflushedRows + counters.droppedRows).toBe(200_000);
  });

  it('takes a copy: a chunk has its rows, whatever is recorded while it is being written', async () => {
    let release = (): void => undefined;
    const { recorder, written } = setUp({
      append: (packed) =>
        new Promise((resolve) => {
          release = () => resolve(written.push(packed));
        }),
    });
    recorder.record(recording([1]));
    const first = recorder.flush();
    recorder.record(recording([2]));
    await new Promise((resolve) => setImmediate(resolve));
    release();
    await first;
    const second = recorder.flush();
    await new Promise((resolve) => setImmediate(resolve));
    release();
    expect(await second).toBe(true);
    expect(written.map((packed) => decodeChunk(packed.bytes).columns.get('X_first'))).toEqual([
      [1],
      [2],
    ]);
  });

  it('keeps so many rows of each second as the budget says, and counts all', async () => {
    const { clock, recorder, written, counters } = setUp({ rowsPerSecond: 100 });
    for (const perSecond of [50, 1_000, 100]) {
      for (let row = 0; row < perSecond; row += 1) recorder.record(recording([row]));
      await clock.advance(1_000);
    }
    expect(written.map(({ chunk }) => chunk.rows)).toEqual([50, 100, 100]);
    expect(written.map(({ chunk }) => representedRows(chunk))).toEqual([50, 1_000, 100]);
    expect(written.map(({ bytes }) => decodeChunk(bytes).weights?.length)).toEqual([
      undefined,
      100,
      undefined,
    ]);
    expect(counters).toMatchObject({
      recorded: 1_150,
      rows: 1_150,
      sampledOutRows: 900,
      droppedRows: 0,
    });
  });

  it('lets a second that has just begun go on when the one before is written', async () => {
    const { clock, recorder, written } = setUp({ rowsPerSecond: 100 });
    recorder.record(recording([1]));
    await clock.advance(600);
    recorder.record(recording([2], { model: 'n' }));
    // Its second is over, and the timer has not come yet.
    clock.jump(399.9);
    await clock.advance(0);
    clock.jump(0.1);
    recorder.record(recording([3]));
    await clock.advance(0);
    expect(written.map(({ model, chunk }) => [model, chunk.rows])).toEqual([['m', 1]]);
    await clock.advance(600);
    expect(written.map(({ model, chunk }) => [model, chunk.rows]).slice(1)).toEqual([['n', 1]]);
    await clock.advance(400);
    expect(written.map(({ model, chunk }) => [model, chunk.rows]).slice(2)).toEqual([['m', 1]]);
    expect(recorder.unflushedRows).toBe(0);
  });

  it('starts a new second though the timer is late', () => {
    const { clock, recorder } = setUp({ rowsPerSecond: 10 });
    for (let row = 0; row < 20; row += 1) recorder.record(recording([row]));
    clock.jump(1_500);
    recorder.record(recording([1]));
    expect(recorder.unflushedRows).toBe(21);
  });

  it('holds no more memory than it is given, and gives it back', async () => {
    const memory = new ByteBudget(1_000);
    const { recorder, counters } = setUp({ memory });
    for (let row = 0; row < 50; row += 1) recorder.record(recording([row]));
    expect(memory.used).toBeLessThanOrEqual(1_000);
    expect(counters.droppedRows).toBeGreaterThan(0);
    expect(counters.droppedRows + recorder.unflushedRows).toBe(50);
    await recorder.flush();
    expect(memory.used).toBe(0);
  });
});
