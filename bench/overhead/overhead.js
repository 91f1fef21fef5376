// What leeway adds to a request, beside what is known: every variant is a server process of its own, and this process is the
// client of all of them in turn, round by round, so that whatever else the machine does hits all alike. What counts is the
// servers' CPU time, of all threads, after everything was flushed. The client never sleeps: to wake it would cost the server
// several µs in the kernel, the more often the slower the server, which would count a µs of ours as one and a half.
//
//   npm run build && node bench/overhead/overhead.js [rounds] [seconds] [page]
//
// Rounds should last a second or more: a shorter one pays for as many kept rows as a whole second.
// With the name of a page, docs/cost.md, the figures are written there too.
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { cpus } from 'node:os';

const ROUNDS = Number(process.argv[2] ?? 12);
const SECONDS = Number(process.argv[3] ?? 1);
const PAGE = process.argv[4];
const CONNECTIONS = 8;
const FEATURES = 30;
const VARIANTS = {
  express: ['bare', 'leeway path', 'leeway', 'prom-client', 'pino-http'],
  hono: ['bare', 'empty middleware', 'leeway path', 'leeway', 'prom-client'],
};

const requestOf = (rows) => {
  const instances = Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(Array.from({ length: FEATURES }, (_, index) => [`f${index}`, Math.sin(row * 31 + index) * 10])),
  );
  const body = JSON.stringify({ instances });
  return Buffer.from(
    `POST /predict HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
};

/** Keeps some connections busy until the time is up; how many requests were answered. */
async function load(port, request, seconds) {
  const until = performance.now() + seconds * 1000;
  let [answered, busy] = [0, true];
  const stayAwake = () => busy && setImmediate(stayAwake);
  stayAwake();
  await Promise.all(
    Array.from(
      { length: CONNECTIONS },
      () =>
        new Promise((resolve, reject) => {
          const socket = connect({ port, host: '127.0.0.1', noDelay: true });
          let received = '';
          let length = -1;
          socket.on('error', reject);
          socket.on('connect', () => socket.write(request));
          socket.on('data', (data) => {
            received += data.toString('latin1');
            const head = received.indexOf('\r\n\r\n');
            if (length < 0 && head >= 0) length = head + 4 + Number(/content-length: (\d+)/i.exec(received)[1]);
            if (length < 0 || received.length < length) return;
            if (!received.startsWith('HTTP/1.1 200')) throw new Error(received.slice(0, 200));
            answered += 1;
            received = '';
            length = -1;
            if (performance.now() < until) socket.write(request);
            else {
              socket.destroy();
              resolve();
            }
          });
        }),
    ),
  );
  busy = false;
  return answered;
}

const said = (server) => new Promise((resolve) => server.once('message', resolve));
async function ask(server, message) {
  const answer = said(server);
  server.send(message);
  return answer;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const figure = (value) => value.toFixed(1).padStart(8);

console.log(`Node ${process.version}, ${cpus()[0].model}, ${ROUNDS} rounds of ${SECONDS} s, ${FEATURES} features`);
const page = [];
for (const [framework, variants] of Object.entries(VARIANTS)) {
  const servers = [];
  for (const variant of variants) {
    const child = fork(new URL('./server.js', import.meta.url), [framework, variant], { stdio: 'inherit' });
    servers.push({ variant, child, port: (await said(child)).port });
  }
  for (const rows of [1, 64]) {
    const request = requestOf(rows);
    const rounds = new Map(variants.map((variant) => [variant, { cpu: [], delay: [], counters: undefined }]));
    for (const { port } of servers) await load(port, request, Math.min(1, SECONDS));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { variant, child, port } of servers) {
        await ask(child, 'start');
        const answered = await load(port, request, SECONDS);
        const { cpuUs, delayMs, counters } = await ask(child, 'stop');
        const own = rounds.get(variant);
        own.cpu.push(cpuUs / answered);
        own.delay.push(delayMs);
        own.counters = counters;
      }
    }
    const bare = rounds.get('bare');
    console.log(
      `\n${framework}, ${rows} ${rows === 1 ? 'row' : 'rows'} a request: CPU µs a request, loop delay p99 in ms`,
    );
    console.log('                      median     min   added (median of pairs)  added (min)    share   p99 delay');
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
  }
  for (const { child } of servers) child.kill();
}

if (PAGE !== undefined) {
  writeFileSync(
    PAGE,
    `# What a request costs more

Written by \`node bench/overhead/overhead.js ${ROUNDS} ${SECONDS} docs/cost.md\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, client and server on
one machine, ${FEATURES} features; the client never sleeps, since waking it would be counted as the server's work. CPU time of the whole server process, all threads, per request, after everything was stored and folded. "leeway path" keeps one row a
second, so that what is left is the path of the request; "leeway" has the default budget of 1,000 rows a second. Added: the median of pairs of rounds, and the
difference of the least of each, which other work on the machine disturbs least. The last column is the 99th percentile of the event loop's delay.

| framework | rows | variant | CPU µs | added (median) | added (least) | share | delay p99 ms |
| --- | --- | --- | --- | --- | --- | --- | --- |
${page.join('\n')}

A call of many rows costs about what one row costs: each row draws a lot, and where the budget is spent, rows whose lots are too high are never copied.
What a kept row costs off the path, to fold and to store, \`node bench/overhead/rows.js\` tells; what the path costs without the kernel,
\`node bench/overhead/path.js\`; whether a million requests leave anything behind, \`node bench/overhead/heap.js\`.
`,
  );
}
