import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { driftMiddleware } from 'leeway/hono';

/** The model server on Hono. Without options for leeway it is the bare server. */
export function startServer({ predict, drift: options, port = 0 }) {
  const app = new Hono();

  const drift = options && driftMiddleware(options);
  if (drift) app.use(drift);

  app.post('/predict', async (c) => {
    return c.json({ temp_max: predict(await c.req.json()) });
  });

  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (info) => {
      resolve({ drift, server, port: info.port });
    });
  });
}
