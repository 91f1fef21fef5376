// kill -9 in a loop: `node bench/store/kill.js [--store sqlite|postgres|URL] [--rounds 200] [--json]`, after `npm run build`.
//
// While one writer goes on, others are started and killed at a random moment of their writing. After each kill the store is
// opened and all of it read: every entry that was acknowledged is there, once and whole; what was lost had not been
// acknowledged; positions and runs have no gap.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { postgresStore, sqliteStore } from 'leeway';
import { openDatabase } from '../../examples/fleet/postgres.js';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    rounds: { type: 'string', default: '200' },
    json: { type: 'boolean' },
  },
});
const rounds = Number(values.rounds);
const directory = mkdtempSync(join(tmpdir(), 'leeway-kill-'));
const database = values.store === 'postgres' ? await openDatabase() : undefined;
const spec =
  database?.url ?? (values.store === 'sqlite' ? join(directory, 'leeway.db') : values.store);
const open = () =>
  spec.startsWith('postgres')
    ? postgresStore({ url: spec })
    : sqliteStore({ file: spec, maxBytes: 20e9 });

/** What all writers said. */
const begun = new Set();
const done = new Set();
let written = 0;
let last = { pos: 0, run: 0 };

function startWriter(name) {
  const script = fileURLToPath(new URL('writer.js', import.meta.url));
  const child = spawn(process.execPath, [script, spec, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let began;
  const writing = new Promise((resolve) => {
    began = resolve;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [what, id] = line.split(' ');
    (what === 'begin' ? begun : done).add(id);
    if (what === 'done') began();
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  return { child, writing, closed };
}

async function kill({ child, closed }) {
  child.kill('SIGKILL');
  await closed;
}

/** Reads what came since the last look; throws at the first thing that is not as it was promised. */
async function check(found, acknowledged) {
  const store = open();
  let { pos, run } = last;
  for await (const entry of store.query('kill', { after: pos })) {
    if (entry.pos !== pos + 1 || entry.run !== run + 1)
      throw new Error(`a gap before position ${entry.pos}, run ${entry.run}`);
    pos = entry.pos;
    run = entry.run + entry.runs - 1;
    const { id, length } = entry.value;
    if (entry.bytes.length !== length || entry.bytes.some((byte) => byte !== entry.bytes[0]))
      throw new Error(`${id} is torn`);
    if (found.has(id)) throw new Error(`${id} is there twice`);
    found.add(id);
  }
  const head = await store.head('kill');
  await store.close();
  if (head.pos < pos) throw new Error(`the head is at ${head.pos}, the log ends at ${pos}`);
  for (const id of acknowledged)
    if (!found.has(id)) throw new Error(`${id} was acknowledged and is lost`);
  last = { pos, run };
  written = found.size;
}

const found = new Set();
const started = performance.now();
const load = startWriter('load');
await load.writing;
let kills = 0;
try {
  for (; kills < rounds; kills += 1) {
    const writer = startWriter(`w${kills}`);
    await writer.writing;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
    await kill(writer);
    await check(found, [...done]);
  }
  await kill(load);
  await check(found, done);
  // Only now, since what a living writer says may be heard after what it wrote was read.
  for (const id of found) if (!begun.has(id)) throw new Error(`${id} was never begun`);
} finally {
  load.child.kill('SIGKILL');
  await database?.close();
  rmSync(directory, { recursive: true, force: true });
}
const lost = [...begun].filter((id) => !found.has(id)).length;
if (lost > begun.size - done.size)
  throw new Error(`${lost} chunks were lost, ${begun.size - done.size} were not acknowledged`);
const report = {
  store: values.store.startsWith('postgres') ? 'postgres' : 'sqlite',
  kills,
  begun: begun.size,
  acknowledged: done.size,
  found: written,
  lost,
  unacknowledged: begun.size - done.size,
  seconds: Math.round((performance.now() - started) / 1000),
};
if (values.json) console.log(JSON.stringify(report));
else console.table([report]);
