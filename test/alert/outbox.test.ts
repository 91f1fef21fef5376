import { describe, expect, it } from 'vitest';
import { Outbox } from '../../src/alert/outbox.js';

function setUp(deliver: (payload: string) => unknown) {
  const waiting = new Map([
    ['1', { id: '1', payload: 'first', attempts: 0 }],
    ['2', { id: '2', payload: 'second', attempts: 0 }],
  ]);
  const failures: string[] = [];
  const outbox = new Outbox<string>({
    pending: async () => [...waiting.values()],
    settle: async (id, { done }) => {
      const message = waiting.get(id);
      if (done) waiting.delete(id);
      else if (message !== undefined) message.attempts += 1;
    },
    deliver,
    onFailure: (error, payload, attempts) => failures.push(`${payload} ${attempts}: ${(error as Error).message}`),
  });
  return { outbox, waiting, failures };
}

describe('Outbox', () => {
  it('delivers each once, in order, also when asked twice at once', async () => {
    const got: string[] = [];
    const { outbox, waiting } = setUp(async (payload) => got.push(payload));
    await Promise.all([outbox.deliver(), outbox.deliver()]);
    await outbox.deliver();
    expect(got).toEqual(['first', 'second']);
    expect(waiting.size).toBe(0);
  });

  it('keeps what was not taken, without holding up the rest, and gives up after ten times', async () => {
    const got: string[] = [];
    const { outbox, waiting, failures } = setUp((payload) => {
      if (payload === 'first') throw new Error('no');
      got.push(payload);
    });
    await outbox.deliver();
    expect(got).toEqual(['second']);
    expect([...waiting.keys()]).toEqual(['1']);
    for (let again = 0; again < 15; again += 1) await outbox.deliver();
    expect(waiting.size).toBe(0);
    expect(failures.length).toBe(10);
    expect(failures.at(-1)).toBe('first 10: no');
  });

  it('does not reject when the store is away', async () => {
    const outbox = new Outbox<string>({
      pending: () => Promise.reject(new Error('down')),
      settle: async () => undefined,
      deliver: () => undefined,
      onFailure: () => undefined,
    });
    await expect(outbox.deliver()).resolves.toBeUndefined();
  });
});
