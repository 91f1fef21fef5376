// A fleet: three server processes, one PostgreSQL, one kill -9, one alert.
//
//   node examples/fleet/demo.js [--json] [--url postgres://…]
//
// Without --url (or DATABASE_URL) it starts a PostgreSQL of its own for as long as it runs.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { experiment } from 'leeway';
import { openDatabase } from './postgres.js';
import { flats } from './traffic.js';

const { values: options } = parseArgs({
  options: { json: { type: 'boolean' }, url: { type: 'string' } },
});
const TICK_MS = 4_000;
const say = (text) => options.json || console.log(text);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const sleepUntilTick = (after = 300) => sleep(TICK_MS - (Date.now() % TICK_MS) + after);
const alerts = [];

async function startServer(name, url) {
  const env = { ...process.env, DATABASE_URL: url, SCHEDULE: `${TICK_MS / 1000}s` };
  const child = spawn(process.execPath, [fileURLToPath(new URL('server.js', import.meta.url))], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`${name} did not start`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line);
      if (said.port !== undefined) resolve(said.port);
      if (said.alert !== undefined) {
        alerts.push({ server: name, title: said.alert });
        say(`  ▲ ${name}: ${said.alert}`);
      }
    });
  });
  return { name, child, base: `http://127.0.0.1:${port}` };
}

const post = (server, path, body) =>
  fetch(`${server.base}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).then((response) => response.json());

async function send(servers, rows) {
  const share = Math.ceil(rows.length / servers.length);
  await Promise.all(
    servers.map((server, index) =>
      post(server, '/predict', { instances: rows.slice(index * share, (index + 1) * share) }),
    ),
  );
  await Promise.all(servers.map((server) => post(server, '/flush', {})));
}

const database = await openDatabase(options.url ?? process.env.DATABASE_URL);
const servers = [];
try {
  servers.push(
    ...(await Promise.all(['a', 'b', 'c'].map((name) => startServer(name, database.url)))),
  );
  say('three servers run on one PostgreSQL');
  await sleepUntilTick();
  await send(servers, flats(600, { seed: 2 }));
  say('600 ordinary requests went to all three');
  await sleepUntilTick();

  const [first, ...others] = servers;
  first.child.kill('SIGKILL');
  say(`server ${first.name} was killed (kill -9)`);
  await send(others, flats(600, { seed: 3, larger: 25 }));
  say('600 requests for larger flats went to the other two');
  await sleepUntilTick();
  await sleepUntilTick();

  const log = experiment('fleet', { store: database.url });
  const captures = (await log.data({ event: 'snapshot' })).rows.map(({ value }) => value);
  const logged = (await log.data({ event: 'alert' })).rows.length;
  await log.close();
  const rows = captures.map((capture) => capture.rows);
  if (options.json) console.log(JSON.stringify({ captures: rows, alerts, alertsLogged: logged }));
  else {
    say(`captures: ${rows.map((count, index) => `${index}: ${count} rows`).join(', ')}`);
    say(`alerts delivered: ${alerts.length}`);
  }
} finally {
  for (const { child } of servers) child.kill('SIGKILL');
  await database.close();
}
