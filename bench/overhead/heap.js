// Whether memory grows with the number of requests: a million of them through the hooks of Express and of Hono, and what the
// heap holds after each tenth, once it was collected. The slope is of the last eight; the first are the warm-up.
//
//   npm run build && node bench/overhead/heap.js [requests] [variant]
import { fork } from 'node:child_process';
import { connect } from 'node:net';

const REQUESTS = Number(process.argv[2] ?? 1_000_000);
/** Whose heap: `bare` tells what is the framework's own. */
const VARIANT = process.argv[3] ?? 'leeway';
const CONNECTIONS = 16;
const body = JSON.stringify({
  instances: [Object.fromEntries(Array.from({ length: 30 }, (_, each) => [`f${each}`, each / 7]))],
});
const request = `POST /predict HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Sends so many requests on one connection after another; every hundredth hangs up before it is whole. */
function send(port, count) {
  return new Promise((resolve, reject) => {
    let left = count;
    const next = () => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      let onThis = 0;
      const ask = () => {
        left -= 1;
        onThis += 1;
        if (onThis < 100) socket.write(request);
        else socket.write(request.slice(0, -10), () => socket.destroy());
      };
      socket.on('error', reject);
      socket.on('connect', ask);
      // Answers are short, and come in one piece.
      socket.on('data', () => (left > 0 ? ask() : socket.destroy()));
      socket.on('close', () => (left > 0 ? next() : resolve()));
    };
    next();
  });
}

const said = (server) => new Promise((resolve) => server.once('message', resolve));
const ask = (server, message) => {
  const answer = said(server);
  server.send(message);
  return answer;
};

for (const framework of ['express', 'hono']) {
  const server = fork(new URL('./server.js', import.meta.url), [framework, VARIANT], {
    execArgv: ['--expose-gc'],
    // Express prints an error for each client that hangs up.
    stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
  });
  const { port } = await said(server);
  const points = [];
  for (let tenth = 1; tenth <= 10; tenth += 1) {
    await Promise.all(
      Array.from({ length: CONNECTIONS }, () => send(port, REQUESTS / 10 / CONNECTIONS)),
    );
    points.push([(tenth * REQUESTS) / 10, await ask(server, 'heap')]);
  }
  const { counters = {} } = await ask(server, 'stop');
  server.kill();
  const last = points.slice(2);
  const mean = (index) => last.reduce((sum, point) => sum + point[index], 0) / last.length;
  const x = mean(0);
  const y = mean(1);
  const slope =
    last.reduce((sum, [at, held]) => sum + (at - x) * (held - y), 0) /
    last.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  const megabytes = points.map(([, held]) => (held / 2 ** 20).toFixed(1)).join(' ');
  console.log(
    `${framework}: ${counters.requests ?? REQUESTS} requests, ${counters.aborted ?? 0} aborted, MB held ${megabytes}; slope ${slope.toFixed(2)} bytes a request`,
  );
}
