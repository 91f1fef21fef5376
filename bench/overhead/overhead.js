// What leeway adds to a request, beside what is known: every variant is a server process of its own, and this process is the
// client of all of them in turn, round by round, so that whatever else the machine does hits all alike. What counts is the
// servers' CPU time, of all threads, after everything was flushed.
//
// First each server is kept busy all the time: that tells the CPU time. The delay of its event loop then is what eight requests
// at once take, ours among it. So each is also sent half as many requests as the bare one can answer, when they come:
// what a host sees that has room left.
//
//   npm run build && node bench/overhead/overhead.js [rounds] [seconds] [page]
//
// Rounds should last a second or more: a shorter one pays for as many kept rows as a whole second.
// With the name of a page, docs/cost.md, the figures are written there too.
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { FEATURES, load, loadAt, requestOf } from './client.js';

const ROUNDS = Number(process.argv[2] ?? 12);
const SECONDS = Number(process.argv[3] ?? 1);
const PAGE = process.argv[4];
const VARIANTS = {
  express: ['bare', 'leeway path', 'leeway', 'prom-client', 'pino-http'],
  hono: ['bare', 'empty middleware', 'leeway path', 'leeway', 'prom-client'],
};

const said = (server) => new Promise((resolve) => server.once('message', resolve));
async function ask(server, message) {
  const answer = said(server);
  server.send(message);
  return answer;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const figure = (value) => value.toFixed(1).padStart(8);

console.log(
  `Node ${process.version}, ${cpus()[0].model}, ${ROUNDS} rounds of ${SECONDS} s, ${FEATURES} features`,
);
const page = [];
const openPage = [];

/** Each server in turn, sent half of what the bare one answers: `rate` requests a second. */
async function roomLeft({ framework, rows, servers, rate, request }) {
  const rounds = servers.map(({ variant }) => ({ variant, delay: [], latency: [] }));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, { child, port }] of servers.entries()) {
      await ask(child, 'start');
      const { latencyMs } = await loadAt(rate, port, request, SECONDS);
      const { delayMs } = await ask(child, 'stop');
      rounds[index].delay.push(delayMs);
      rounds[index].latency.push(latencyMs);
    }
  }
  const bare = rounds[0];
  console.log(
    `with room left, ${Math.round(rate)} requests a second: loop delay p99, latency p99 in ms (added: median of pairs)`,
  );
  for (const { variant, delay, latency } of rounds) {
    const added = (values, bares) => median(values.map((value, round) => value - bares[round]));
    const figures = [
      median(delay),
      added(delay, bare.delay),
      median(latency),
      added(latency, bare.latency),
    ].map((value) => value.toFixed(2));
    console.log(`${variant.padEnd(18)} ${figures.map((value) => value.padStart(8)).join('')}`);
    openPage.push(
      `| ${framework} | ${rows} | ${Math.round(rate)} | ${variant} | ${figures.join(' | ')} |`,
    );
  }
}
for (const [framework, variants] of Object.entries(VARIANTS)) {
  const servers = [];
  for (const variant of variants) {
    const child = fork(new URL('./server.js', import.meta.url), [framework, variant], {
      stdio: 'inherit',
    });
    servers.push({ variant, child, port: (await said(child)).port });
  }
  for (const rows of [1, 64]) {
    const request = requestOf(rows);
    const rounds = new Map(
      variants.map((variant) => [variant, { cpu: [], delay: [], answered: [] }]),
    );
    for (const { port } of servers) await load(port, request, Math.min(1, SECONDS));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { variant, child, port } of servers) {
        await ask(child, 'start');
        const answered = await load(port, request, SECONDS);
        const { cpuUs, delayMs } = await ask(child, 'stop');
        const own = rounds.get(variant);
        own.cpu.push(cpuUs / answered);
        own.delay.push(delayMs);
        own.answered.push(answered);
      }
    }
    const bare = rounds.get('bare');
    console.log(
      `\n${framework}, ${rows} ${rows === 1 ? 'row' : 'rows'} a request: CPU µs a request, loop delay p99 in ms`,
    );
    console.log(
      '                      median     min   added (median of pairs)  added (min)    share   p99 delay',
    );
    for (const [variant, { cpu, delay }] of rounds) {
      const added = median(cpu.map((value, round) => value - bare.cpu[round]));
      const least = Math.min(...cpu) - Math.min(...bare.cpu);
      page.push(
        `| ${framework} | ${rows} | ${variant} | ${median(cpu).toFixed(1)} | ${added.toFixed(1)} | ${least.toFixed(1)} | ${((100 * least) / Math.min(...bare.cpu)).toFixed(0)} % | ${median(delay).toFixed(1)} |`,
      );
      const share = `${((100 * added) / median(bare.cpu)).toFixed(1)} %`;
      console.log(
        `${variant.padEnd(18)} ${figure(median(cpu))} ${figure(Math.min(...cpu))} ${figure(added)} ${' '.repeat(12)} ${figure(least)} ${share.padStart(12)} ${figure(median(delay))}`,
      );
    }
    const rate = median(bare.answered) / SECONDS / 2;
    const compared = servers.filter(({ variant }) =>
      ['bare', 'leeway path', 'leeway'].includes(variant),
    );
    await roomLeft({ framework, rows, servers: compared, rate, request });
  }
  for (const { child } of servers) child.kill();
}

if (PAGE !== undefined) {
  writeFileSync(
    PAGE,
    `# Cost

How much time leeway adds to a request, measured on bare servers. Read this page before you mount leeway on a fast
route.

Written by \`node bench/overhead/overhead.js ${ROUNDS} ${SECONDS} docs/cost.md\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, client
and server on one machine, ${FEATURES} features.

- **CPU** is the CPU time of the whole server process, all threads, per request, after everything was stored and
  folded. The client never sleeps, because waking it would be counted as work of the server.
- **leeway path** stores one row per second. What remains is the path of the request. **leeway** has the default
  budget of 1,000 rows per second.
- **Added (median)** is the median over pairs of rounds. **Added (least)** is the difference of the least round of each,
  which other work on the machine disturbs least. The share is that of the least rounds.
- **Delay p99** is the 99th percentile of the event loop's delay, of a server that eight clients keep busy all the time.
  It includes eight times the duration of a request.

| framework | rows | variant | CPU µs | added (median) | added (least) | share | delay p99 ms |
| --- | --- | --- | --- | --- | --- | --- | --- |
${page.join('\n')}

The next table is for a server with room left: it receives half as many requests per second as the bare server can
answer. It has the 99th percentile of the event loop's delay, and of the time to the answer. Added is the median over
pairs of rounds.

| framework | rows | requests per second | variant | delay p99 ms | added | latency p99 ms | added |
| --- | --- | --- | --- | --- | --- | --- | --- |
${openPage.join('\n')}

A call with many rows costs about as much as a call with one row. Each row gets a random key. Once the budget is spent,
rows whose keys are too high are never copied.

Other measurements:

| command | what it measures |
| --- | --- |
| \`node bench/overhead/rows.js\` | what a stored row costs outside the request, to fold and to store |
| \`node bench/overhead/path.js\` | what the path of a request costs without the kernel |
| \`node bench/overhead/heap.js\` | whether a million requests leave memory behind |
| \`node bench/overhead/retained.js\` | whether one request leaves anything among the engine's young objects |
`,
  );
}
