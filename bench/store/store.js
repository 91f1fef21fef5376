// What the stores cost: `node bench/store/store.js [--rows 10000000] [--json]`, after `npm run build`.
//
//   write   rows of 30 columns through the recorder's way into SQLite: rows/s, delay of the event loop, CPU a row
//   read    the latest run, and a snapshot, on a store of so many rows
//   day     a snapshot over 24 hours of 8 replicas
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { experiment, sqliteStore } from 'leeway';
import { Profile } from 'leeway/profile';
import { ModelSource } from '../../dist/src/monitor/window/model-source.js';
import { encodeChunk } from '../../dist/src/tracking/chunk.js';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '10000000' }, json: { type: 'boolean' } },
});
const TOTAL = Number(values.rows);
const COLUMNS = 30;
const ROWS = 1_000;
const PACED = 60_000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const directory = mkdtempSync(join(tmpdir(), 'leeway-bench-'));
const results = [];
const add = (what, figure, wanted) => results.push({ what, figure, wanted });

function makeChunk(seed, rows = ROWS) {
  const columns = new Map();
  for (let column = 0; column < COLUMNS; column += 1) {
    const name = column < COLUMNS - 1 ? `X_${column}` : 'Y_0';
    columns.set(
      name,
      Array.from({ length: rows }, (_, row) => Math.sin(seed * 7919 + row * 31 + column) * 100),
    );
  }
  const call = {
    rows: 1,
    at: Date.now(),
    latencyMs: 1,
    status: 200,
    requestId: null,
    parent: null,
  };
  return { calls: Array(rows).fill(call), rows, columns };
}

function profileOf(chunk) {
  const profile = new Profile();
  profile.addColumns(chunk.columns, 0, chunk.rows);
  return profile;
}

const entryOf = (bytes, rows, key = 'm', dt = Date.now()) => {
  return { event: 'predict', key, runs: rows, rows, bytes, value: null, dt, node: 'n', userid: '' };
};
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function timed(work, times = 7) {
  const took = [];
  for (let time = 0; time < times; time += 1) {
    const started = performance.now();
    await work();
    took.push(performance.now() - started);
  }
  return median(took);
}

async function benchWrites() {
  const store = sqliteStore({ file: join(directory, 'write.db'), maxBytes: 100e9 });
  const packed = Array.from({ length: 16 }, (_, index) => encodeChunk(makeChunk(index)));
  const chunks = 300;
  for (let chunk = 0; chunk < 20; chunk += 1)
    await store.append('warm', [entryOf(packed[chunk % 16], ROWS)]);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const started = performance.now();
  for (let chunk = 0; chunk < chunks; chunk += 1)
    await store.append('e', [entryOf(packed[chunk % 16], ROWS)]);
  const seconds = (performance.now() - started) / 1_000;
  const used = process.cpuUsage(cpu);
  const rows = chunks * ROWS;
  add('SQLite, rows of 30 columns a second, at most', Math.round(rows / seconds), '≥ 50000');
  // The histogram counts from one tick of its own timer to the next: its resolution is no delay.
  const p99 = () => Number((delay.percentile(99) / 1e6 - 1).toFixed(2));
  add('event loop delay p99 at that, ms', p99(), '');
  delay.reset();
  const paced = performance.now();
  for (let chunk = 0; chunk < (4 * PACED) / ROWS; chunk += 1) {
    await store.append('e', [entryOf(packed[chunk % 16], ROWS)]);
    await sleep(Math.max(0, paced + ((chunk + 1) * 1_000) / (PACED / ROWS) - performance.now()));
  }
  delay.disable();
  add('event loop delay p99 at 60,000 rows/s, ms', p99(), '< 5');
  add(
    'CPU of the store, µs a row (all threads)',
    Number(((used.user + used.system) / rows).toFixed(2)),
    '≤ 1',
  );
  await store.close();
  add(
    'bytes a row on disk',
    Math.round(statSync(join(directory, 'write.db')).size / (rows + 20 * ROWS + 4 * PACED)),
    '',
  );
}

async function benchReads() {
  const store = sqliteStore({ file: join(directory, 'read.db'), maxBytes: 100e9 });
  const chunk = makeChunk(1);
  const bytes = encodeChunk(chunk);
  const hour = profileOf(chunk).toBytes();
  const perFold = 100;
  const newest = 20;
  const chunks = Math.round(TOTAL / ROWS);
  for (let from = 0; from < chunks; from += perFold) {
    await store.append(
      'e',
      Array.from({ length: perFold }, () => entryOf(bytes, ROWS)),
    );
    if (from + perFold + newest > chunks) continue;
    const replaces = Array.from({ length: perFold }, (_, index) => ({
      level: 0,
      posFrom: from + index + 1,
    }));
    await store.fold({ experiment: 'e', key: 'm', level: 2, replaces, bytes: hour });
  }
  const exp = experiment('e', { store });
  await exp.data({ event: 'predict', run: -1 });
  add(
    `data({ run: -1 }) on ${TOTAL.toExponential(0)} rows, ms`,
    await figure(() => exp.data({ event: 'predict', run: -1 })),
    '< 50',
  );
  const { pos } = await store.head('e');
  // A monitor that was cut an hour ago: its window is what came since.
  const cursor = pos - perFold - newest > 0 ? pos - perFold : 0;
  const next = { seq: 0, cursor, captured: 0 };
  await store.commitWindow({
    experiment: 'e',
    monitor: 'a',
    key: 'm',
    expectedVersion: 0,
    next,
    entries: [],
    deliveries: [],
  });
  const last = Array.from({ length: perFold }, (_, index) => ({
    level: 0,
    posFrom: cursor + index + 1,
  }));
  await store.fold({ experiment: 'e', key: 'm', level: 2, replaces: last, bytes: hour });
  const source = new ModelSource({
    store,
    experiment: 'e',
    model: 'm',
    profileAs: {},
    onError: console.error,
  });
  add(
    `a snapshot on ${TOTAL.toExponential(0)} rows, ms`,
    await figure(() => openWindow(store, source)),
    '< 50',
  );
  await store.close();
}

/** 24 hours of 8 replicas at the fullest: hours that were joined, two hours, seven folds and seven minutes of each, chunks. */
async function benchDay() {
  const store = sqliteStore({ file: join(directory, 'day.db'), maxBytes: 100e9 });
  const bytes = encodeChunk(makeChunk(2, 100));
  const fold = profileOf(makeChunk(3, 4_000)).toBytes();
  async function addFold(level) {
    const [{ pos }] = await store.append('e', [entryOf(bytes, 100)]);
    await store.fold({
      experiment: 'e',
      key: 'm',
      level,
      replaces: [{ level: 0, posFrom: pos }],
      bytes: fold,
    });
  }
  for (let hour = 0; hour < 21; hour += 1) await addFold(4);
  for (let replica = 0; replica < 8; replica += 1) {
    for (const level of [3, 3, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1]) await addFold(level);
    for (let second = 0; second < 15; second += 1) await store.append('e', [entryOf(bytes, 100)]);
  }
  const source = new ModelSource({
    store,
    experiment: 'e',
    model: 'm',
    profileAs: {},
    onError: console.error,
  });
  add(
    'a snapshot over 24 h × 8 replicas, ms',
    await figure(() => openWindow(store, source), 3),
    '< 1000',
  );
  await store.close();
}

/** What came since the cut of the monitor, in one profile. */
async function openWindow(store, source) {
  const { cursor } = await store.monitorHead('e', 'a');
  return source.read(cursor, (await store.head('e')).pos);
}

async function figure(work, times) {
  return Number((await timed(work, times)).toFixed(1));
}

try {
  await benchWrites();
  await benchReads();
  await benchDay();
} finally {
  rmSync(directory, { recursive: true, force: true });
}
if (values.json) console.log(JSON.stringify(results));
else {
  console.log(`Node ${process.versions.node}, ${cpus()[0]?.model}, ${cpus().length} cores`);
  console.table(results);
}
