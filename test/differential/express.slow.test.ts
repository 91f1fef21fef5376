import { createReadStream } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import compression from 'compression';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
// @ts-expect-error: it has no types of its own here, and the same ones
import express4 from 'express4';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DriftMiddleware, driftMiddleware } from '../../adapters/express.js';
import type { DriftOptions } from '../../src/service/options.js';
import {
  describeDifferential,
  EVERYTHING,
  type Host,
  type Variant,
} from './describe-differential.js';
import { exchange } from './wire.js';

// Express prints the errors that it makes pages of.
beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterAll(() => void vi.restoreAllMocks());

const FILE = new URL('../../LICENSE', import.meta.url).pathname;
const later = (ms = 1): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class Money {
  #reads = 0;
  get amount(): number {
    this.#reads += 1;
    return this.#reads;
  }
  toJSON(): object {
    return { amount: this.amount, reads: this.#reads };
  }
}

/** Every way to answer that Express has. */
const ANSWERS: Readonly<
  Record<string, (req: Request, res: Response, next: NextFunction) => unknown>
> = {
  json: (req, res) =>
    res.json({ prediction: req.body?.x ?? null, rows: req.body?.instances?.length }),
  list: (req, res) => res.json({ predictions: (req.body?.instances ?? [1]).map(() => 0.5) }),
  nan: (_req, res) =>
    res.json({
      prediction: Number.NaN,
      at: new Date(0),
      f: Float32Array.of(1.5, 2),
      none: undefined,
    }),
  money: (_req, res) => res.json(new Money()),
  getter: (_req, res) => {
    let reads = 0;
    res.json({
      get prediction() {
        reads += 1;
        return reads;
      },
    });
  },
  bigint: (_req, res) => res.json({ prediction: 10n }),
  send: (_req, res) => res.send('six'),
  object: (_req, res) => res.send({ prediction: 6 }),
  buffer: (_req, res) => res.send(Buffer.from('{"prediction":6}')),
  number: (_req, res) => res.send(String(42)),
  empty: (_req, res) => res.send(),
  end: (_req, res) => res.end('{"prediction":6}'),
  hex: (_req, res) => res.end('7b7d', 'hex'),
  nothing: (_req, res) => res.end(),
  callback: (_req, res) => {
    res.write('a', () => res.end('b', () => undefined));
  },
  latin: (_req, res) => {
    res.write('é', 'latin1');
    res.end('é');
  },
  writes: async (_req, res) => {
    for (let each = 0; each < 5; each += 1) {
      res.write(`part ${each}\n`);
      await later(0);
    }
    res.end();
  },
  sized: (_req, res) => {
    res.setHeader('Content-Length', 4);
    res.write('ab');
    res.end('cd');
  },
  file: (_req, res) => res.sendFile(FILE),
  download: (_req, res) => res.download(FILE),
  pipe: (_req, res) => createReadStream(FILE).pipe(res),
  readable: (_req, res) => Readable.from(['{"prediction"', ':6}']).pipe(res),
  redirect: (_req, res) => res.redirect('/elsewhere'),
  moved: (_req, res) => res.redirect(301, '/elsewhere'),
  jsonp: (_req, res) => res.jsonp({ prediction: 6 }),
  status: (_req, res) => res.sendStatus(202),
  created: (_req, res) => res.status(201).json({ prediction: 1 }),
  none: (_req, res) => res.status(204).end(),
  noneJson: (_req, res) => res.status(204).json({ prediction: 1 }),
  same: (_req, res) => res.status(304).json({ prediction: 1 }),
  bad: (_req, res) => res.status(400).json({ error: 'bad' }),
  broken: (_req, res) => res.status(500).send('broken'),
  twice: (_req, res) => {
    res.json({ prediction: 1 });
    res.json({ prediction: 2 });
  },
  late: (_req, res) => {
    res.write('x');
    res.setHeader('X-Late', '1');
    res.end();
  },
  headers: (_req, res) => {
    res.set({ 'X-One': '1', 'Set-Cookie': ['a=1', 'b=2'] });
    res.cookie('c', '3').vary('Origin').type('json').links({ next: '/2' });
    res.json({ prediction: 1 });
  },
  head: (_req, res) => {
    res.writeHead(200, 'Fine', ['X-Raw', '1', 'x-raw', '2']);
    res.end('{"prediction":1}');
  },
  trailers: (_req, res) => {
    res.writeHead(200, { Trailer: 'X-Sum', 'Transfer-Encoding': 'chunked' });
    res.write('{"prediction":1}');
    res.addTrailers({ 'X-Sum': '1' });
    res.end();
  },
  hints: (_req, res) => {
    res.writeProcessing();
    res.writeEarlyHints({ link: '</style.css>; rel=preload' });
    res.json({ prediction: 1 });
  },
  throw: () => {
    throw new Error('sync');
  },
  reject: async (_req, _res, next) => {
    await later(0);
    next(new Error('async'));
  },
  next: (_req, _res, next) => next(),
  afterHead: (_req, res) => {
    res.write('begun');
    throw new Error('after head');
  },
  destroy: (_req, res) => {
    res.write('begun', () => res.destroy());
  },
  sse: async (_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    res.flushHeaders();
    for (let each = 0; each < 3; each += 1) {
      res.write(`data: {"choices":[{"index":0,"delta":{"content":"${each}"}}]}\n\n`);
      await later(0);
    }
    res.end('data: [DONE]\n\n');
  },
  large: (_req, res) => res.json({ prediction: 'y'.repeat(300_000) }),
  corked: (_req, res) => {
    res.cork();
    res.write('a');
    res.write('b');
    res.uncork();
    res.end('c');
  },
  raw: async (req, res) => {
    let size = 0;
    for await (const chunk of req) size += (chunk as Buffer).length;
    res.json({ size, body: req.body === undefined });
  },
  keys: (req, res) => res.json({ body: typeof req.body, own: Object.keys(req.body ?? {}) }),
  mutate: (req, res) => {
    if (req.body !== undefined) req.body = { x: 'other' };
    res.json({ prediction: req.body?.x ?? null });
  },
  wrapped: (_req, res) => {
    const { json } = res;
    res.json = (body) => json.call(res, { data: body });
    res.json([1]);
  },
};

type Mount = 'first' | 'after-parser' | 'last' | 'twice' | 'prefix' | 'router';

interface Build {
  readonly create?: () => Express;
  readonly mount?: Mount;
  readonly compress?: 'before' | 'after' | undefined;
  readonly parser?: 'json' | 'none' | 'text' | 'raw' | 'own';
  /** Who answers for errors: a handler of the app, or Express with its page. */
  readonly errors?: 'own' | 'page';
}

function variant({
  create = express,
  mount = 'first',
  compress,
  parser = 'json',
  errors = 'own',
}: Build): Variant {
  const old = (create as unknown) === express4;
  return {
    name: [
      old ? 'express 4' : 'express 5',
      `mounted ${mount}`,
      compress && `compression ${compress}`,
      `${parser} parser`,
      errors === 'page' && "Express's error page",
    ]
      .filter(Boolean)
      .join(', '),
    start: async (options) => {
      const drift = options === undefined ? undefined : driftMiddleware(options);
      const app = create();
      app.set('env', 'production');
      mountAll(app, { create, mount, compress, parser, errors }, drift);
      const server = app.listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const host: Host = {
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((resolve) => {
            server.closeAllConnections();
            server.close(() => resolve());
          }),
      };
      return drift === undefined ? host : { ...host, drift };
    },
  };
}

function mountAll(app: Express, build: Build, drift: DriftMiddleware | undefined): void {
  const { create = express, mount, compress, parser } = build;
  const use = (place: readonly (Mount | undefined)[]): void => {
    if (drift === undefined || !place.includes(mount)) return;
    if (mount === 'prefix') app.use('/answer', drift);
    else app.use(drift);
  };
  if (compress === 'before') app.use(compression({ threshold: 0 }));
  use(['first', 'twice', 'prefix']);
  if (compress === 'after') app.use(compression({ threshold: 0 }));
  if (parser === 'json')
    app.use(
      create === express ? express.json({ strict: false }) : express4.json({ strict: false }),
    );
  if (parser === 'text') app.use(express.text({ type: '*/*' }));
  if (parser === 'raw') app.use(express.raw({ type: '*/*' }));
  if (parser === 'own') app.use(ownParser);
  use(['after-parser', 'twice']);
  app.use((_req, res, next) => {
    res.setHeader('X-Passed', '1');
    next();
  });
  use(['last']);
  const router = create === express ? express.Router() : express4.Router();
  if (drift !== undefined && mount === 'router') router.use(drift);
  for (const [name, answer] of Object.entries(ANSWERS)) router.all(`/${name}`, answer);
  app.use('/answer', router);
  app.use('/unwatched', router);
  if (build.errors === 'page') return;
  app.use(
    (error: Error & { status?: number }, _req: Request, res: Response, next: NextFunction) => {
      if (res.headersSent) return next(error);
      res.status(error.status ?? 500).json({ error: error.message });
    },
  );
}

/** A parser that defines the body in its own way. */
function ownParser(req: Request, _res: Response, next: NextFunction): void {
  const chunks: Buffer[] = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    let value: unknown;
    try {
      value = JSON.parse(Buffer.concat(chunks).toString());
    } catch {
      value = undefined;
    }
    Object.defineProperty(req, 'body', {
      value,
      writable: true,
      configurable: true,
      enumerable: true,
    });
    next();
  });
}

/** What cuts a connection off cuts off what was pipelined behind it, sooner or later: these are sent alone. */
const CUTTING = ['destroy', 'afterHead'];
const all = Object.keys(ANSWERS).map((name) => `/answer/${name}`);
const steady = Object.keys(ANSWERS).filter((name) => !CUTTING.includes(name));
const paths = steady.flatMap((name) => [`/answer/${name}`, `/answer/${name}?callback=cb`]);

describeDifferential(
  'Express',
  { paths: [...paths, '/unwatched/json', '/nowhere'] },
  [
    variant({}),
    variant({ create: express4 }),
    variant({ mount: 'after-parser' }),
    variant({ mount: 'last', create: express4 }),
    variant({ mount: 'twice' }),
    variant({ mount: 'prefix' }),
    variant({ mount: 'router' }),
    variant({ compress: 'before' }),
    variant({ compress: 'after' }),
    variant({ compress: 'after', create: express4 }),
    variant({ parser: 'none' }),
    variant({ parser: 'text' }),
    variant({ parser: 'raw', mount: 'last' }),
    variant({ parser: 'own' }),
    variant({ errors: 'page' }),
    variant({ errors: 'page', create: express4, compress: 'before' }),
  ],
  {
    connections: 60,
    always: all.map((path) => ({
      label: path,
      pieces: [
        `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"x":1}`,
      ],
    })),
  },
);

describe.each([
  ['express 5', express],
  ['express 4', express4 as typeof express],
] as const)('what Express says by itself: %s', (_name, create) => {
  const start = async (env: string, options: DriftOptions | undefined): Promise<Host> => {
    const drift = options === undefined ? undefined : driftMiddleware(options);
    const app = create();
    app.set('env', env);
    if (drift !== undefined) app.use(drift);
    app.use(create.json());
    app.all('/json', (_req, res) => void res.json({ prediction: 1 }));
    app.all('/throw', () => {
      throw new Error('of the host');
    });
    const server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const close = (): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));
    return {
      port: (server.address() as AddressInfo).port,
      close,
      ...(drift !== undefined && { drift }),
    };
  };
  const both = async (
    env: string,
    use: (port: number) => Promise<string>,
  ): Promise<[string, string]> => {
    const hosts = [await start(env, undefined), await start(env, EVERYTHING)] as const;
    const answers = await Promise.all(hosts.map(({ port }) => use(port)));
    await hosts[1].drift?.close();
    for (const host of hosts) await host.close();
    return answers as [string, string];
  };
  const head = (method: string, path: string, ...headers: string[]): string =>
    [`${method} ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n');
  const ask = (port: number, text: string) => exchange(port, { label: text, pieces: [text] });

  it.each(['GET', 'HEAD'])(
    'answers %s with 304 where the client has it already, for the same tag',
    async (method) => {
      const [expected, got] = await both('production', async (port) => {
        const first = await ask(port, head(method, '/json'));
        const tag = /^etag: (.*)$/im.exec(first)?.[1]?.trim() ?? '';
        const tags = [tag, tag.replace('W/', ''), `"other", ${tag}`, '"other"', '*'];
        const again = await Promise.all(
          tags.map((each) => ask(port, head(method, '/json', `If-None-Match: ${each}`))),
        );
        expect(again.map((answer) => answer.slice(9, 12))).toEqual([
          '304',
          '304',
          '304',
          '200',
          '304',
        ]);
        return [first, ...again].join('---');
      });
      expect(got).toBe(expected);
    },
  );

  const post = (path: string, body: string): string =>
    head('POST', path, 'Content-Type: application/json', `Content-Length: ${body.length}`) + body;
  const failing = [
    post('/throw', '{"x":1}'),
    post('/json', '{"x":'),
    post('/nowhere', '{"x":1}'),
    head('GET', '/throw'),
  ];

  it.each(failing)('answers errors with the same page in production: %j', async (text) => {
    const [expected, got] = await both('production', (port) => ask(port, text));
    expect(got).toBe(expected);
    expect(got.slice(9, 12)).toMatch(/400|404|500/);
  });

  it.each(failing)(
    'answers errors with the same page in development, but for the stack: %j',
    async (text) => {
      const withoutStack = (page: string) =>
        page.replace(/(<br> &nbsp; &nbsp;at [^<]*)+/g, '').replace(/^content-length: .*$/im, '');
      const [expected, got] = await both('development', (port) => ask(port, text));
      expect(withoutStack(got)).toBe(withoutStack(expected));
    },
  );
});
