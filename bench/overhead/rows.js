// What a kept row costs off the request path: to fold it into a profile, as it came or with a weight (above the budget), and to
// store it. 30 features and one output.
//
//   npm run build && node bench/overhead/rows.js
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore } from 'leeway';
import { Profile } from 'leeway/profile';
import { encodeChunk } from '../../dist/src/tracking/chunk.js';

const ROWS = 1_000;
const CHUNKS = 60;
const SLICE = 256;
const names = [...Array.from({ length: 30 }, (_, index) => `X_f${index}`), 'Y_0'];
const chunks = Array.from({ length: CHUNKS }, (_, chunk) => ({
  rows: ROWS,
  calls: Array.from({ length: ROWS }, () => ({
    rows: 1,
    at: 0,
    latencyMs: 1,
    status: 200,
    requestId: null,
    parent: null,
  })),
  columns: new Map(
    names.map((name, column) => [
      name,
      Array.from({ length: ROWS }, (_, row) => Math.sin(chunk * 7e5 + column * 31 + row)),
    ]),
  ),
}));
const cpu = async (work) => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (ROWS * CHUNKS);
};

const directory = mkdtempSync(join(tmpdir(), 'leeway-bench-'));
const store = sqliteStore({ file: join(directory, 'log.db') });
/** Of so many thousand rows a second, and half a thousand, as a buffer weighs them. */
const weigh = (least) => Uint32Array.from({ length: ROWS }, (_, row) => least + (row % 2));
const WEIGHTS = [20, 127, 200];
const fold = (weighted, total) =>
  cpu(() => {
    const profile = new Profile();
    for (const { columns } of chunks) {
      for (let from = 0; from < ROWS; from += SLICE) {
        profile.addColumns(columns, from, Math.min(ROWS, from + SLICE), weighted);
      }
    }
    if (profile.rows !== total * CHUNKS) throw new Error('rows are missing');
  });
const best = {};
const note = (name, us) => {
  best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, us);
};
for (let run = 0; run < 5; run += 1) {
  note('fold', await fold(undefined, ROWS));
  for (const least of WEIGHTS)
    note(`with weights of ${least}`, await fold(weigh(least), (least + 0.5) * ROWS));
  const stored = await cpu(async () => {
    for (const chunk of chunks) {
      const entry = { event: 'predict', key: 'm', node: '', userid: '', value: null };
      await store.append('bench', [
        { ...entry, runs: ROWS, rows: ROWS, bytes: encodeChunk(chunk), dt: 0, dtEnd: 1 },
      ]);
    }
  });
  note('store', stored);
}
await store.close();
rmSync(directory, { recursive: true });
const figures = Object.entries(best).map(([name, us]) => `${name} ${us.toFixed(2)}`);
console.log(`CPU µs a kept row, best of five: ${figures.join(', ')}`);
