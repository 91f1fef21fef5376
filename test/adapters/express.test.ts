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
  app.use((error: Error & { status?: number }, _req: Request, res: Response, _next: NextFunction) => {
    res.status(error.status ?? 500).json({ error: error.message });
  });
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
describeAdapter('driftMiddleware for Express 4', (options) => startApp(express4 as typeof express, options), vitest);

const { describe, it, expect } = vitest;
const OPTIONS = {
  experiment: 'shop',
  model: 'price',
  match: 'POST /predict',
  store: 'memory:',
  schedule: false as const,
};

/** Runs requests through an app, and gives what they got. */
async function through(app: Express, ...paths: string[]): Promise<unknown[]> {
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const headers = { 'content-type': 'application/json' };
  const answers: unknown[] = [];
  for (const path of paths) {
    const [route = '', body] = path.split(' ');
    const response = await fetch(base + route, { method: 'POST', headers, ...(body !== undefined && { body }) });
    answers.push(await response.json());
  }
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return answers;
}

describe.each([
  ['5', express],
  ['4', express4 as typeof express],
] as const)('what leeway leaves as it is in Express %s', (_version, create) => {
  it('makes the body the property that a parser makes it, and touches no request but predict calls', async () => {
    const answers = async (watched: boolean): Promise<unknown[]> => {
      const drift = watched ? driftMiddleware(OPTIONS) : undefined;
      const app = create();
      if (drift !== undefined) app.use(drift);
      app.use('/other', (req, res) => {
        res.json({ isIn: 'body' in req, own: Object.hasOwn(req, 'body'), onProto: 'body' in app.request });
      });
      app.use(create.json());
      app.post('/predict', (req, res) => {
        const before = Object.getOwnPropertyDescriptor(req, 'body');
        req.body = { other: 1 };
        const after = Object.getOwnPropertyDescriptor(req, 'body');
        res.json({ prediction: 1, before, after, last: Object.keys(req).includes('body') });
      });
      const got = await through(app, '/other', '/predict {"x":1}', '/other');
      if (drift !== undefined) expect(drift.status().counters).toMatchObject({ recorded: 1, unmatched: 2 });
      await drift?.close();
      return got;
    };
    expect(await answers(true)).toEqual(await answers(false));
  });

  it('lists the body that a parser gives a request without one, as the parser does', async () => {
    const answers = async (watched: boolean): Promise<unknown[]> => {
      const drift = watched ? driftMiddleware(OPTIONS) : undefined;
      const app = create();
      if (drift !== undefined) app.use(drift);
      app.use(create.json());
      app.use((req, _res, next) => {
        req.body ??= {};
        next();
      });
      app.post('/predict', (req, res) => {
        res.json({ listed: Object.keys(req).includes('body'), copied: { ...req }.body });
      });
      const got = await through(app, '/predict');
      await drift?.close();
      return got;
    };
    expect(await answers(true)).toEqual([{ listed: true, copied: {} }]);
    expect(await answers(true)).toEqual(await answers(false));
  });

  it('lists a body that a parser sets to undefined', async () => {
    const listed = async (watched: boolean): Promise<unknown[]> => {
      const drift = watched ? driftMiddleware(OPTIONS) : undefined;
      const app = create();
      if (drift !== undefined) app.use(drift);
      app.use((req, _res, next) => {
        req.body = undefined;
        next();
      });
      app.post('/predict', (req, res) => {
        res.json({ listed: Object.keys(req).includes('body') });
      });
      const got = await through(app, '/predict');
      await drift?.close();
      return got;
    };
    expect(await listed(true)).toEqual([{ listed: true }]);
    expect(await listed(false)).toEqual([{ listed: true }]);
  });

  it('takes an encoding that is none for a fault of the host, not of leeway', async () => {
    const drift = driftMiddleware({ ...OPTIONS, onError: () => undefined });
    const app = create().use(drift).use(create.json());
    app.post('/predict', (_req, res) => {
      const fail = (): unknown => res.end('{"prediction":1}', 'nope' as BufferEncoding);
      expect(fail).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_ENCODING' }));
      res.end('{"prediction":2}');
    });
    expect(await through(app, '/predict {"x":1}')).toEqual([{ prediction: 2 }]);
    expect(drift.status().counters).toMatchObject({ requests: 1, errors: 0 });
    await drift.close();
  });

  it('records once where it is mounted twice, and a handler goes on when it has answered', async () => {
    const drift = driftMiddleware(OPTIONS);
    const app = create().use(drift).use(create.json());
    app.post('/predict', (_req, res, next) => {
      res.json({ prediction: 1 });
      next();
    });
    app.use(drift, (_req, _res, _next) => undefined);
    await through(app, '/predict {"x":1}', '/predict {"x":2}');
    expect(drift.status().counters).toMatchObject({ requests: 2, recorded: 2, aborted: 0 });
    await drift.close();
  });
});
