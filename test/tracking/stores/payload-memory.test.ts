import { describe, expect, it } from 'vitest';
import { PayloadMemory } from '../../../src/tracking/stores/payload-memory.js';

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

describe('PayloadMemory', () => {
  it('copies, whatever is lent at the same time', async () => {
    const memory = new PayloadMemory();
    const later: (() => void)[] = [];
    const calls = Array.from({ length: 4 }, (_, index) =>
      memory.lend(async (copy) => {
        const own = filled(1_000, index);
        const copies = [copy(own), copy(Buffer.from(own)), copy(own.subarray(500))];
        own.fill(99);
        await new Promise<void>((resolve) => later.push(resolve));
        return copies.map((bytes) => [bytes.length, new Set(bytes)]);
      }),
    );
    for (const go of later.reverse()) go();
    for (const [index, copies] of (await Promise.all(calls)).entries()) {
      expect(copies).toEqual([
        [1_000, new Set([index])],
        [1_000, new Set([index])],
        [500, new Set([index])],
      ]);
    }
  });

  it('uses memory again once a call is over, be it with an error', async () => {
    const memory = new PayloadMemory();
    const lend = (length: number) => memory.lend(async (copy) => copy(filled(length, 1)).buffer);
    await lend(500);
    const kept = await lend(500);
    expect(await lend(300)).toBe(kept);
    await expect(
      memory.lend(async (copy) => {
        expect(copy(filled(10, 1)).buffer).toBe(kept);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await lend(500)).toBe(kept);
  });

  it('keeps no more than a megabyte', async () => {
    const memory = new PayloadMemory();
    const lend = () => memory.lend(async (copy) => copy(filled(2_000_000, 1)).buffer);
    expect(await lend()).not.toBe(await lend());
  });

  it('gives no view of its memory for no bytes: Node 22’s node:sqlite takes that for NULL', async () => {
    const memory = new PayloadMemory();
    await memory.lend(async (copy) => copy(new Uint8Array(8)));
    await memory.lend(async (copy) => {
      const some = copy(Uint8Array.of(1));
      const none = copy(new Uint8Array(0));
      expect(none.byteLength).toBe(0);
      expect(none.buffer).not.toBe(some.buffer);
    });
  });
});
