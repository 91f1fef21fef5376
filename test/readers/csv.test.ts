import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readCsv, uniqueNames } from '../../src/readers/csv.js';
import type { BadRow } from '../../src/readers/table-batch.js';
import { cpuMs } from '../fixtures/cpu-time.js';
import { fileRoom, inPieces, wholeTable } from './files.js';

const room = fileRoom();
afterAll(room.remove);
const csv = (content: string | Uint8Array, options = {}) =>
  wholeTable(room.put('table.csv', content), options);

describe('readTable on CSV', () => {
  it.each<[name: string, text: string, columns: Record<string, (string | null)[]>]>([
    ['names columns by the first row', 'a,b\n1,x\n2,y\n', { a: ['1', '2'], b: ['x', 'y'] }],
    ['reads the last row without an end of line', 'a,b\n1,x', { a: ['1'], b: ['x'] }],
    ['reads CRLF', 'a,b\r\n1,x\r\n2,y\r\n', { a: ['1', '2'], b: ['x', 'y'] }],
    [
      'reads mixed ends of lines',
      'a,b\r\n1,x\n2,y\r\n3,"z"\r\n',
      { a: ['1', '2', '3'], b: ['x', 'y', 'z'] },
    ],
    ['reads the lone CR of old', 'a,b\r1,x\r2,"y\rz"\r', { a: ['1', '2'], b: ['x', 'y\rz'] }],
    ['skips a byte order mark', '\ufeffa,b\n1,x\n', { a: ['1'], b: ['x'] }],
    ['reads quotes', 'a,b\n"1,5","say ""hi"""\n', { a: ['1,5'], b: ['say "hi"'] }],
    [
      'reads line ends in quotes',
      'a,b\n1,"x\ny"\n2,"x\r\ny"\n',
      { a: ['1', '2'], b: ['x\ny', 'x\r\ny'] },
    ],
    [
      'takes empty fields as missing',
      'a,b\n,x\n"",y\n3,\n',
      { a: [null, null, '3'], b: ['x', 'y', null] },
    ],
    ['skips empty lines', '\na,b\n\n1,x\n\r\n2,y\n\n', { a: ['1', '2'], b: ['x', 'y'] }],
    ['takes empty lines of one column as missing', 'a\n1\n\n3\n', { a: ['1', null, '3'] }],
    ['keeps spaces, zeros and case', 'a,b\n 1 ,007\n', { a: [' 1 '], b: ['007'] }],
    ['keeps NUL bytes in values', 'a,b\n1,x\0y\n', { a: ['1'], b: ['x\0y'] }],
    [
      'guesses a semicolon beside decimal commas',
      'a;b\n1,5;2,5\n3,5;4\n',
      { a: ['1,5', '3,5'], b: ['2,5', '4'] },
    ],
    ['guesses a vertical bar', 'a|b\n1|x\n2|y\n', { a: ['1', '2'], b: ['x', 'y'] }],
    [
      'takes a single bar in a value for text',
      'a,b\n1,x|y\n2,z\n',
      { a: ['1', '2'], b: ['x|y', 'z'] },
    ],
    ['guesses a tab', 'a\tb\n1, 2\tx\n', { a: ['1, 2'], b: ['x'] }],
    [
      'makes names unique',
      'a,a,,a_2\n1,2,3,4\n',
      { a: ['1'], a_3: ['2'], column_3: ['3'], a_2: ['4'] },
    ],
    ['reads a header alone', 'a,b\n', { a: [], b: [] }],
    ['reads other alphabets and emoji', 'Größe,気温\nß,😀\n', { Größe: ['ß'], 気温: ['😀'] }],
  ])('%s', async (_name, text, columns) => {
    const table = await csv(text);
    expect(table.columns).toEqual(columns);
    expect(table.bad).toEqual([]);
  });

  it('takes __proto__ and constructor for names like others', async () => {
    const path = room.put('proto.csv', '__proto__,constructor\n1,2\n');
    const { readTable } = await import('../../src/readers/read-table.js');
    for await (const { columns } of readTable(path)) {
      expect([...columns]).toEqual([
        ['__proto__', ['1']],
        ['constructor', ['2']],
      ]);
    }
    expect(Object.prototype).not.toHaveProperty('0');
  });

  it('reads the delimiter that it is told, and tabs from .tsv', async () => {
    expect((await csv('a|b\n1|2,3\n', { delimiter: '|' })).columns).toEqual({
      a: ['1'],
      b: ['2,3'],
    });
    const tsv = room.put('table.tsv', 'a\tb,c\n1\t2\n');
    expect((await wholeTable(tsv)).columns).toEqual({ a: ['1'], 'b,c': ['2'] });
  });

  it('unzips by what the bytes are, whatever the name', async () => {
    const zipped = gzipSync('a,b\n1,x\n');
    expect((await wholeTable(room.put('table.csv.gz', zipped))).columns).toEqual({
      a: ['1'],
      b: ['x'],
    });
    expect((await csv(zipped)).columns).toEqual({ a: ['1'], b: ['x'] });
  });

  it('reads UTF-16 with its mark, as spreadsheets write it', async () => {
    const text = Buffer.from('\ufeffa\tb\r\n1\tß\r\n', 'utf16le');
    expect((await csv(text)).columns).toEqual({ a: ['1'], b: ['ß'] });
  });

  it('reports rows that do not fit, with their lines, and delivers the others', async () => {
    const table = await csv('a,b\n1,x\n2\n"3\n4",y\n5,y,z\n6,"z"z\n7,q\n');
    expect(table.columns).toEqual({ a: ['1', '3\n4', '7'], b: ['x', 'y', 'q'] });
    expect(table.bad).toEqual([
      { line: 3, reason: '1 field, where the table has 2 columns' },
      { line: 6, reason: '3 fields, where the table has 2 columns' },
      { line: 7, reason: 'a quote inside a quoted field is not doubled' },
    ]);
  });

  it('loses to a quote that is never closed its line, not the rest of the file', async () => {
    const table = await csv('a,b\n1,x\n2,"y\n3,z\n4\n5,w\n');
    expect(table.columns).toEqual({ a: ['1', '3', '5'], b: ['x', 'z', 'w'] });
    expect(table.bad).toEqual([
      { line: 3, reason: 'a quoted field is never closed' },
      { line: 5, reason: '1 field, where the table has 2 columns' },
    ]);
  });

  it('tells how far a stray quote has carried a row', async () => {
    const table = await csv('a,b\n1,"x"x\n"2",y\n3,z\n');
    expect(table.columns).toEqual({ a: ['3'], b: ['z'] });
    expect(table.bad).toEqual([
      { line: 2, reason: 'a quote inside a quoted field is not doubled (it runs to line 3)' },
    ]);
  });

  it('makes the first bad row an error where nobody is told of it', async () => {
    await expect(csv('a,b\n1\n', { onBadRow: undefined })).rejects.toMatchObject({
      code: 'ERR_LEEWAY_FORMAT',
      message: expect.stringContaining('line 2: 1 field'),
    });
  });

  it('gives every row once, in order, in batches of at most batchRows', async () => {
    const rows = Array.from({ length: 10_000 }, (_, index) => `${index},v${index % 7}`);
    const table = await csv(`a,b\n${rows.join('\n')}\n`, { batchRows: 1000 });
    expect(table.batches).toBe(10);
    expect(table.columns.a).toEqual(rows.map((row) => row.split(',')[0]));
  });

  it('refuses what is no CSV', async () => {
    const broken = [
      ['', 'empty'],
      ['\n\n', 'empty'],
      ['PAR1....', 'Parquet'],
      ['PK\x03\x04....', 'zip'],
      ['a\0b,c\n1,2\n', 'NUL'],
      ['a,"b"b\n1,2\n', 'not doubled'],
      [`${'x,'.repeat(10_000)}x\n`, 'maxColumns'],
    ] as const;
    for (const [text, why] of broken) {
      await expect(csv(text), text.slice(0, 10)).rejects.toMatchObject({
        code: 'ERR_LEEWAY_FORMAT',
        message: expect.stringContaining(why),
      });
    }
  });

  it('reads 10 MB fields, and refuses rows beyond maxRowLength', async () => {
    const long = 'x'.repeat(10_000_000);
    const table = await csv(`a,b\n1,${long}\n2,"${long}"\n`);
    expect(table.columns.b?.map((value) => (value as string).length)).toEqual([
      10_000_000, 10_000_000,
    ]);
    await expect(csv(`a,b\n1,"${long}`, { maxRowLength: 1_000_000 })).rejects.toMatchObject({
      code: 'ERR_LEEWAY_FORMAT',
      message: expect.stringContaining('line 2 is longer than 1000000 characters'),
    });
  });

  it('refuses floods of stray quotes in time that grows with the file', async () => {
    const started = cpuMs();
    await expect(csv(`a,b\n${'"x\n'.repeat(1_000_000)}`)).rejects.toMatchObject({
      code: 'ERR_LEEWAY_FORMAT',
    });
    expect(cpuMs() - started).toBeLessThan(5000);
  });
});

describe('readCsv', () => {
  const limits = { batchRows: 3, maxColumns: 100, maxRowLength: 100_000 };
  const read = async (text: string, size: number) => {
    const bad: BadRow[] = [];
    const rows: unknown[][] = [];
    let names: string[] = [];
    const options = { ...limits, delimiter: ',', onBadRow: (row: BadRow) => bad.push(row) };
    for await (const batch of readCsv(inPieces(text, size), options)) {
      names = [...batch.columns.keys()];
      const columns = [...batch.columns.values()];
      for (let row = 0; row < batch.rows; row += 1) rows.push(columns.map((column) => column[row]));
    }
    return { names, rows, bad };
  };

  it('reads back what was written, whatever the pieces and the ends of lines', async () => {
    const field = fc.oneof(
      fc.string({
        maxLength: 6,
        unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', ';', '\t', '😀'),
      }),
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constant(''),
    );
    const table = fc.integer({ min: 2, max: 5 }).chain((width) =>
      fc.array(fc.array(field, { minLength: width, maxLength: width }), {
        minLength: 1,
        maxLength: 8,
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 70_000 }),
        async (rows, end, size) => {
          // CRs at the very end of a row are taken for ends of lines.
          const clean = rows.map((row) =>
            row.map((value, index) =>
              index === row.length - 1 ? value.replace(/\r+$/, '') : value,
            ),
          );
          const names = (clean[0] as string[]).map((_, index) => `n${index}`);
          const padding = `${'p,'.repeat(names.length - 1)}p${end}`.repeat(40_000 / names.length);
          const text = `${names.join(',')}${end}${padding}${clean.map((row) => row.map(quoted).join(',')).join(end)}${end}`;
          const result = await read(text, Math.max(size, 50));
          const padded = padding.split(end).length - 1;
          expect(result.bad).toEqual([]);
          expect(result.names).toEqual(names);
          expect(result.rows.slice(padded)).toEqual(
            clean.map((row) => row.map((value) => (value === '' ? null : value))),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads the same with a cut between any two characters', async () => {
    const text = 'a,b\r\n1,"x ""y""\r\n"\r\n\r\n,\n"2",z\n3,"😀"\r\nbad\n4,"q"q\n5,"never\n6,ok';
    const expected = await read(text, text.length);
    expect(expected.rows).toEqual([
      ['1', 'x "y"\r\n'],
      [null, null],
      ['2', 'z'],
      ['3', '😀'],
      ['6', 'ok'],
    ]);
    expect(expected.bad.map(({ line }) => line)).toEqual([8, 9, 10]);
    for (let size = 1; size < text.length; size += 1)
      expect(await read(text, size), `${size}`).toEqual(expected);
  });
});

describe('the splitter', () => {
  it('reads the same with a cut between any two characters, without a sample before', async () => {
    const { CsvSplitter } = await import('../../src/readers/csv-records.js');
    const text = 'a,b\n1,"x ""y""\r\n"\n\n"2" ,z\n3,"😀"\nbad\n4,"q"q\n5,""\n6,"never\n7,ok\n';
    const read = (size: number) => {
      const splitter = new CsvSplitter({ delimiter: ',', newline: '\n', maxRowLength: 1000 });
      const said: unknown[] = [];
      const take = (found: ReturnType<typeof splitter.push>): void => {
        found.records.forEach((record, index) => {
          said.push([found.lineOf(index), [...record], found.problems.get(index)]);
        });
      };
      for (let start = 0; start < text.length; start += size)
        take(splitter.push(text.slice(start, start + size)));
      take(splitter.end());
      return said;
    };
    const expected = read(text.length);
    expect(expected).toHaveLength(10);
    expect(expected.at(-1)).toEqual([11, ['7', 'ok'], undefined]);
    for (let size = 1; size < text.length; size += 1)
      expect(read(size), `${size}`).toEqual(expected);
  });
});

it('names columns so that no two are called the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('', 'a', 'b', 'a_2', 'a_3', 'column_1', 'column_2', '__proto__')),
      (fields) => {
        const names = uniqueNames(fields);
        expect(new Set(names).size).toBe(fields.length);
        fields.forEach((field, index) => {
          if (field !== '' && fields.indexOf(field) === index) expect(names[index]).toBe(field);
        });
      },
    ),
  );
});

function quoted(value: string): string {
  return /[",\r\n]|^\s|\s$/.test(value) || value === ''
    ? `"${value.replaceAll('"', '""')}"`
    : value;
}
