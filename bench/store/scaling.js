// Measures what docs/scaling.md reckons with, and writes that page: `node bench/store/scaling.js [--url postgres://…]`, after
// `npm run build`. Without a URL it starts a PostgreSQL of its own.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { postgresStore } from 'leeway';
import { encodeChunk } from '../../dist/src/tracking/chunk.js';
import { openDatabase } from '../../examples/fleet/postgres.js';

const { values } = parseArgs({
  options: { url: { type: 'string' }, seconds: { type: 'string', default: '4' } },
});
const SECONDS = Number(values.seconds);
const COLUMNS = 30;
const REPLICAS = 10_000;

function chunkOf(rows) {
  const columns = new Map();
  for (let column = 0; column < COLUMNS; column += 1) {
    columns.set(
      `X_${column}`,
      Array.from({ length: rows }, (_, row) => Math.sin(row * 31 + column) * 100),
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
  return encodeChunk({ calls: Array(rows).fill(call), rows, columns });
}

/** So many writers append chunks as fast as they can, all to one experiment or each to its own. */
async function measure(url, writers, { rows, apart }) {
  const bytes = chunkOf(rows);
  const entry = {
    event: 'predict',
    key: 'm',
    runs: rows,
    rows,
    bytes,
    value: null,
    dt: Date.now(),
    node: 'n',
    userid: '',
  };
  const stores = Array.from({ length: writers }, () => postgresStore({ url, maxConnections: 1 }));
  await Promise.all(stores.map((store) => store.head('warm')));
  const until = performance.now() + SECONDS * 1_000;
  let commits = 0;
  await Promise.all(
    stores.map(async (store, index) => {
      while (performance.now() < until) {
        await store.append(apart ? `apart ${index}` : 'together', [entry]);
        commits += 1;
      }
    }),
  );
  for (const experiment of await stores[0].experiments()) await stores[0].clear(experiment);
  await Promise.all(stores.map((store) => store.close()));
  return {
    writers,
    commits: commits / SECONDS,
    rows: (commits * rows) / SECONDS,
    bytes: bytes.length / rows,
  };
}

const round = (value) =>
  (value >= 1_000 ? Math.round(value / 100) * 100 : Math.round(value)).toLocaleString('en-US');
const table = (results) =>
  [
    '| writers | commits/s | rows/s |',
    '| --- | --- | --- |',
    ...results.map(
      (result) => `| ${result.writers} | ${round(result.commits)} | ${round(result.rows)} |`,
    ),
  ].join('\n');

const database = await openDatabase(values.url);
const measured = {};
try {
  for (const [name, options] of Object.entries({
    full: { rows: 1_000, apart: false },
    small: { rows: 10, apart: false },
    apart: { rows: 10, apart: true },
  })) {
    measured[name] = [];
    for (const writers of [1, 2, 4, 8])
      measured[name].push(await measure(database.url, writers, options));
  }
} finally {
  await database.close();
}

const best = (results) => results.reduce((most, { commits }) => Math.max(most, commits), 0);
const together = best(measured.small);
const apart = best(measured.apart);
const rowsPerSecond = Math.max(...measured.full.map(({ rows }) => rows));
const bytesPerRow = measured.full[0].bytes;
const needed = REPLICAS;
const servers = Math.ceil(needed / (apart / 2));
const page = `# Scaling

How many replicas one database can serve, measured, and how to calculate it for your own. Read this page before you
plan a fleet.

\`node bench/store/scaling.js\` generates this page. Run it on your own database to get your own figures. These were
measured on ${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.versions.node}, with one PostgreSQL on the same machine and its default
settings.

## Measured

Chunks of 1,000 rows of ${COLUMNS} numbers, ${round(bytesPerRow)} bytes per row, all writers on one experiment:

${table(measured.full)}

Chunks of 10 rows, all writers on one experiment:

${table(measured.small)}

Chunks of 10 rows, each writer on an experiment of its own:

${table(measured.apart)}

Writers of one experiment wait for each other at its head row. This makes positions and runs gapless. Writers of
different experiments do not wait for each other.

## What a fleet needs

A replica with traffic commits once per second (or once per 1,000 rows), however much traffic it has. Two figures
matter: **commits per second**, one for each replica, and rows per second times ${round(bytesPerRow)} bytes.

- **One experiment on one database** accepts about ${round(together)} commits/s here. This is about ${round(together / 2)} replicas at half load.
- **${round(REPLICAS)} replicas** make ${round(needed)} commits/s. One head row accepts ${round(together)}. They need at least
  ${Math.ceil(needed / (together / 2))} experiments (at half load), for instance one for each model and region. One database accepts ${round(apart)} commits/s
  over several experiments here. They therefore need the power of ${servers} such databases: several PostgreSQL servers, each
  with some of the experiments, or one CockroachDB or YugabyteDB of as many nodes.
- **Rows** are the smaller part. One database accepts ${round(rowsPerSecond)} rows/s here. By default a replica stores at most
  1,000 rows per second. A fleet of ${round(REPLICAS)} at full traffic would send ${round(REPLICAS * 1_000)} rows/s, ${((REPLICAS * 1_000 * bytesPerRow) / 1e9).toFixed(1)} GB/s. Set
  \`budget: { rowsPerSecond: 10 }\` there. This makes ${round(REPLICAS * 10)} rows/s and ${((REPLICAS * 10 * bytesPerRow) / 1e6).toFixed(0)} MB/s. It is enough to detect
  drift over a whole fleet: ${round(REPLICAS * 10 * 3_600)} rows per hour.
- **Disk** stays under \`maxBytes\` of the store, however much traffic there is.

In addition to its rows, a replica makes about five small statements per minute: a fold for each model, and four
leases.
`;
writeFileSync(fileURLToPath(new URL('../../docs/scaling.md', import.meta.url)), page);
console.log(page);
