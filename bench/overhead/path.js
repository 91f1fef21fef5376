// What leeway adds to a request, without the kernel: the messages of node:http are made as its parser makes them, and go through
// the framework to a socket that is none. So it tells differences of half a µs, also on a machine that has other work: CPU
// time, of several processes of each kind (the engine compiles each in its own way), in turns.
//
//   npm run build && node bench/overhead/path.js [turns]
import { fork } from 'node:child_process';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import { Hono } from 'hono';
import { driftMiddleware as forExpress } from '../../dist/adapters/express.js';
import { driftMiddleware as forHono } from '../../dist/adapters/hono.js';

const FEATURES = 30;
const PROCESSES = 3;
const AT_ONCE = 8;
const TURNS = Number(process.argv[2] ?? 25);

function listenerOf(framework, drift) {
  const score = (row) => 0.5 + row.f0 * 0.1;
  if (framework === 'hono') {
    const app = new Hono();
    app.use(drift ?? ((_c, next) => next()));
    app.post('/predict', async (c) =>
      c.json({ predictions: (await c.req.json()).instances.map(score) }),
    );
    return getRequestListener(app.fetch);
  }
  const app = express();
  app.set('env', 'production');
  app.use(drift ?? ((_req, _res, next) => next()));
  app.use(express.json({ limit: '1mb' }));
  app.post('/predict', (req, res) => res.json({ predictions: req.body.instances.map(score) }));
  return app;
}

/** A socket that takes everything at once and sends it nowhere. */
class Nowhere extends Duplex {
  _read() {}
  _write(_chunk, _encoding, done) {
    done();
  }
  _writev(_chunks, done) {
    done();
  }
  setTimeout() {
    return this;
  }
}

async function serve(framework, variant, rows) {
  const options = {
    experiment: 'bench',
    model: 'm',
    match: 'POST /predict',
    schedule: false,
    store: 'memory:',
  };
  const middleware = framework === 'hono' ? forHono : forExpress;
  const drift =
    variant === 'leeway' ? middleware({ ...options, budget: { rowsPerSecond: 1 } }) : undefined;
  const listener = listenerOf(framework, drift);
  const instances = Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      Array.from({ length: FEATURES }, (_, index) => [
        `f${index}`,
        Math.sin(row * 31 + index) * 10,
      ]),
    ),
  );
  const body = Buffer.from(JSON.stringify({ instances }));
  const head = [
    'Host',
    'bench',
    'Content-Type',
    'application/json',
    'Content-Length',
    String(body.length),
  ];
  const sockets = Array.from({ length: AT_ONCE }, () => new Nowhere());
  const once = (socket) =>
    new Promise((resolve) => {
      const req = new IncomingMessage(socket);
      Object.assign(req, {
        method: 'POST',
        url: '/predict',
        httpVersionMajor: 1,
        httpVersionMinor: 1,
        httpVersion: '1.1',
      });
      req._addHeaderLines(head, head.length);
      const res = new ServerResponse(req);
      res.shouldKeepAlive = true;
      res.assignSocket(socket);
      res.on('finish', () => {
        res.detachSocket(socket);
        res.emit('close');
        resolve();
      });
      listener(req, res);
      req.push(body);
      req.complete = true;
      req.push(null);
    });
  const run = async (requests) => {
    for (let done = 0; done < requests; done += AT_ONCE) await Promise.all(sockets.map(once));
  };
  await run(rows === 1 ? 12_000 : 1_000);
  process.on('message', async () => {
    const requests = rows === 1 ? 2_000 : 200;
    const before = process.cpuUsage();
    await run(requests);
    const { user, system } = process.cpuUsage(before);
    process.send((user + system) / requests);
  });
  process.send('ready');
}

async function compare() {
  const said = (server) => new Promise((resolve) => server.once('message', resolve));
  const quantile = (values, share) =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length * share)];
  for (const framework of ['express', 'hono']) {
    for (const rows of [1, 64]) {
      const servers = [];
      for (let copy = 0; copy < PROCESSES; copy += 1) {
        for (const variant of ['bare', 'leeway']) {
          const server = fork(new URL(import.meta.url), [framework, variant, rows], {
            stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
          });
          await said(server);
          servers.push({ variant, server, us: [] });
        }
      }
      for (let turn = 0; turn < TURNS; turn += 1) {
        for (const { server, us } of turn % 2 === 0 ? servers : servers.toReversed()) {
          const answer = said(server);
          server.send('go');
          us.push(await answer);
        }
      }
      const of = (variant, share) =>
        quantile(
          servers.filter((one) => one.variant === variant).flatMap(({ us }) => us),
          share,
        );
      const added = [0.05, 0.25, 0.5].map((share) =>
        (of('leeway', share) - of('bare', share)).toFixed(1),
      );
      console.log(
        `${framework}, ${rows} ${rows === 1 ? 'row' : 'rows'}: bare ${of('bare', 0.25).toFixed(1)} µs; added at the 5th, 25th and 50th percentile ${added.join(', ')} µs`,
      );
      for (const { server } of servers) server.kill();
    }
  }
}

if (process.send === undefined) await compare();
else await serve(process.argv[2], process.argv[3], Number(process.argv[4]));
