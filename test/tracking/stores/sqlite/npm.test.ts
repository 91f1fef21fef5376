import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SqliteDriver } from '../../../../src/tracking/stores/sqlite/driver.js';
import { loadNpmSqlite } from '../../../../src/tracking/stores/sqlite/npm.js';

let directory: string;
let driver: SqliteDriver;

async function open(): Promise<SqliteDriver> {
  return (await loadNpmSqlite())(join(directory, 'a.db'), 1_000);
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'leeway-npm-'));
  driver = await open();
  await driver.exec('CREATE TABLE t (a, b UNIQUE)');
});

afterEach(async () => {
  // SQLite refuses to close a database that has statements left.
  await driver.close();
  await rm(directory, { recursive: true });
});

const INSERT = 'INSERT INTO t (a, b) VALUES (?, ?)';

describe('statements of npm sqlite3', () => {
  it('are bound anew each time', async () => {
    for (let index = 0; index < 5; index += 1) await driver.all(INSERT, [index, `${index}`]);
    for (const at of [3, 0, 4]) {
      expect(await driver.all('SELECT a, b FROM t WHERE a = ?', [at])).toEqual([
        { a: at, b: `${at}` },
      ]);
    }
    expect(await driver.all('SELECT count(*) AS n FROM t', [])).toEqual([{ n: 5 }]);
    expect(await driver.all('SELECT count(*) AS n FROM t', [])).toEqual([{ n: 5 }]);
  });

  it('that failed work again, and hold no lock', async () => {
    const other = await open();
    for (let time = 0; time < 3; time += 1) {
      await driver.all(INSERT, [1, time]);
      await expect(driver.all(INSERT, [2, time])).rejects.toThrow(/UNIQUE/);
      await other.all('UPDATE t SET a = ?', [time]);
    }
    await expect(driver.all('SELECT missing FROM t', [])).rejects.toThrow(/no such column/);
    expect(await driver.all('SELECT a, b FROM t', [])).toHaveLength(3);
    await other.close();
  });

  it('may be more than are kept, and run at once', async () => {
    const texts = Array.from({ length: 200 }, (_, index) => `SELECT ${index} AS n, ? AS v`);
    const same = Array.from({ length: 8 }, () => 'SELECT 1 AS n, ? AS v');
    const found = await Promise.all(
      [...texts, ...same].map((sql, index) => driver.all(sql, [index])),
    );
    expect(found.map(([row]) => row?.v)).toEqual(found.map((_, index) => index));
    for (const sql of texts) expect(await driver.all(sql, ['x'])).toMatchObject([{ v: 'x' }]);
  });

  it('with large values are let go', async () => {
    const large = new Uint8Array(8_000_000);
    const before = process.memoryUsage().rss;
    for (let index = 0; index < 60; index += 1) {
      await driver.all(`SELECT length(?) AS n, ${index} AS i`, [large]);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
  });

  it('see what another connection changed of the layout', async () => {
    await driver.all(INSERT, [1, 2]);
    expect(await driver.all('SELECT * FROM t', [])).toEqual([{ a: 1, b: 2 }]);
    const other = await open();
    await other.exec('ALTER TABLE t ADD COLUMN c DEFAULT 3');
    await other.close();
    expect(await driver.all('SELECT * FROM t', [])).toEqual([{ a: 1, b: 2, c: 3 }]);
  });
});
