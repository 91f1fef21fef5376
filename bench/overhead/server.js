// One server of the bench: `node server.js <framework> <variant>`. It answers on a free port, and tells its parent what CPU
// time it has used when asked, once everything that was recorded has been folded and stored.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { serve } from '@hono/node-server';
import express from 'express';
import { Hono } from 'hono';
import pinoHttp from 'pino-http';
import client from 'prom-client';
import { driftMiddleware as forExpress } from '../../dist/adapters/express.js';
import { driftMiddleware as forHono } from '../../dist/adapters/hono.js';

const [framework, variant] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'leeway-bench-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

const options = {
  experiment: 'bench',
  model: 'm',
  match: 'POST /predict',
  schedule: false,
  store: `sqlite:${join(directory, 'log.db')}`,
  // With one row a second to keep, what is left is the path of the request.
  ...(variant === 'leeway path' && { budget: { rowsPerSecond: 1 } }),
};
const watched = variant?.startsWith('leeway');
const middleware = framework === 'express' ? forExpress : forHono;
const drift = watched ? middleware(options) : undefined;
const score = (row) => 0.5 + row.f0 * 0.1;

function histogram() {
  return new client.Histogram({
    name: 'seconds',
    help: 'latency',
    labelNames: ['method', 'route', 'status'],
  });
}

function expressApp() {
  const app = express();
  app.set('env', 'production');
  if (variant === 'prom-client') {
    const seconds = histogram();
    app.use((req, res, next) => {
      const end = seconds.startTimer();
      res.once('finish', () =>
        end({ method: req.method, route: req.path, status: res.statusCode }),
      );
      next();
    });
  }
  if (variant === 'pino-http') app.use(pinoHttp({ logger: undefined }, { write: () => undefined }));
  if (drift !== undefined) app.use(drift);
  app.use(express.json({ limit: '1mb' }));
  app.post('/predict', (req, res) => res.json({ predictions: req.body.instances.map(score) }));
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
}

function honoApp() {
  const app = new Hono();
  if (variant === 'prom-client') {
    const seconds = histogram();
    app.use(async (c, next) => {
      const end = seconds.startTimer();
      await next();
      end({ method: c.req.method, route: c.req.path, status: c.res.status });
    });
  }
  if (variant === 'empty middleware') app.use((_c, next) => next());
  if (drift !== undefined) app.use(drift);
  app.post('/predict', async (c) =>
    c.json({ predictions: (await c.req.json()).instances.map(score) }),
  );
  return new Promise((resolve) => {
    serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port));
  });
}

const port = await (framework === 'express' ? expressApp() : honoApp());
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let before = process.cpuUsage();
process.on('message', async (message) => {
  if (message === 'start') {
    delay.reset();
    before = process.cpuUsage();
    process.send('started');
    return;
  }
  if (message === 'heap') {
    await drift?.flush();
    global.gc();
    const { heapUsed, external } = process.memoryUsage();
    process.send(heapUsed + external);
    return;
  }
  const delayMs = delay.percentile(99) / 1e6;
  await drift?.flush();
  await drift?.monitor().status();
  const { user, system } = process.cpuUsage(before);
  process.send({ cpuUs: user + system, delayMs, counters: drift?.status().counters });
});
process.send({ port });
