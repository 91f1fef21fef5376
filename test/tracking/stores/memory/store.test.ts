import { describe, expect, it } from 'vitest';
import { describeStore } from '../../../../src/testing/describe-store.js';
import type { NewEntry } from '../../../../src/tracking/log-entry.js';
import { memoryStore } from '../../../../src/tracking/stores/memory/store.js';

describeStore('memory', ({ clock }) => ({ store: memoryStore({ clock }) }), {
  describe,
  it,
  expect,
});

function chunk(rows: number, bytes: Uint8Array): NewEntry {
  return {
    event: 'predict',
    key: 'm',
    runs: rows,
    rows,
    bytes,
    value: null,
    dt: 1,
    node: 'n',
    userid: 'u',
  };
}

describe('memoryStore', () => {
  it('refuses an append that would exceed the bound while all rows are still needed, and keeps what it has', async () => {
    const store = memoryStore({ maxBytes: 10_000 });
    await store.append('e', [chunk(2, new Uint8Array(6_000))]);
    await expect(store.append('e', [chunk(2, new Uint8Array(6_000))])).rejects.toMatchObject({
      code: 'ERR_LEEWAY_STORE',
    });
    expect(await store.head('e')).toEqual({ pos: 1, run: 2 });
    expect(await store.windowRows('e', 'm', 0, 1)).toBe(2);
  });

  it('forgets the oldest folded chunks when room is needed, while their fold stays in the window', async () => {
    const store = memoryStore({ maxBytes: 10_000 });
    await store.append('e', [chunk(2, new Uint8Array(3_000)), chunk(3, new Uint8Array(3_000))]);
    const replaces = [
      { level: 0, posFrom: 1 },
      { level: 0, posFrom: 2 },
    ];
    expect(
      await store.fold({
        experiment: 'e',
        key: 'm',
        level: 1,
        replaces,
        bytes: new Uint8Array(100),
      }),
    ).toBe(true);
    await store.append('e', [chunk(4, new Uint8Array(5_000))]);
    const kept: number[] = [];
    for await (const entry of store.query('e')) kept.push(entry.pos);
    expect(kept).toEqual([2, 3]);
    expect(await store.windowRows('e', 'm', 0, 3)).toBe(9);
    expect(await store.head('e')).toEqual({ pos: 3, run: 9 });
  });

  it('forgets rows that every monitor of their model has cut past, and no others', async () => {
    const store = memoryStore({ maxBytes: 10_000 });
    await store.append('e', [chunk(1, new Uint8Array(3_000)), chunk(1, new Uint8Array(3_000))]);
    const cut = { experiment: 'e', key: 'm', expectedVersion: 0, entries: [], deliveries: [] };
    await store.commitWindow({ ...cut, monitor: 'a', next: { seq: 0, cursor: 2, captured: -1 } });
    await store.commitWindow({ ...cut, monitor: 'b', next: { seq: 0, cursor: 1, captured: -1 } });
    await store.append('e', [chunk(1, new Uint8Array(5_000))]);
    expect(await store.windowRows('e', 'm', 1, 3)).toBe(2);
    await expect(store.append('e', [chunk(1, new Uint8Array(5_000))])).rejects.toMatchObject({
      code: 'ERR_LEEWAY_STORE',
    });
  });

  it('has room again after clear', async () => {
    const store = memoryStore({ maxBytes: 10_000 });
    for (let round = 0; round < 3; round += 1) {
      await store.append('e', [chunk(1, new Uint8Array(8_000))]);
      await store.clear('e');
    }
    expect(await store.experiments()).toEqual([]);
  });

  it.each([0, 1.5, Number.NaN, '1'])('refuses maxBytes %s', (maxBytes) => {
    expect(() => memoryStore({ maxBytes: maxBytes as number })).toThrow(
      /maxBytes must be a whole number/,
    );
  });
});
