import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { stream } from 'hono/streaming';
import { validator } from 'hono/validator';
import * as vitest from 'vitest';
import { driftMiddleware } from '../../adapters/hono.js';
import { type AppOptions, describeAdapter, type RunningApp } from '../contract/adapter.js';

async function startApp({
  drift: options,
  mount = 'before-parser',
  second: others,
}: AppOptions): Promise<RunningApp> {
  const app = new Hono();
  const drift = options === undefined ? undefined : driftMiddleware(options);
  // Hono's parser before a handler is a validator, which has read the body before leeway sees the request.
  const parser = validator('json', (value) => value);
  if (drift !== undefined && mount !== 'after-parser') app.use(drift);
  const second = others === undefined ? undefined : driftMiddleware(others);
  if (second !== undefined) app.use(second);
  if (mount !== 'before-parser') app.use(parser);
  if (drift !== undefined && mount !== 'before-parser') app.use(drift);
  app.post('/predict', async (c) => {
    const body = await c.req.json();
    return c.json({ prediction: 2 * body.x });
  });
  app.post('/v1/models/half/versions/:version', async (c) => {
    const body = await c.req.json();
    return c.json({ predictions: body.instances.map((row: { x: number }) => row.x / 2) });
  });
  app.post('/mutate', async (c) => {
    const body = await c.req.json();
    const { x } = body;
    body.x = -1;
    return c.json({ prediction: 2 * x });
  });
  app.post('/login', (c) => c.json({ token: 'secret' }));
  app.post('/fail', (c) => c.json({ error: 'boom' }, 500));
  app.post('/refuse', (c) => c.json({ error: 'boom' }, 422));
  app.post('/throw', () => {
    throw new Error('handler');
  });
  app.post('/end', async (c) => c.body(JSON.stringify({ prediction: 2 * (await c.req.json()).x })));
  app.post('/stream', (c) =>
    stream(c, async (out) => {
      await out.write('{"prediction":');
      await out.write(`${2 * (await c.req.json()).x}}`);
    }),
  );
  app.post('/reads', (c) => {
    let prediction = 0;
    return c.json({
      get prediction() {
        prediction += 1;
        return prediction;
      },
    });
  });
  app.post('/hang', async (c) => {
    await c.req.text();
    return new Promise<never>(() => undefined);
  });
  app.post('/text', (c) => c.text('six'));
  app.post('/nan', async (c) => {
    await c.req.json();
    return c.json({ prediction: Number.NaN });
  });
  app.onError((error, c) => c.json({ error: error.message }, 500));
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info) => {
      resolve({
        port: info.port,
        drift,
        second,
        close: () =>
          new Promise((done) => {
            if ('closeAllConnections' in server) server.closeAllConnections();
            server.close(() => done());
          }),
      });
    });
  });
}

describeAdapter('driftMiddleware for Hono', startApp, vitest);
