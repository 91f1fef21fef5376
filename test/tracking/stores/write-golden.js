// Writes what a store of this version holds, as SQL: `node test/tracking/stores/write-golden.js sqlite|postgres`, after
// `npm run build`. Run once for each version of a layout; what it wrote is never changed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import sqlite3 from 'sqlite3';
import { postgresStore, sqliteStore } from '../../../dist/src/index.js';
import { profileTable } from '../../../dist/src/profile.js';
import { encodeChunk } from '../../../dist/src/tracking/chunk.js';
import { openDatabase } from '../../../examples/fleet/postgres.js';

const clock = { now: () => 1_700_000_000_000, setTimer: () => ({ cancel() {} }) };
const base = { key: 'price', value: null, dt: 1_700_000_000_000, node: 'n', userid: 'u' };

/** Two calls, of two rows and of one: all kinds of cells, a weight, a version. */
function chunk(from) {
  const call = {
    rows: 2,
    at: 1_700_000_000_000,
    latencyMs: 1.5,
    status: 200,
    requestId: null,
    parent: null,
  };
  const calls = [
    call,
    { ...call, rows: 1, latencyMs: Number.NaN, requestId: `id ${from}`, parent: 1, version: 'v1' },
  ];
  const columns = new Map([
    ['X_age', [from, from + 0.5, null]],
    ['X_city', ['Bern', true, `é${from}`]],
    ['Y_0', [-0, 1e300, Number.POSITIVE_INFINITY]],
  ]);
  return encodeChunk({ calls, rows: 3, weights: new Uint32Array([1, 2, 1]), columns });
}

function profile(count) {
  const rows = Array.from({ length: count }, (_, row) => ({
    X_age: row,
    X_city: row % 2 ? 'Bern' : 'Ulm',
    Y_0: row / 7,
  }));
  return profileTable(rows, { seed: 1 }).toBytes();
}

async function fill(store) {
  const name = 'shop\0é';
  const predict = { ...base, event: 'predict', runs: 2, rows: 4 };
  const predictions = [{ id: 'id 2', offset: 1, value: [{ 0: 1 }], dt: 5, version: 'v1' }];
  await store.append(
    name,
    [1, 2, 3].map((from) => ({
      ...predict,
      bytes: chunk(from),
      ...(from === 2 && { predictions }),
    })),
  );
  await store.append(name, [
    { ...base, event: 'metric', key: 'acc', value: 0.5, step: 0.5, run: 1, parent: 1 },
  ]);
  const replaces = [1, 2].map((posFrom) => ({ level: 0, posFrom }));
  await store.fold({ experiment: name, key: 'price', level: 1, replaces, bytes: profile(8) });
  await store.commitWindow({
    experiment: name,
    monitor: `monitors/${name}/price`,
    key: 'price',
    expectedVersion: 0,
    tick: 1_700_000_000_000,
    next: { seq: 0, cursor: 3, captured: 0 },
    entries: [
      { ...base, event: 'snapshot', step: 0, value: { from: 1, to: 2 }, bytes: profile(12) },
    ],
    deliveries: [{ id: 'd', payload: ['pager'] }],
  });
  await store.settleDelivery('d', { done: false });
  await store.append(name, [{ ...predict, bytes: chunk(4) }]);
  await store.takeLease('upkeep', 'o', 60_000);
  await store.close();
}

async function dumpSqlite() {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-golden-'));
  const file = join(directory, 'a.db');
  await fill(sqliteStore({ file, clock }));
  const database = new sqlite3.Database(file);
  const all = (sql) =>
    new Promise((resolve, reject) =>
      database.all(sql, (error, rows) => (error ? reject(error) : resolve(rows))),
    );
  const lines = [];
  for (const { name, sql } of await all(
    "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'",
  )) {
    lines.push(`${sql};`);
    if (!sql.startsWith('CREATE TABLE')) continue;
    const columns = (await all(`PRAGMA table_info(${name})`)).map((column) => column.name);
    const quoted = columns.map((column) => `quote("${column}")`).join(` || ', ' || `);
    for (const { row } of await all(`SELECT ${quoted} AS row FROM ${name}`)) {
      lines.push(`INSERT INTO ${name} (${columns.join(', ')}) VALUES (${row});`);
    }
  }
  for (const pragma of ['application_id', 'user_version']) {
    lines.push(`PRAGMA ${pragma} = ${(await all(`PRAGMA ${pragma}`))[0][pragma]};`);
  }
  await new Promise((resolve) => database.close(resolve));
  rmSync(directory, { recursive: true });
  return lines;
}

async function dumpPostgres() {
  const database = await openDatabase();
  await fill(postgresStore({ url: database.url, clock }));
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const all = async (sql) => (await client.query(sql)).rows;
  const lines = [];
  const tables = await all(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_name LIKE 'leeway%' ORDER BY 1",
  );
  for (const { name } of tables) {
    const columns = await all(
      `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END AS type
       FROM pg_attribute AS a WHERE a.attrelid = '${name}'::regclass AND a.attnum > 0 ORDER BY a.attnum`,
    );
    const keys = await all(
      `SELECT pg_get_constraintdef(oid) AS key FROM pg_constraint WHERE conrelid = '${name}'::regclass AND contype = 'p'`,
    );
    const parts = [
      ...columns.map((column) => `${column.name} ${column.type}`),
      ...keys.map(({ key }) => key),
    ];
    lines.push(`CREATE TABLE ${name} (${parts.join(', ')});`);
    const quoted = columns.map((column) => `quote_nullable(${column.name})`).join(`, `);
    for (const { row } of await all(`SELECT concat_ws(', ', ${quoted}) AS row FROM ${name}`)) {
      lines.push(`INSERT INTO ${name} VALUES (${row});`);
    }
  }
  const indexes = await all(
    "SELECT indexdef AS sql FROM pg_indexes WHERE indexname LIKE 'leeway%' AND indexname NOT LIKE '%pkey' ORDER BY indexname",
  );
  for (const { sql } of indexes) lines.push(`${sql.replace(/ ON \w+\./, ' ON ')};`);
  await client.end();
  await database.close();
  return lines;
}

const lines = process.argv[2] === 'postgres' ? await dumpPostgres() : await dumpSqlite();
console.log(['-- Never changed: later versions have to read it.', ...lines].join('\n'));
