import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../src/leaves/frame.js';
import { type Cell, decodeChunk, encodeChunk, representedRows } from '../../src/tracking/chunk.js';

const call = {
  rows: 1,
  at: 1_700_000_000_000,
  latencyMs: 1.5,
  status: 200,
  requestId: 'r-1',
  parent: null,
};

describe('a chunk', () => {
  it('survives its encoding, whatever the cells and names', () => {
    const cell: fc.Arbitrary<Cell> = fc.oneof(
      fc.double(),
      fc.constantFrom<Cell>(
        null,
        -0,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        '',
        '__proto__',
        true,
        false,
      ),
      fc.string({ unit: 'grapheme' }),
    );
    const column = fc.array(fc.oneof(fc.double(), fc.constant(null)), {
      minLength: 3,
      maxLength: 3,
    });
    const mixed = fc.array(cell, { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(column, mixed)), (columns) => {
        const chunk = {
          calls: [call, { ...call, rows: 2, requestId: null, parent: 7 }],
          rows: 3,
          columns: new Map(Object.entries(columns)),
        };
        const back = decodeChunk(encodeChunk(chunk));
        expect(back.calls).toEqual(chunk.calls);
        for (const [name, cells] of chunk.columns) {
          // Numbers among texts travel as JSON, which has no −0.
          const plain = cells.every((value) => typeof value === 'number' || value === null);
          const expected = plain ? cells : cells.map((value) => (value === 0 ? 0 : value));
          expect(back.columns.get(name)).toEqual(expected);
        }
      }),
    );
  });

  it('keeps weights and versions', () => {
    const chunk = {
      calls: [{ ...call, version: '2' }, call, { ...call, version: '2' }, { ...call, version: '' }],
      rows: 4,
      weights: Uint32Array.of(3, 0, 4_000_000_000, 1),
      columns: new Map([['X_a', [1, 2, 3, 4]]]),
    };
    const back = decodeChunk(encodeChunk(chunk));
    expect(back).toEqual(chunk);
    expect(representedRows(back)).toBe(4_000_000_004);
  });

  it('reads what was written before there were weights: each row stands for itself', () => {
    const { base64, chunk } = JSON.parse(
      readFileSync('test/fixtures/tracking/chunk-v1.json', 'utf8'),
    );
    const back = decodeChunk(Buffer.from(base64, 'base64'));
    expect(back.calls).toEqual(chunk.calls);
    expect(back.weights).toBeUndefined();
    expect(representedRows(back)).toBe(3);
    const shown = [...back.columns].map(([name, cells]) => [
      name,
      cells.map((cell) => (Object.is(cell, -0) ? '-0' : cell)),
    ]);
    expect(shown).toEqual(chunk.columns);
  });

  it('refuses headers that promise what is not there', () => {
    const frame = (header: object): Uint8Array =>
      encodeFrame(2, 1, header, [Float64Array.of(1, 0, 0, 200, 0), Float64Array.of(7)]);
    const sound = { rows: 1, ids: [null], columns: [{ name: 'X_a', as: 'number' }] };
    expect(decodeChunk(frame(sound)).columns.get('X_a')).toEqual([7]);
    for (const header of [
      { ...sound, rows: 2 },
      { ...sound, rows: 1e9 },
      { ...sound, ids: [null, null] },
      { ...sound, columns: [{ name: 'X_a', as: 'number', nulls: [1e9] }] },
      { ...sound, columns: [{ name: 'X_a', as: 'number', nulls: 5 }] },
      { ...sound, columns: [{ name: 'X_a', as: 'text' }] },
      { ...sound, columns: [{ name: 'X_a', as: 'text', values: [{}] }] },
      { ...sound, columns: [{ name: 'X_a', as: 'other' }] },
      { ...sound, columns: [null] },
      { ...sound, columns: [{ name: 'X_a', as: 'text', values: [null], notFinite: 5 }] },
      { ...sound, columns: [{ name: 'X_a', as: 'text', values: [null], notFinite: [5] }] },
      {
        ...sound,
        columns: [{ name: 'X_a', as: 'text', values: [null], notFinite: [[1, 'Infinity']] }],
      },
      { ...sound, weighted: true, columns: [{ name: 'X_a', as: 'number' }] },
      { ...sound, versions: [1] },
      { ...sound, versions: 'v' },
    ]) {
      expect(() => decodeChunk(frame(header)), JSON.stringify(header)).toThrow(
        /not a leeway chunk/,
      );
    }
    expect(() =>
      decodeChunk(encodeFrame(2, 1, sound, [Float64Array.of(1e9, 0, 0, 0, 0), Float64Array.of(7)])),
    ).toThrow(/disagree/);
  });

  it('takes eight bytes a number', () => {
    const columns = new Map(
      Array.from({ length: 31 }, (_, index) => [
        `X_${index}`,
        Array.from({ length: 1_000 }, Math.random),
      ]),
    );
    expect(encodeChunk({ calls: [call], rows: 1_000, columns }).length).toBeLessThan(
      31 * 8_000 * 1.02,
    );
  });

  it('refuses damaged bytes with a typed error and nothing else', () => {
    const sound = encodeChunk({
      calls: [call],
      rows: 2,
      columns: new Map<string, Cell[]>([
        ['X_a', [1, null]],
        ['Y_b', ['x', 'y']],
      ]),
    });
    fc.assert(
      fc.property(
        fc.nat(sound.length - 1),
        fc.nat(255),
        fc.nat(sound.length),
        (place, byte, length) => {
          const damaged = sound.slice(0, length);
          if (place < damaged.length) damaged[place] = byte;
          try {
            decodeChunk(damaged);
          } catch (error) {
            expect(error).toMatchObject({ code: 'ERR_LEEWAY_FORMAT' });
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
