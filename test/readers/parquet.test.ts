import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, describe, expect, it } from 'vitest';
import { LeewayError } from '../../src/leaves/errors.js';
import { readTable } from '../../src/readers/read-table.js';
import { fileRoom, wholeTable } from './files.js';
import { storedZstd } from './stored-frames.js';

const room = fileRoom();
afterAll(room.remove);
type Options = Parameters<typeof parquetWriteBuffer>[0];
const write = (options: Options): Uint8Array => new Uint8Array(parquetWriteBuffer(options));
const parquet = (options: Options, reading = {}) =>
  wholeTable(room.put('table.parquet', write(options)), reading);

describe('readTable on Parquet', () => {
  it('reads numbers, text, booleans and what is missing', async () => {
    const table = await parquet({
      columnData: [
        { name: 'double', data: [1.5, null, -0], type: 'DOUBLE', nullable: true },
        { name: 'int', data: [1, 2, 3], type: 'INT32' },
        { name: 'text', data: ['a', null, 'ß😀'], type: 'STRING', nullable: true },
        { name: 'truth', data: [true, false, true], type: 'BOOLEAN' },
        { name: '__proto__', data: [1, 2, 3], type: 'INT32' },
      ],
    });
    expect(Object.keys(table.columns)).toEqual(['double', 'int', 'text', 'truth', '__proto__']);
    expect(table.columns).toMatchObject({
      double: [1.5, null, -0],
      int: [1, 2, 3],
      text: ['a', null, 'ß😀'],
      truth: [true, false, true],
    });
  });

  it('makes plain values of the others', async () => {
    const table = await parquet({
      columnData: [
        { name: 'big', data: [1n, 2n ** 53n - 1n, -(2n ** 60n)], type: 'INT64' },
        { name: 'time', data: [new Date(0), new Date(1e12), new Date(-1)], type: 'TIMESTAMP' },
        { name: 'json', data: [{ a: [1, { b: null }] }, [1, 2], { c: 'x' }], type: 'JSON' },
        { name: 'uuid', data: Array(3).fill('00112233-4455-6677-8899-aabbccddeeff'), type: 'UUID' },
      ],
    });
    expect(table.columns).toEqual({
      big: [1, 2 ** 53 - 1, -(2 ** 60)],
      time: [new Date(0), new Date(1e12), new Date(-1)],
      json: [{ a: [1, { b: null }] }, [1, 2], { c: 'x' }],
      uuid: Array(3).fill('00112233-4455-6677-8899-aabbccddeeff'),
    });
  });

  it('keeps lists and structures, with plain values in them', async () => {
    const schema: NonNullable<Options['schema']> = [
      { name: 'root', num_children: 2 },
      { name: 'list', converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'INT64', repetition_type: 'OPTIONAL' },
      { name: 'struct', repetition_type: 'OPTIONAL', num_children: 2 },
      { name: 'x', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
      { name: 'y', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
    ];
    const columnData = [
      { name: 'list', data: [[1n, 2n], null, []] },
      { name: 'struct', data: [{ x: 1, y: 'a' }, null, { x: 2, y: null }] },
    ];
    const table = await parquet({ schema, columnData });
    expect(table.columns).toMatchObject({ list: [[1, 2], null, []] });
    expect(table.columns.struct?.[0]).toEqual({ x: 1, y: 'a' });
    expect(Object.keys(table.columns)).toEqual(['list', 'struct']);
  });

  it('goes from row group to row group, in batches', async () => {
    const data = Array.from({ length: 2500 }, (_, index) => index);
    const table = await parquet(
      { columnData: [{ name: 'a', data, type: 'INT32' }], rowGroupSize: 1000 },
      { batchRows: 300 },
    );
    expect(table.columns.a).toEqual(data);
    expect(table.batches).toBe(4 + 4 + 2);
  });

  it.each(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD'] as const)(
    'reads %s pages',
    async (codec) => {
      const data = Array.from({ length: 5000 }, (_, index) => `value ${index % 100}`);
      const compressors = {
        GZIP: (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes)),
        BROTLI: (bytes: Uint8Array) => new Uint8Array(brotliCompressSync(bytes)),
        ZSTD: storedZstd,
      };
      const table = await parquet({
        columnData: [{ name: 'a', data, type: 'STRING' }],
        codec,
        compressors,
      });
      expect(table.columns.a).toEqual(data);
    },
  );

  it('gives the names of a table without rows', async () => {
    expect(await parquet({ columnData: [{ name: 'a', data: [], type: 'INT32' }] })).toMatchObject({
      columns: { a: [] },
      rows: 0,
    });
  });

  it('bounds columns', async () => {
    const columnData = Array.from({ length: 30 }, (_, index) => ({ name: `c${index}`, data: [1] }));
    await expect(parquet({ columnData }, { maxColumns: 29 })).rejects.toMatchObject({
      code: 'ERR_LEEWAY_FORMAT',
    });
  });

  it('reports its progress in bytes of the file', async () => {
    const data = Array.from({ length: 3000 }, (_, index) => index);
    const path = room.put(
      'p.parquet',
      write({ columnData: [{ name: 'a', data, type: 'INT32' }], rowGroupSize: 1000 }),
    );
    const said: number[] = [];
    const size = readFileSync(path).length;
    for await (const _ of readTable(path, { onProgress: ({ bytes }) => said.push(bytes / size) }));
    expect(said).toHaveLength(4);
    expect(said).toEqual(said.toSorted((a, b) => a - b));
    expect(said.at(-1)).toBe(1);
  });

  it('answers files that are cut short or whose footer is damaged with a typed error or with rows', async () => {
    const data = Array.from({ length: 200 }, (_, index) => `v${index % 9}`);
    const numbers = data.map((_, index) => index / 3);
    const good = write({
      columnData: [
        { name: 's', data, type: 'STRING' },
        { name: 'n', data: numbers, type: 'DOUBLE' },
      ],
    });
    const footer = good.length - 8 - new DataView(good.buffer).getUint32(good.length - 8, true);
    let refused = 0;
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let round = 0; round < 300; round += 1) {
      const bytes = round % 3 === 0 ? good.slice(0, random(good.length)) : good.slice();
      if (round % 3 !== 0)
        for (let flips = 1 + random(4); flips > 0; flips -= 1)
          bytes[footer + random(bytes.length - footer)] = random(256);
      const path = room.put('damaged.parquet', bytes);
      const outcome = await wholeTable(path).catch((error: unknown) => error);
      if (!(outcome instanceof Error)) continue;
      refused += 1;
      expect(outcome).toBeInstanceOf(LeewayError);
      expect((outcome as LeewayError).code).toBe('ERR_LEEWAY_FORMAT');
    }
    expect(refused).toBeGreaterThan(80);
  });
});
