import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type ReadProgress,
  type ReadTableOptions,
  readTable,
} from '../../src/readers/read-table.js';
import { fileRoom, wholeTable } from './files.js';

const room = fileRoom();
afterAll(room.remove);
const rows = (count: number): string =>
  Array.from({ length: count }, (_, index) => `${index},value ${index}`).join('\n');

describe('readTable', () => {
  it.each<[options: object, says: string]>([
    [
      { format: 'cvs' },
      'format must be csv, jsonl or parquet, got "cvs" (string); did you mean "csv"?',
    ],
    [{ format: 7 }, 'got 7 (number)'],
    [{ delimeter: ';' }, 'did you mean "delimiter"?'],
    [{ delimiter: '::' }, 'delimiter must be one character'],
    [{ delimiter: '"' }, 'delimiter must be one character'],
    [{ batchRows: 0 }, 'batchRows must be a whole number from 1, got 0 (number)'],
    [{ maxColumns: Number.NaN }, 'maxColumns must be'],
    [{ onProgress: 'x' }, 'onProgress must be a function'],
  ])('refuses %o at once', (options, says) => {
    expect(() => readTable('a.csv', options as ReadTableOptions)).toThrow(
      expect.objectContaining({
        code: 'ERR_LEEWAY_OPTION',
        message: expect.stringContaining(says),
      }),
    );
  });

  it('names the nearest format where a name tells none', () => {
    expect(() => readTable('data.parqet')).toThrow('did you mean format "parquet"?');
    expect(() => readTable('data.json')).toThrow('did you mean format "jsonl"?');
    expect(() => readTable('data')).toThrow('give format csv, jsonl or parquet');
    expect(() => readTable(new URL('https://example.org/a.csv'))).toThrow(
      'needs the path of a file',
    );
  });

  it('takes the format that it is told over the name, and file URLs', async () => {
    const path = room.put('odd.dat', '{"a":1}\n');
    expect((await wholeTable(path, { format: 'jsonl' })).columns).toEqual({ a: [1] });
    const url = pathToFileURL(room.put('a b.csv', 'a\n1\n'));
    expect((await wholeTable(url)).columns).toEqual({ a: ['1'] });
  });

  it('names the nearest file where there is none, and refuses directories', async () => {
    const path = room.put('training.csv', 'a\n1\n');
    await expect(wholeTable(path.replace('training', 'trainin'))).rejects.toMatchObject({
      code: 'ERR_LEEWAY_OPTION',
      message: expect.stringContaining('did you mean "training.csv"?'),
    });
    await expect(wholeTable(room.directory, { format: 'csv' })).rejects.toMatchObject({
      code: 'ERR_LEEWAY_OPTION',
    });
  });

  it.each(['cut.csv.gz', 'cut.jsonl.gz'])(
    'refuses gzip that is cut short or damaged (%s)',
    async (name) => {
      const text = name.includes('csv') ? `a,b\n${rows(5000)}` : '{"a":1}\n'.repeat(50_000);
      const zipped = gzipSync(text);
      const flipped = zipped.slice();
      flipped.fill(0x55, 100, 140);
      for (const bytes of [zipped.subarray(0, zipped.length - 20), flipped]) {
        await expect(wholeTable(room.put(name, bytes))).rejects.toMatchObject({
          code: 'ERR_LEEWAY_FORMAT',
          message: expect.stringContaining('damaged gzip'),
        });
      }
    },
  );

  it('says how far it is, and ends at the end', async () => {
    const path = room.put('progress.csv', `a,b\n${rows(30_000)}`);
    for (const file of [path, room.put('progress.csv.gz', gzipSync(`a,b\n${rows(30_000)}`))]) {
      const said: ReadProgress[] = [];
      for await (const _ of readTable(file, { onProgress: (progress) => said.push(progress) }));
      expect(said.length).toBeGreaterThan(5);
      expect(said).toEqual(said.toSorted((a, b) => a.bytes - b.bytes || a.rows - b.rows));
      expect(said.at(-1)).toMatchObject({ bytes: said[0]?.totalBytes, rows: 30_000 });
      expect(said[0]?.rows).toBeLessThan(10_000);
    }
  });

  it('stops with the reason of its signal', async () => {
    const path = room.put('abort.csv', `a,b\n${rows(100_000)}`);
    const stop = new AbortController();
    let batches = 0;
    const reading = async (): Promise<void> => {
      for await (const _ of readTable(path, { signal: stop.signal })) {
        batches += 1;
        stop.abort(new Error('enough'));
      }
    };
    await expect(reading()).rejects.toThrow('enough');
    expect(batches).toBe(1);
    await expect(reading()).rejects.toThrow('enough');
    expect(batches).toBe(1);
  });

  it('reads no further than it is asked to, and closes its file when left early', async () => {
    const path = room.put('early.csv.gz', gzipSync(`a,b\n${rows(300_000)}`));
    const said: ReadProgress[] = [];
    const before = process.getActiveResourcesInfo().length;
    for await (const _ of readTable(path, { onProgress: (progress) => said.push(progress) }))
      if (said.length === 1) break;
    expect(said[0]?.bytes).toBeLessThan((said[0]?.totalBytes ?? 0) / 2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
  });

  it('may be read twice', async () => {
    const table = readTable(room.put('twice.csv', 'a\n1\n'));
    for (let round = 0; round < 2; round += 1) {
      const seen: unknown[] = [];
      for await (const batch of table) seen.push(batch);
      expect(seen).toEqual([{ columns: new Map([['a', ['1']]]), rows: 1 }]);
    }
  });
});
