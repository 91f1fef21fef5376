import type { AddressInfo } from 'node:net';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
// @ts-expect-error: it has no types of its own here, and the same ones
import express4 from 'express4';
import * as vitest from 'vitest';
import { driftMiddleware } from '../../adapters/express.js';
import { type AppOptions, describeAdapter, type RunningApp } from '../contract/adapter.js';

async function startApp(
  create: () => Express,
  { drift: options, mount = 'before-parser', second: others }: AppOptions,
): Promise<RunningApp> {
  const app = create();
  const drift = options === undefined ? undefined : driftMiddleware(options);
  if (drift !== undefined && mount !== 'after-parser') app.use(drift);
  const second = others === undefined ? undefined : driftMiddleware(others);
  if (second !== undefined) app.use(second);
  app.use(express.json());
  if (drift !== undefined && mount !== 'before-parser') app.use(drift);
  app.post('/predict', (req, res) => {
    res.json({ prediction: 2 * req.body?.x });
  });
  app.post('/v1/models/half/versions/:version', (req, res) => {
    res.json({ predictions: req.body.instances.map((row: { x: number }) => row.x / 2) });
  });
  app.post('/mutate', (req, res) => {
    const { x } = req.body;
    req.body.x = -1;
    res.json({ prediction: 2 * x });
  });
  app.post('/login', (_req, res) => {
    res.json({ token: 'secret' });
  });
  app.post('/fail', (_req, res) => {
    res.status(500).json({ error: 'boom' });
  });
  app.post('/refuse', (_req, res) => {
    res.status(422).json({ error: 'boom' });
  });
  app.post('/throw', () => {
    throw new Error('handler');
  });
  app.post('/end', (req, res) => {
    res.end(JSON.stringify({ prediction: 2 * req.body.x }));
  });
  app.post('/stream', (req, res) => {
    res.write('{"prediction":');
    setImmediate(() => res.end(`${2 * req.body.x}}`));
  });
  app.post('/reads', (_req, res) => {
    let prediction = 0;
    res.json({
      get prediction() {
        prediction += 1;
        return prediction;
      },
    });
  });
  app.post('/hang', () => undefined);
  app.post('/text', (_req, res) => {
    res.type('text').send('six');
  });
  app.post('/nan', (_req, res) => {
    res.json({ prediction: Number.NaN });
  });
  // An error handler of its own, which answers with res.json too.
  app.use(
    (error: Error & { status?: number }, _req: Request, res: Response, _next: NextFunction) => {
      res.status(error.status ?? 500).json({ error: error.message });
    },
  );
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    drift,
    second,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

describeAdapter('driftMiddleware for Express 5', (options) => startApp(express, options), vitest);
describeAdapter(
  'driftMiddleware for Express 4',
  (options) => startApp(express4 as typeof express, options),
  vitest,
);
