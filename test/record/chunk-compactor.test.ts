import { describe, expect, it } from 'vitest';
import { Profile } from '../../src/profile/profile.js';
import { ChunkCompactor } from '../../src/record/chunk-compactor.js';
import type { PackedChunk } from '../../src/record/packed-chunk.js';
import type { Fold } from '../../src/tracking/window-part.js';

const chunkOf = (values: readonly (number | null)[]): PackedChunk => ({
  model: 'm',
  bytes: new Uint8Array(),
  batch: 'b',
  chunk: { calls: [], rows: values.length, columns: new Map([['X_a', values]]) },
});
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('ChunkCompactor', () => {
  it('never folds a chunk that it has taken in only in part', async () => {
    const folds: Omit<Fold, 'experiment'>[] = [];
    const compactor = new ChunkCompactor({
      profilingOf: async () => ({ profileAs: {} }),
      fold: async (fold) => folds.push(fold) > 0,
    });
    // A thousand rows go in slices, between which the minute may strike.
    const adding = compactor.add(chunkOf(numbers(1_000)), 1);
    const folding = compactor.foldAll();
    await Promise.all([
      adding,
      folding,
      compactor.add(chunkOf(numbers(600)), 2),
      compactor.foldAll(),
    ]);
    await compactor.foldAll();
    const rows = folds.map((fold) => [
      fold.replaces.map((part) => part.posFrom),
      Profile.fromBytes(fold.bytes).rows,
    ]);
    expect(rows).toEqual([
      [[1], 1_000],
      [[2], 600],
    ]);
  });

  it('folds minutes by eights, but never those of two hours of the clock into one', async () => {
    const folds: Omit<Fold, 'experiment'>[] = [];
    const compactor = new ChunkCompactor({
      profilingOf: async () => ({ profileAs: {} }),
      fold: async (fold) => folds.push(fold) > 0,
    });
    const call = { rows: 1, latencyMs: 1, status: 200, requestId: null, parent: null };
    for (let minute = 50; minute < 70; minute += 1) {
      const packed = chunkOf([minute]);
      const calls = [{ ...call, at: minute * 60_000 }];
      await compactor.add({ ...packed, chunk: { ...packed.chunk, calls } }, minute);
      await compactor.foldAll();
    }
    const above = folds
      .filter((fold) => fold.level === 2)
      .map((fold) => fold.replaces.map((part) => part.posFrom));
    expect(above).toEqual([
      [50, 51, 52, 53, 54, 55, 56, 57],
      [58, 59],
      [60, 61, 62, 63, 64, 65, 66, 67],
    ]);
  });

  it('lets a fold go whose profile broke on the way: its chunks count one by one', async () => {
    const folds: Omit<Fold, 'experiment'>[] = [];
    const compactor = new ChunkCompactor({
      profilingOf: async () => ({ profileAs: {} }),
      fold: async (fold) => folds.push(fold) > 0,
    });
    await compactor.add(chunkOf(numbers(10)), 1);
    const broken = chunkOf([1]);
    const columns = new Map([
      [
        'X_a',
        new Proxy([1], {
          get: () => {
            throw new Error('broken');
          },
        }),
      ],
    ]);
    await expect(
      compactor.add({ ...broken, chunk: { ...broken.chunk, columns } }, 2),
    ).rejects.toThrow('broken');
    await compactor.add(chunkOf(numbers(5)), 3);
    await compactor.foldAll();
    expect(folds.map((fold) => fold.replaces.map((part) => part.posFrom))).toEqual([[3]]);
    expect(Profile.fromBytes(folds[0]!.bytes).rows).toBe(5);
  });
});
