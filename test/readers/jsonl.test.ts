import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readJsonLines } from '../../src/readers/jsonl.js';
import { readTable } from '../../src/readers/read-table.js';
import type { BadRow } from '../../src/readers/table-batch.js';
import { fileRoom, inPieces, wholeTable } from './files.js';

const room = fileRoom();
afterAll(room.remove);
const jsonl = (content: string | Uint8Array, options = {}) =>
  wholeTable(room.put('table.jsonl', content), options);

describe('readTable on JSON lines', () => {
  it('keeps values as JSON has them, lists and objects too', async () => {
    const table = await jsonl(
      '{"a":1,"b":"x","c":true}\n{"a":2.5,"b":null,"c":[1,2]}\n{"a":1e308,"b":{"d":1},"c":""}',
    );
    expect(table.columns).toEqual({
      a: [1, 2.5, 1e308],
      b: ['x', null, { d: 1 }],
      c: [true, [1, 2], ''],
    });
    expect(table.rows).toBe(3);
  });

  it('lets columns come and go', async () => {
    const table = await jsonl('{"a":1}\n{"b":2}\n{}\n{"a":4,"c":4}\n');
    expect(table.columns).toEqual({
      a: [1, null, null, 4],
      b: [null, 2, null, null],
      c: [null, null, null, 4],
    });
  });

  it('reads CRLF, a byte order mark, empty lines and gzip', async () => {
    const text = '\ufeff{"a":1}\r\n\r\n  \n{"a":2}\r\n';
    expect((await jsonl(text)).columns).toEqual({ a: [1, 2] });
    expect((await wholeTable(room.put('t.ndjson.gz', gzipSync(text)))).columns).toEqual({
      a: [1, 2],
    });
  });

  it('reports lines that are no objects, and delivers the others', async () => {
    const table = await jsonl('{"a":1}\n[1]\nnull\n\n3\n"x"\n{"a":\n{"a":2}\n');
    expect(table.columns).toEqual({ a: [1, 2] });
    expect(table.bad).toEqual([
      { line: 2, reason: 'not a JSON object but a list' },
      { line: 3, reason: 'not a JSON object but null' },
      { line: 5, reason: 'not a JSON object but a number' },
      { line: 6, reason: 'not a JSON object but a string' },
      { line: 7, reason: 'not JSON' },
    ]);
  });

  it('takes __proto__ for a name like others', async () => {
    const path = room.put('proto.jsonl', '{"__proto__":{"polluted":1},"constructor":2}\n');
    for await (const { columns } of readTable(path)) {
      expect([...columns]).toEqual([
        ['__proto__', [{ polluted: 1 }]],
        ['constructor', [2]],
      ]);
    }
    expect({}).not.toHaveProperty('polluted');
  });

  it('bounds columns over the whole file, and the length of lines', async () => {
    const many = Array.from({ length: 30 }, (_, index) => `{"c${index}":1}`).join('\n');
    await expect(jsonl(many, { maxColumns: 20 })).rejects.toMatchObject({
      code: 'ERR_LEEWAY_FORMAT',
      message: expect.stringContaining('by line 21 the table has more than the 20'),
    });
    await expect(
      jsonl(`{"a":1}\n{"a":"${'x'.repeat(1e6)}"}`, { maxRowLength: 1e5 }),
    ).rejects.toMatchObject({
      code: 'ERR_LEEWAY_FORMAT',
      message: expect.stringContaining('line 2 is longer'),
    });
    const long = await jsonl(`{"a":"${'x'.repeat(10_000_000)}"}`);
    expect(String(long.columns.a?.[0])).toHaveLength(10_000_000);
  });

  it('survives deep nesting as a bad row or a value, not as a crash', async () => {
    const table = await jsonl(`{"a":${'['.repeat(100_000)}\n{"a":1}\n`);
    expect(table.bad).toEqual([{ line: 1, reason: 'not JSON' }]);
    expect(table.columns).toEqual({ a: [1] });
  });

  it('yields nothing for an empty file', async () => {
    expect(await jsonl('')).toEqual({ columns: {}, rows: 0, batches: 0, bad: [] });
  });
});

it('reads the same in whatever pieces', async () => {
  const value = fc.oneof(
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  );
  const rows = fc.array(fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'é😀'), value), {
    maxLength: 10,
  });
  await fc.assert(
    fc.asyncProperty(
      rows,
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom('\n', '\r\n'),
      async (table, size, end) => {
        const text = table.map((row) => JSON.stringify(row)).join(end);
        const read: Record<string, unknown>[] = [];
        const onBadRow = (row: BadRow): void => expect.fail(row.reason);
        const limits = { batchRows: 3, maxColumns: 10, maxRowLength: 1000, onBadRow };
        for await (const batch of readJsonLines(inPieces(text, size), limits)) {
          for (let row = 0; row < batch.rows; row += 1) {
            read.push(
              Object.fromEntries([...batch.columns].map(([name, values]) => [name, values[row]])),
            );
          }
        }
        const names = ['a', 'b', '__proto__', 'é😀'];
        const cells = (row: object, name: string): unknown =>
          (Object.hasOwn(row, name) ? Reflect.get(row, name) : null) ?? null;
        const plain = JSON.parse(JSON.stringify(table)) as object[];
        expect(read.map((row) => names.map((name) => cells(row, name)))).toEqual(
          plain.map((row) => names.map((name) => cells(row, name))),
        );
      },
    ),
  );
});
