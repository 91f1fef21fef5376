// MB/s and rows/s of the readers, alone and into a profile.
//
//   npm run build && node bench/readers/speed.js
//
// A table of 100,000 rows and 30 columns (20 numbers, 10 categories) as CSV, JSON lines and Parquet; best of 5 after one
// warm-up. What is read is checked before anything is timed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteFile } from 'hyparquet-writer';
import { Profile } from 'leeway/profile';
import { readTable } from 'leeway/readers';

const ROWS = 100_000;
const NUMBERS = 20;
const CATEGORIES = 10;
const ROUNDS = 5;
const WORDS = [
  'rain',
  'sun',
  'drizzle',
  'fog',
  'snow',
  'hail',
  'a longer name of a category',
  'x',
  'yy',
  'zzz',
];

const directory = mkdtempSync(join(tmpdir(), 'leeway-bench-'));
try {
  const files = writeFiles(makeColumns());
  console.log(`node ${process.version}, ${cpus()[0]?.model ?? 'unknown CPU'}, commit ${commit()}`);
  console.log(
    `${ROWS.toLocaleString('en')} rows × ${NUMBERS + CATEGORIES} columns, best of ${ROUNDS}\n`,
  );
  console.log(
    'format          MB    read ms      MB/s      rows/s    into a profile ms      MB/s      rows/s',
  );
  for (const file of files) {
    await check(file);
    const megabytes = statSync(file).size / 1e6;
    const read = await best(() => drain(file));
    const profiled = await best(() => profile(file));
    const figures = [read, profiled].map((ms) => [
      ms.toFixed(0).padStart(8),
      ((megabytes / ms) * 1000).toFixed(0).padStart(10),
      Math.round((ROWS / ms) * 1000)
        .toLocaleString('en')
        .padStart(12),
    ]);
    const name = file.split('.').at(-1).padEnd(8);
    console.log(
      `${name}${megabytes.toFixed(1).padStart(10)}   ${figures[0].join('')}             ${figures[1].join('')}`,
    );
  }
  console.log(`\npeak RSS ${Math.round(process.resourceUsage().maxRSS / 1000)} MB`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function makeColumns() {
  let state = 20_261;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const column = (make) => Array.from({ length: ROWS }, make);
  const numbers = Array.from({ length: NUMBERS }, (_, index) => ({
    name: `n${index}`,
    data: column(index < 10 ? () => Math.round(random() * 10_000) / 100 : random),
    type: 'DOUBLE',
  }));
  const categories = Array.from({ length: CATEGORIES }, (_, index) => ({
    name: `c${index}`,
    data: column(() => WORDS[Math.floor(random() * WORDS.length)]),
    type: 'STRING',
  }));
  return [...numbers, ...categories];
}

function writeFiles(columns) {
  const [csv, jsonl, parquet] = ['csv', 'jsonl', 'parquet'].map((format) =>
    join(directory, `table.${format}`),
  );
  const names = columns.map(({ name }) => name);
  const lines = (line) =>
    Array.from({ length: ROWS }, (_, row) => line(columns.map(({ data }) => data[row])));
  writeFileSync(csv, `${names.join(',')}\n${lines((values) => values.join(',')).join('\n')}\n`);
  const object = (values) =>
    JSON.stringify(Object.fromEntries(names.map((name, index) => [name, values[index]])));
  writeFileSync(jsonl, `${lines(object).join('\n')}\n`);
  parquetWriteFile({ filename: parquet, columnData: columns, rowGroupSize: 50_000 });
  return [csv, jsonl, parquet];
}

async function check(file) {
  const { rows, columnNames } = await profile(file);
  if (rows !== ROWS || columnNames.length !== NUMBERS + CATEGORIES)
    throw new Error(`${file} was misread`);
}

async function drain(file) {
  let rows = 0;
  for await (const batch of readTable(file)) rows += batch.rows;
  return rows;
}

async function profile(file) {
  const made = new Profile();
  for await (const { columns, rows } of readTable(file)) made.addColumns(columns, 0, rows);
  return made;
}

async function best(work) {
  await work();
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now();
    await work();
    least = Math.min(least, performance.now() - started);
  }
  return least;
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
