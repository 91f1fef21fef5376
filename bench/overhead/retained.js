// What a request keeps alive through a collection of young objects when it is over: next to nothing should be. What does
// stay has the engine grow its space for young objects, and take what requests are made of for long-lived. A server that
// starts is looked at, in which nothing is compiled yet: each framework bare, and watched.
//
//   npm run build && node bench/overhead/retained.js
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import { Hono } from 'hono';
import { driftMiddleware as forExpress } from '../../dist/adapters/express.js';
import { driftMiddleware as forHono } from '../../dist/adapters/hono.js';
import { driftMiddleware as forNode } from '../../dist/adapters/node.js';

const CONNECTIONS = 8;
const REQUESTS = 400;
const ROUNDS = 4;
const ENGINE = ['--no-opt', '--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'];
const options = {
  experiment: 'bench',
  model: 'm',
  match: 'POST /predict',
  schedule: false,
  store: 'memory:',
};
const quiet = { ...options, budget: { rowsPerSecond: 1 }, onInfo: () => undefined };
const score = (row) => row.f0;

const LISTENERS = {
  express: (watched) => {
    const app = express();
    app.set('env', 'production');
    if (watched) app.use(forExpress(quiet));
    app.use(express.json());
    app.post('/predict', (req, res) => res.json({ predictions: req.body.instances.map(score) }));
    return app;
  },
  hono: (watched) => {
    const app = new Hono();
    app.use(watched ? forHono(quiet) : (_c, next) => next());
    app.post('/predict', async (c) =>
      c.json({ predictions: (await c.req.json()).instances.map(score) }),
    );
    return getRequestListener(app.fetch);
  },
  node: (watched) => {
    const listener = (req, res) => {
      const chunks = [];
      req.on('data', (chunk) => chunks.push(chunk));
      req.on('end', () => {
        const { instances } = JSON.parse(Buffer.concat(chunks).toString());
        res.setHeader('Content-Type', 'application/json');
        res.end(JSON.stringify({ predictions: instances.map(score) }));
      });
    };
    return watched ? forNode(quiet)(listener) : listener;
  },
};

const row = Object.fromEntries(
  Array.from({ length: 30 }, (_, index) => [`f${index}`, Math.sin(index) * 10]),
);
const body = JSON.stringify({ instances: [row] });
const request = `POST /predict HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Bytes that are still there after a collection of young objects, per request. */
async function retained(framework, watched) {
  const server = createServer(LISTENERS[framework](watched));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const open = () => connect({ port: server.address().port, host: '127.0.0.1', noDelay: true });
  const sockets = Array.from({ length: CONNECTIONS }, open);
  await Promise.all(
    sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))),
  );
  const ask = (socket, resolve) => {
    let left = REQUESTS / CONNECTIONS;
    const answered = () => {
      left -= 1;
      if (left > 0) return socket.write(request);
      socket.off('data', answered);
      return resolve();
    };
    socket.on('data', answered);
    socket.write(request);
  };
  const held = () => getHeapStatistics().used_heap_size;
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    global.gc();
    const before = held();
    await Promise.all(sockets.map((socket) => new Promise((resolve) => ask(socket, resolve))));
    global.gc({ type: 'minor' });
    least = Math.min(least, (held() - before) / REQUESTS);
  }
  return Math.round(least);
}

const [framework, watched] = process.argv.slice(2);
if (framework !== undefined) {
  process.stdout.write(String(await retained(framework, watched === 'watched')));
  process.exit();
}
console.log('bytes of a request that outlive a collection of young objects');
for (const name of Object.keys(LISTENERS)) {
  const figures = ['bare', 'watched'].map((variant) =>
    execFileSync(process.execPath, [...ENGINE, fileURLToPath(import.meta.url), name, variant]),
  );
  console.log(`${name.padEnd(8)} bare ${figures[0]}, watched ${figures[1]}`);
}
