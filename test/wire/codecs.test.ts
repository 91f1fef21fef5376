import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Codec } from '../../src/wire/codec.js';
import { autoCodec } from '../../src/wire/codecs/auto.js';
import { json } from '../../src/wire/codecs/json.js';
import { tfserving } from '../../src/wire/codecs/tfserving.js';
import type { DecodedTable } from '../../src/wire/decoded-table.js';

const auto = autoCodec(true);
const reserved = autoCodec(false);
const limits = { columns: 100, cells: 10_000 };

/** A table as objects, columns by position as '0', '1' … */
const rowsOf = (table: DecodedTable | undefined) =>
  table?.rows.map((row) =>
    Object.fromEntries(row.map((cell, index) => [table.names?.[index] ?? String(index), cell])),
  );

const inputs = (codec: Codec, body: unknown) => rowsOf(codec.inputs(body, limits));
const outputs = (codec: Codec, response: unknown, rows: number) =>
  rowsOf(codec.outputs(response, rows, limits));

describe('tfserving', () => {
  it.each([
    [
      'rows of named columns',
      {
        instances: [
          { age: 31, city: 'Z' },
          { age: 40, city: 'B' },
        ],
      },
      [
        { age: 31, city: 'Z' },
        { age: 40, city: 'B' },
      ],
    ],
    [
      'rows by position',
      {
        signature_name: 'serving_default',
        instances: [
          [1, 2],
          [3, 4],
        ],
      },
      [
        { 0: 1, 1: 2 },
        { 0: 3, 1: 4 },
      ],
    ],
    ['one column by position', { instances: [1, 2] }, [{ 0: 1 }, { 0: 2 }]],
    [
      'named columns',
      { inputs: { age: [31, 40], city: ['Z', 'B'] } },
      [
        { age: 31, city: 'Z' },
        { age: 40, city: 'B' },
      ],
    ],
    [
      'a named column of one value for all rows',
      { inputs: { age: [31, 40], k: [5] } },
      [
        { age: 31, k: 5 },
        { age: 40, k: 5 },
      ],
    ],
    [
      'an unnamed column',
      {
        inputs: [
          [1, 2],
          [3, 4],
        ],
      },
      [
        { 0: 1, 1: 2 },
        { 0: 3, 1: 4 },
      ],
    ],
    [
      'nested vectors',
      { instances: [{ v: [1, 2], o: { p: true } }] },
      [{ v: [1, 2], 'o.p': true }],
    ],
    ['columns of different lengths', { inputs: { a: [1, 2], b: [1, 2, 3] } }, undefined],
    ['rows of different make', { instances: [1, [2]] }, undefined],
    ['something else', { data: [[1]] }, undefined],
    ['nothing', null, undefined],
  ])('reads inputs: %s', (_name, body, expected) => {
    expect(inputs(tfserving, body)).toEqual(expected);
  });

  it.each([
    ['one output', { predictions: [0.7, 0.2] }, [{ 0: 0.7 }, { 0: 0.2 }]],
    ['an output that is a scalar', { outputs: 0.7 }, [{ 0: 0.7 }]],
    [
      'named outputs',
      {
        predictions: [
          { score: 0.7, cls: 1 },
          { score: 0.2, cls: 0 },
        ],
      },
      [
        { score: 0.7, cls: 1 },
        { score: 0.2, cls: 0 },
      ],
    ],
    ['a column', { outputs: [0.7, 0.2] }, [{ 0: 0.7 }, { 0: 0.2 }]],
    ['named columns', { outputs: { score: [0.7, 0.2] } }, [{ score: 0.7 }, { score: 0.2 }]],
    ['an error', { error: 'no such model' }, undefined],
  ])('reads outputs: %s', (_name, response, expected) => {
    expect(outputs(tfserving, response, 2)).toEqual(expected);
  });

  it.each([
    ['POST', '/v1/models/half:predict', 'half'],
    ['POST', '/v1/models/half/versions/3:predict', 'half'],
    ['POST', '/api/v1/models/half/labels/stable:predict', 'half'],
    ['POST', '/v1/models/a%20b:predict', 'a b'],
    ['POST', '/v1/models/%E0%A4%A:predict', '%E0%A4%A'],
    ['GET', '/v1/models/half:predict', undefined],
    ['POST', '/v1/models/half', undefined],
    ['POST', '/login', undefined],
  ])('reserves its route: %s %s is %s', (method, path, model) => {
    expect(tfserving.route(method, path)?.model).toBe(model);
  });
});

describe('json', () => {
  it.each([
    ['a row', { a: 1, b: 'x', c: null }, [{ a: 1, b: 'x', c: null }]],
    ['rows', [{ a: 1 }, { b: 2 }], [{ a: 1 }, { a: null, b: 2 }]],
    ['rows by position', [[1, 2]], [{ 0: 1, 1: 2 }]],
    ['rows under a name', { data: [{ a: 1 }, { a: 2 }] }, [{ a: 1 }, { a: 2 }]],
    ['a row by position under a name', { features: [1, 2] }, [{ 0: 1, 1: 2 }]],
    ['a row by position', [1, 2, 3], [{ 0: 1, 1: 2, 2: 3 }]],
    ['an empty list', [], []],
    ['a bare value', 3, undefined],
    [
      'names beside rows',
      {
        data: {
          names: ['a', 'b'],
          ndarray: [
            [1, 2],
            [3, 'x'],
          ],
        },
      },
      [
        { a: 1, b: 2 },
        { a: 3, b: 'x' },
      ],
    ],
    [
      'names beside one row',
      { meta: {}, data: { names: ['a', 'b'], ndarray: [1, 2] } },
      [{ a: 1, b: 2 }],
    ],
    [
      'one name beside values',
      { data: { names: ['a'], ndarray: [1, 2, 3] } },
      [{ a: 1 }, { a: 2 }, { a: 3 }],
    ],
    [
      'names beside a tensor',
      { data: { names: ['a', 'b'], tensor: { shape: [2, 2], values: [1, 2, 3, 4] } } },
      [
        { a: 1, b: 2 },
        { a: 3, b: 4 },
      ],
    ],
    ['rows without names', { data: { ndarray: [[1, 2]] } }, [{ 0: 1, 1: 2 }]],
    ['rows with too few names', { data: { names: ['a'], ndarray: [[1, 2]] } }, [{ 0: 1, 1: 2 }]],
    ['rows with no name', { data: { names: [], ndarray: [[1, 2]] } }, [{ 0: 1, 1: 2 }]],
    [
      'a tensor that does not fit',
      { data: { names: ['a'], tensor: { shape: [3], values: [1] } } },
      undefined,
    ],
    [
      'a row with data in it',
      { data: { names: ['a'], other: 1 } },
      [{ 'data.names': 'a', 'data.other': 1 }],
    ],
    [
      'names that are only data',
      JSON.parse('{"__proto__": 1, "constructor": 2}'),
      [
        Object.fromEntries([
          ['__proto__', 1],
          ['constructor', 2],
        ]),
      ],
    ],
  ])('reads inputs: %s', (_name, body, expected) => {
    expect(inputs(json, body)).toEqual(expected);
  });

  it.each([
    ['an object for one row', { price: 3, sure: true }, 1, [{ price: 3, sure: true }]],
    ['a bare value for one row', 3, 1, [{ 0: 3 }]],
    ['a list, a value a row', [1, 2], 2, [{ 0: 1 }, { 0: 2 }]],
    ['a list under a name', { predictions: [1, 2] }, 2, [{ 0: 1 }, { 0: 2 }]],
    [
      'objects in a list for each row',
      [
        [
          { label: 'A', score: 0.9 },
          { label: 'B', score: 0.1 },
        ],
      ],
      1,
      [{ '0.label': 'A', '0.score': 0.9, '1.label': 'B', '1.score': 0.1 }],
    ],
    ['rows under a name', { result: [{ p: 1 }, { p: 2 }] }, 2, [{ p: 1 }, { p: 2 }]],
    ['the scores of one row', { scores: [0.1, 0.9] }, 1, [{ 0: 0.1, 1: 0.9 }]],
    ['an object for two rows', { price: 3 }, 2, undefined],
    ['a list of another length', [1, 2, 3], 2, undefined],
    ['nothing', undefined, 1, undefined],
  ])('reads outputs: %s', (_name, response, rows, expected) => {
    expect(outputs(json, response, rows)).toEqual(expected);
  });
});

describe('auto', () => {
  it('takes a body for the most particular format that it fits', () => {
    expect(inputs(auto, { inputs: { a: [1, 2] } })).toEqual([{ a: 1 }, { a: 2 }]);
    expect(inputs(auto, { a: 1 })).toEqual([{ a: 1 }]);
    expect(outputs(auto, { outputs: { p: [1, 2] } }, 2)).toEqual([{ p: 1 }, { p: 2 }]);
  });

  it('does not take plain JSON without being asked', () => {
    expect(reserved.inputs({ a: 1 }, limits)).toBeUndefined();
    expect(reserved.outputs([1], 1, limits)).toBeUndefined();
  });
});

/** A scalar, or a list of numbers. */
const isCell = (cell: unknown): boolean =>
  cell === null ||
  typeof cell !== 'object' ||
  (Array.isArray(cell) && cell.every((entry) => typeof entry === 'number'));

describe('every codec', () => {
  const codecs = [tfserving, json, auto, reserved];

  it('reads or declines whatever JSON comes, within its bounds', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.jsonValue(), (body, response) => {
        for (const codec of codecs) {
          const X = codec.inputs(body, { columns: 5, cells: 50 });
          const Y = codec.outputs(response, X?.rows.length ?? 1, { columns: 5, cells: 50 });
          for (const table of [X, Y]) {
            expect((table?.rows ?? []).every((row) => row.length <= 5)).toBe(true);
            expect((table?.rows ?? []).length).toBeLessThanOrEqual(50);
            expect((table?.rows ?? []).flat().every(isCell)).toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('survives depth, width and length that were meant to hurt', () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 10_000; depth += 1) deep = [deep];
    const wide = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, index) => [`c${index}`, index]),
    );
    const bodies = [
      deep,
      { instances: [deep] },
      wide,
      [wide],
      { instances: Array(1_000_000).fill(0) },
      { text: 'x'.repeat(1e7) },
    ];
    for (const codec of codecs) {
      for (const body of bodies) {
        const table = codec.inputs(body, limits);
        expect(
          table === undefined || table.rows.length * (table.rows[0]?.length ?? 0) <= limits.cells,
        ).toBe(true);
        expect(
          (table?.rows[0] ?? []).every((cell) => typeof cell !== 'string' || cell.length <= 1024),
        ).toBe(true);
      }
    }
  });

  it('copies, so that later changes of the body change nothing', () => {
    const body = { instances: [{ a: 1, v: [1, 2] }] };
    const table = auto.inputs(body, limits);
    body.instances[0]!.a = 9;
    body.instances[0]!.v[0] = 9;
    expect(rowsOf(table)).toEqual([{ a: 1, v: [1, 2] }]);
  });
});
