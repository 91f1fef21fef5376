// What this checkout costs a request beside another one, in one run: a bare server, the other checkout's and this one's take
// turns, round by round, so that whatever else the machine does hits all alike. Both must be built.
//
//   node bench/overhead/versions.js OTHER_CHECKOUT [rounds] [seconds]
import { fork } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load, requestOf } from './client.js';

const OTHER = process.argv[2];
const ROUNDS = Number(process.argv[3] ?? 12);
const SECONDS = Number(process.argv[4] ?? 2);
const here = fileURLToPath(new URL('../../', import.meta.url));
const SERVERS = [
  ['bare', here, 'bare'],
  ['other', resolve(OTHER), 'leeway'],
  ['this', here, 'leeway'],
  ['other, path', resolve(OTHER), 'leeway path'],
  ['this, path', here, 'leeway path'],
];

const said = (server) => new Promise((done) => server.once('message', done));
const ask = (server, message) => {
  const answer = said(server);
  server.send(message);
  return answer;
};
const sorted = (values) => values.toSorted((a, b) => a - b);
const median = (values) => sorted(values)[Math.floor(values.length / 2)];

for (const framework of ['express', 'hono']) {
  for (const rows of [1, 64]) {
    const request = requestOf(rows);
    const servers = [];
    for (const [name, root, variant] of SERVERS) {
      const child = fork(resolve(root, 'bench/overhead/server.js'), [framework, variant], {
        stdio: 'inherit',
      });
      servers.push({ name, child, port: (await said(child)).port, cpu: [] });
    }
    for (const { port } of servers) await load(port, request, 4);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { child, port, cpu } of servers) {
        await ask(child, 'start');
        const answered = await load(port, request, SECONDS);
        cpu.push((await ask(child, 'stop')).cpuUs / answered);
      }
    }
    console.log(
      `${framework}, ${rows} ${rows === 1 ? 'row' : 'rows'}: CPU µs a request, median, least, added (median of pairs)`,
    );
    for (const { name, cpu } of servers) {
      const added = median(cpu.map((value, round) => value - servers[0].cpu[round]));
      const figures = [median(cpu), Math.min(...cpu), added]
        .map((value) => value.toFixed(1).padStart(8))
        .join('');
      console.log(`  ${name.padEnd(14)}${figures}`);
    }
    for (const { child } of servers) child.kill();
  }
}
