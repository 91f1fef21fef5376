import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '../../src/leaves/frame.js';
import { Profile } from '../../src/profile/profile.js';
import { profileTable } from '../../src/profile/profile-table.js';
import { experiment } from '../../src/service/open-experiment.js';
import { Service } from '../../src/service/request-service.js';
import { decodeChunk, encodeChunk } from '../../src/tracking/chunk.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const CALL = { rows: 3, at: 1, latencyMs: 2, status: 200, requestId: 'id', parent: null };

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

describe('a flipped bit', () => {
  const chunk = encodeChunk({
    calls: [CALL],
    rows: 3,
    columns: new Map([
      ['X_a', [1, 2.5, null]],
      ['Y_b', ['x', 'y', 'x']],
    ]),
  });
  const profile = profileTable({
    X_a: Array.from({ length: 40 }, (_, row) => row / 3),
    X_b: ['p', 'q'].flatMap((c) => Array(20).fill(c)),
  }).toBytes();

  it.each([
    ['chunk', chunk, decodeChunk],
    ['profile', profile, Profile.fromBytes],
  ] as const)('is noticed anywhere in a %s', (_, bytes, read) => {
    read(bytes);
    const unnoticed: number[] = [];
    for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
      try {
        read(flipped(bytes, bit));
        unnoticed.push(bit);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_LEEWAY_FORMAT' });
      }
    }
    expect(unnoticed).toEqual([]);
  });

  it('is looked for in new frames only: those of earlier versions, which carry no checksum, are read as before', () => {
    const old = encodeFrame(7, 1, { a: 1 }, [Float64Array.of(2)]);
    old[6] = 0;
    expect(decodeFrame(old, 7, 1, 'thing').takeFloat64(1)).toEqual(Float64Array.of(2));
    // Readers of earlier versions take the header's JSON with the white space behind it.
    const length = new DataView(old.buffer).getUint32(8, true);
    expect(JSON.parse(new TextDecoder().decode(old.subarray(12, 12 + length)))).toEqual({ a: 1 });
  });
});

/** Gives damaged bytes for the entry, or the part, that begins at a position. */
function damaging(store: TrackingStore, pos: number): TrackingStore {
  const spoil = <T extends { readonly bytes?: Uint8Array }>(one: T): T =>
    one.bytes === undefined
      ? one
      : { ...one, bytes: flipped(one.bytes, 8 * (one.bytes.length - 9)) };
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      const call = value.bind(target) as (...args: unknown[]) => unknown;
      if (name !== 'query' && name !== 'windowParts') return call;
      return async function* (...args: unknown[]) {
        for await (const one of call(...args) as AsyncIterable<{
          pos?: number;
          posFrom?: number;
          level?: number;
        }>) {
          yield (one.pos ?? one.posFrom) === pos ? spoil(one as never) : one;
        }
      };
    },
  });
}

it('a damaged chunk is left out, counted and said, and stops neither captures, nor data, nor an erasure', async () => {
  const clock = fakeClock();
  const store = damaging(memoryStore({ clock }), 2);
  const errors: unknown[] = [];
  const common = { experiment: 'e', model: 'm', store, schedule: false, minRows: 1 } as const;
  const service = new Service(
    {
      ...common,
      baseline: Array.from({ length: 100 }, (_, a) => ({ X_a: a, Y_0: 1 })),
      onError: (error) => errors.push(error),
    },
    { clock },
  );
  // Three chunks of three rows, of another process: no fold stands for them.
  for (let index = 0; index < 3; index += 1) {
    const bytes = encodeChunk({
      calls: [{ ...CALL, requestId: `id ${index}` }],
      rows: 3,
      columns: new Map([
        ['X_a', [1, 2, 3]],
        ['Y_0', [1, 1, 1]],
      ]),
    });
    const entry = {
      event: 'predict',
      key: 'm',
      value: null,
      dt: clock.now(),
      node: 'n',
      userid: '',
      rows: 3,
      bytes,
    } as const;
    await store.append('e', [entry]);
  }
  expect(await service.monitor().capture()).toMatchObject({ rows: 6 });
  expect(service.status().reasons.join()).toContain('3 rows are damaged and in no window');
  expect(errors).toMatchObject([{ code: 'ERR_LEEWAY_FORMAT' }]);
  expect((await service.monitor().capture()).outcome).toBe('no-rows');

  const log = experiment('e', { store, clock });
  const { rows } = await log.data({ event: 'predict' });
  expect(rows.length).toBe(3);
  expect(rows[1]?.value).toMatchObject({ damaged: expect.stringContaining('checksum'), rows: 3 });
  expect(await log.erase({ id: 'id 2' })).toMatchObject({ calls: 1, rows: 3 });
  await log.close();
  await service.close();
});
