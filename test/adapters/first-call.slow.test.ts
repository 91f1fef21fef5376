import { createServer, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import compression from 'compression';
import express, { type Express, type RequestHandler } from 'express';
// @ts-expect-error: it has no types of its own here, and the same ones
import express4 from 'express4';
import httpMocks from 'node-mocks-http';
import serverless from 'serverless-http';
import { afterEach, describe, expect, it } from 'vitest';
import { driftMiddleware as forExpress } from '../../adapters/express.js';
import { driftMiddleware as forFetch } from '../../adapters/fetch.js';
import { driftMiddleware as forHono } from '../../adapters/hono.js';
import { driftMiddleware as forNode } from '../../adapters/node.js';
import type { Drift } from '../../src/service/middleware-controls.js';

const OPTIONS = {
  experiment: 'e',
  model: 'm',
  match: 'POST /predict',
  store: 'memory:',
  schedule: false as const,
};

/** Middlewares that hosts mount before leeway, which put methods of their own around those of a response. */
const WRAPPERS: Readonly<Record<string, () => RequestHandler>> = {
  compression: () => compression({ threshold: 0 }),
  'one that wraps end': () => (_req, res, next) => {
    const { end } = res;
    res.end = ((...args: Parameters<typeof end>) => end.apply(res, args)) as typeof end;
    next();
  },
  'one that wraps write and end': () => (_req, res, next) => {
    const { write, end } = res;
    res.write = ((...args: Parameters<typeof write>) => write.apply(res, args)) as typeof write;
    res.end = ((...args: Parameters<typeof end>) => end.apply(res, args)) as typeof end;
    next();
  },
  "one that uses Node's own end": () => (_req, res, next) => {
    res.end = ((...args: Parameters<typeof res.end>) =>
      ServerResponse.prototype.end.apply(res, args)) as typeof res.end;
    next();
  },
};

/** Ways for a handler to answer. */
const ANSWERS: Readonly<Record<string, RequestHandler>> = {
  json: (_req, res) => void res.json({ prediction: 1 }),
  'send, a text': (_req, res) => void res.type('json').send('{"prediction":1}'),
  'send, bytes': (_req, res) => void res.type('json').send(Buffer.from('{"prediction":1}')),
  end: (_req, res) => void res.type('json').end('{"prediction":1}'),
  'end, bytes': (_req, res) => void res.type('json').end(Buffer.from('{"prediction":1}')),
  'write and end': (_req, res) => {
    res.type('json').write(Buffer.from('{"predic'));
    res.end(Buffer.from('tion":1}'));
  },
};

const closing: (() => Promise<unknown>)[] = [];
const hangUp = async (): Promise<void> => {
  for (const close of closing.splice(0)) await close();
};
afterEach(hangUp);

async function serve(app: Express): Promise<string> {
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/predict`;
}

const ask = async (url: string, x: number, encoding: string): Promise<unknown> => {
  const headers = { 'content-type': 'application/json', 'accept-encoding': encoding };
  return (await fetch(url, { method: 'POST', headers, body: `{"x":${x}}` })).json();
};

const recorded = async (drift: Drift): Promise<unknown[]> => {
  await drift.flush();
  return (await drift.experiment.data({ event: 'predict' })).rows.map((row) => row.value);
};

describe.each([
  ['5', express],
  ['4', express4 as typeof express],
] as const)(
  'the first call of a process behind a middleware that wraps the response: Express %s',
  (_v, create) => {
    const cases = Object.keys(WRAPPERS).flatMap((wrapper) =>
      Object.keys(ANSWERS).map((way) => [wrapper, way] as const),
    );

    it.each(cases)('is recorded like those after it: %s, %s', async (wrapper, way) => {
      for (const encoding of ['gzip', 'br', 'identity']) {
        const drift = forExpress(OPTIONS);
        const app = create();
        app.use((WRAPPERS[wrapper] as () => RequestHandler)());
        app.use(create.json(), drift);
        app.post('/predict', ANSWERS[way] as RequestHandler);
        const url = await serve(app);
        for (let x = 1; x <= 3; x += 1)
          expect(await ask(url, x, encoding)).toEqual({ prediction: 1 });
        await expect.poll(() => drift.status().counters.recorded).toBe(3);
        expect(drift.status().counters).toMatchObject({
          requests: 3,
          aborted: 0,
          bypassed: 0,
          errors: 0,
        });
        expect(await recorded(drift)).toMatchObject(
          [1, 2, 3].map((x) => ({ X: [{ x }], Y: [{ prediction: 1 }], status: 200 })),
        );
      }
    });

    it('is recorded once where leeway is mounted twice', async () => {
      const drift = forExpress(OPTIONS);
      const app = create();
      app.use(compression({ threshold: 0 }), drift, create.json(), drift);
      app.post('/predict', ANSWERS.json as RequestHandler);
      const url = await serve(app);
      for (let x = 1; x <= 2; x += 1) await ask(url, x, 'gzip');
      await expect.poll(() => drift.status().counters.recorded).toBe(2);
      expect(drift.status().counters).toMatchObject({ requests: 2, aborted: 0 });
    });

    it("does not count a call as aborted whose end was taken past leeway by Node's own method", async () => {
      const drift = forExpress(OPTIONS);
      const app = create();
      app.use(drift, create.json());
      app.post('/predict', (_req, res) => {
        res.setHeader('content-type', 'application/json');
        ServerResponse.prototype.end.call(res, '{"prediction":1}', 'utf8');
      });
      const url = await serve(app);
      for (let x = 1; x <= 3; x += 1)
        expect(await ask(url, x, 'identity')).toEqual({ prediction: 1 });
      // A call is over at the latest when its connection is, or when another call comes over it.
      await hangUp();
      await expect.poll(() => drift.status().counters.bypassed).toBe(3);
      expect(drift.status().counters).toMatchObject({ requests: 3, aborted: 0, recorded: 0 });
    });
  },
);

it('reads what passes on its way to a compression, for plain node:http too', async () => {
  const drift = forNode(OPTIONS);
  const compress = compression({ threshold: 0 });
  const listener = drift((_req, res) => {
    res.setHeader('content-type', 'application/json');
    res.end(Buffer.from('{"prediction":1}'));
  });
  const server = createServer((req, res) =>
    compress(req as never, res as never, () => listener(req, res as never)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/predict`;
  for (const encoding of ['gzip', 'br', 'deflate'])
    expect(await ask(url, 1, encoding)).toEqual({ prediction: 1 });
  await expect.poll(() => drift.status().counters.recorded).toBe(3);
});

describe('responses that no server made', () => {
  const appWith = (drift: RequestHandler): Express => {
    const app = express();
    app.use(express.json(), drift);
    app.post('/predict', (_req, res) => void res.json({ prediction: 1 }));
    return app;
  };

  it('records calls that come through serverless-http', async () => {
    const drift = forExpress(OPTIONS);
    const handle = serverless(appWith(drift));
    for (let x = 1; x <= 3; x += 1) {
      const event = {
        httpMethod: 'POST',
        path: '/predict',
        headers: { 'content-type': 'application/json' },
        body: `{"x":${x}}`,
      };
      expect(await handle(event, {})).toMatchObject({ statusCode: 200, body: '{"prediction":1}' });
    }
    expect(drift.status().counters).toMatchObject({ recorded: 3, aborted: 0, errors: 0 });
    expect(await recorded(drift)).toMatchObject(
      [1, 2, 3].map((x) => ({ X: [{ x }], Y: [{ prediction: 1 }] })),
    );
  });

  it.each([false, true])('records calls of mock responses (with events: %s)', async (events) => {
    const drift = forExpress(OPTIONS);
    for (let x = 1; x <= 3; x += 1) {
      const req = httpMocks.createRequest({ method: 'POST', url: '/predict', body: { x } });
      const { EventEmitter } = await import('node:events');
      const res = httpMocks.createResponse(events ? { eventEmitter: EventEmitter } : {});
      drift(req as never, res as never, () => void res.json({ prediction: 1 }));
      expect(res._getJSONData()).toEqual({ prediction: 1 });
    }
    expect(drift.status().counters).toMatchObject({ recorded: 3, aborted: 0, errors: 0 });
    expect(await recorded(drift)).toMatchObject(
      [1, 2, 3].map((x) => ({ X: [{ x }], Y: [{ prediction: 1 }] })),
    );
  });
});

describe('a middleware that another framework calls', () => {
  const ENTRIES = { express: forExpress, hono: forHono, node: forNode, fetch: forFetch } as const;
  const started = (name: keyof typeof ENTRIES) => {
    const errors: { code?: string; message?: string }[] = [];
    const make = ENTRIES[name] as (options: object) => (...args: unknown[]) => unknown;
    return { errors, drift: make({ ...OPTIONS, onError: (error: object) => errors.push(error) }) };
  };

  it.each(['hono', 'node', 'fetch'] as const)(
    'lets a request of Express pass, and says so: leeway/%s',
    async (name) => {
      const { drift, errors } = started(name);
      const app = express();
      app.use(drift as never);
      app.post('/predict', (_req, res) => void res.json({ prediction: 1 }));
      expect(await ask(await serve(app), 1, 'identity')).toEqual({ prediction: 1 });
      expect(errors).toMatchObject([
        { code: 'ERR_LEEWAY_OPTION', message: expect.stringContaining(`leeway/${name}`) },
      ]);
    },
  );

  it("lets a request of Koa pass with leeway/express, and gives back what Koa's next gives", async () => {
    const { drift, errors } = started('express');
    expect(await drift({ req: {}, res: {} }, () => Promise.resolve('done'))).toBe('done');
    expect(errors).toHaveLength(1);
  });

  it('serves a raw request without originalUrl, as hooks of Fastify and Koa hand it on', async () => {
    const drift = forExpress(OPTIONS);
    const server = createServer((req, res) => {
      drift(req as never, res as never, () => {
        res.setHeader('content-type', 'application/json');
        req.resume().on('end', () => res.end('{"prediction":1}'));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/predict?q=1`;
    expect(await ask(url, 1, 'identity')).toEqual({ prediction: 1 });
    await expect.poll(() => drift.status().counters.recorded).toBe(1);
  });
});
