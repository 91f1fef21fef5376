import { describe, expect, it } from 'vitest';
import { Outbox } from '../../src/alert/outbox.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const HOUR = 3_600_000;

function setUp(deliver: (payload: string) => unknown) {
  const clock = fakeClock();
  const waiting = new Map([
    ['1', { id: '1', payload: 'first', attempts: 0 }],
    ['2', { id: '2', payload: 'second', attempts: 0 }],
  ]);
  const failures: string[] = [];
  const open = () =>
    new Outbox<string>({
      clock,
      random: () => 1,
      pending: async () => [...waiting.values()].map((message) => ({ ...message })),
      settle: async (id, { done }) => {
        const message = waiting.get(id);
        if (done) waiting.delete(id);
        else if (message !== undefined) message.attempts += 1;
      },
      deliver,
      onFailure: (error, payload, attempts) =>
        failures.push(`${payload} ${attempts}: ${(error as Error).message}`),
    });
  return { clock, open, outbox: open(), waiting, failures };
}

describe('Outbox', () => {
  it('delivers each once, in order, also when asked twice at once', async () => {
    const got: string[] = [];
    const { outbox, waiting } = setUp(async (payload) => got.push(payload));
    await Promise.all([outbox.deliver(), outbox.deliver()]);
    await outbox.deliver();
    expect(got).toEqual(['first', 'second']);
    expect(waiting.size).toBe(0);
    expect(outbox.status).toEqual({ waiting: 0, failures: 0, lastError: null });
  });

  it('keeps what was not taken without holding up the rest, waits longer each time, and delivers when it can', async () => {
    const got: string[] = [];
    let down = true;
    const { outbox, waiting, failures, clock } = setUp((payload) => {
      if (payload === 'first' && down) throw new Error('no');
      got.push(payload);
    });
    await outbox.deliver();
    expect(got).toEqual(['second']);
    expect([...waiting.keys()]).toEqual(['1']);
    expect(outbox.status).toEqual({ waiting: 1, failures: 1, lastError: 'no' });
    // Asked every second, it tries after 5, 10, 20, 40 seconds …
    const tries: number[] = [];
    for (let second = 1; second <= 80; second += 1) {
      clock.advance(1_000);
      const before = failures.length;
      await outbox.deliver();
      if (failures.length > before) tries.push(second);
    }
    expect(tries).toEqual([5, 15, 35, 75]);
    down = false;
    clock.advance(HOUR);
    await outbox.deliver();
    expect(got).toEqual(['second', 'first']);
    expect(outbox.status).toMatchObject({ waiting: 0, lastError: null });
  });

  it('tries at once after a restart, and counts on', async () => {
    const { outbox, open, failures } = setUp((payload) => {
      if (payload === 'first') throw new Error('no');
    });
    await outbox.deliver();
    await outbox.deliver();
    await open().deliver();
    expect(failures).toEqual(['first 1: no', 'first 2: no']);
  });

  it('gives a message up after days, not hours, and says so each time', async () => {
    const { outbox, waiting, failures, clock } = setUp(() => {
      throw new Error('no');
    });
    const start = clock.now();
    while (waiting.size > 0) {
      clock.advance(HOUR);
      await outbox.deliver();
    }
    expect(clock.now() - start).toBeGreaterThan(4 * 24 * HOUR);
    expect(failures).toHaveLength(2 * 128);
  });

  it('does not wait for ever for a sink that never answers', async () => {
    const got: string[] = [];
    const { outbox, failures, clock } = setUp((payload) => {
      if (payload === 'first') return new Promise(() => undefined);
      got.push(payload);
      return undefined;
    });
    const delivered = outbox.deliver();
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    clock.advance(30_000);
    await delivered;
    expect(got).toEqual(['second']);
    expect(failures).toEqual(['first 1: no answer in 30000 ms']);
  });

  it('does not reject when the store is away', async () => {
    const outbox = new Outbox<string>({
      clock: fakeClock(),
      random: () => 1,
      pending: () => Promise.reject(new Error('down')),
      settle: async () => undefined,
      deliver: () => undefined,
      onFailure: () => undefined,
    });
    await expect(outbox.deliver()).resolves.toBeUndefined();
  });
});
