import { serve } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { compress } from 'hono/compress';
import { cors } from 'hono/cors';
import { HTTPException } from 'hono/http-exception';
import { stream, streamSSE, streamText } from 'hono/streaming';
import { validator } from 'hono/validator';
import { driftMiddleware as forFetch } from '../../adapters/fetch.js';
import { driftMiddleware } from '../../adapters/hono.js';
import { describeDifferential, type Host, type Variant } from './describe-differential.js';

const later = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const read = async (c: Context): Promise<Record<string, never>> => {
  try {
    return (await c.req.json()) ?? {};
  } catch {
    return {};
  }
};

/** Every way to answer that Hono has. */
const ANSWERS: Readonly<Record<string, (c: Context) => Response | Promise<Response>>> = {
  json: async (c) => c.json({ prediction: (await read(c)).x ?? null }),
  strict: async (c) => c.json({ prediction: (await c.req.json()).x }),
  plain: (c) => c.json({ predictions: [1, 2] }),
  nan: (c) => c.json({ prediction: Number.NaN, at: new Date(0), f: Float32Array.of(1.5) }),
  getter: (c) => {
    let reads = 0;
    return c.json({
      get prediction() {
        reads += 1;
        return reads;
      },
    });
  },
  bigint: (c) => c.json({ prediction: 10n } as never),
  created: (c) => c.json({ prediction: 1 }, 201, { 'X-Custom-Case': 'Yes' }),
  statusFirst: (c) => {
    c.status(202);
    c.header('X-First', '1');
    c.header('Set-Cookie', 'a=1', { append: true });
    c.header('Set-Cookie', 'b=2', { append: true });
    return c.json({ prediction: 1 });
  },
  text: (c) => c.text('six'),
  html: (c) => c.html('<p>6</p>'),
  body: (c) => c.body('{"prediction":6}'),
  bytes: (c) => c.body(new Uint8Array([123, 125])),
  newResponse: (c) =>
    c.newResponse('{"prediction":6}', 200, { 'Content-Type': 'application/json' }),
  response: () =>
    new Response('{"prediction":6}', {
      headers: { 'Content-Type': 'application/json', 'X-A': '1' },
    }),
  responseJson: () => Response.json({ prediction: 6 }),
  headersObject: () => new Response('x', { headers: new Headers([['X-B', '2']]) }),
  blob: () => new Response(new Blob(['{"prediction":6}'], { type: 'application/json' })),
  empty: (c) => c.body(null, 204),
  nothing: () => new Response(null),
  same: (c) => c.body(null, 304),
  forgotten: () => undefined as never,
  stream: (c) =>
    stream(c, async (out) => {
      for (let each = 0; each < 4; each += 1) {
        await out.write(`part ${each}\n`);
        await later();
      }
    }),
  streamText: (c) =>
    streamText(c, async (out) => {
      await out.writeln('{"prediction":');
      await out.write('6}');
    }),
  sse: (c) =>
    streamSSE(c, async (out) => {
      for (let each = 0; each < 3; each += 1)
        await out.writeSSE({ data: `{"delta":${each}}`, id: String(each) });
    }),
  pull: () => {
    let left = 3;
    return new Response(
      new ReadableStream({
        pull(controller) {
          left -= 1;
          if (left < 0) controller.close();
          else controller.enqueue(new TextEncoder().encode(`left ${left}\n`));
        },
      }),
      { headers: { 'Content-Type': 'text/plain' } },
    );
  },
  redirect: (c) => c.redirect('/elsewhere'),
  moved: (c) => c.redirect('/elsewhere', 301),
  notFound: (c) => c.notFound() as Response,
  bad: (c) => c.json({ error: 'bad' }, 400),
  throw: () => {
    throw new Error('sync');
  },
  reject: async () => {
    await later();
    throw new Error('async');
  },
  http: () => {
    throw new HTTPException(418, { message: 'teapot' });
  },
  large: (c) => c.json({ prediction: 'y'.repeat(300_000) }),
  rawJson: async (c) =>
    c.json({
      prediction: await c.req.raw.json().then(
        () => 1,
        () => 2,
      ),
    }),
  rawText: async (c) => c.text(await c.req.raw.text()),
  readText: async (c) => c.json({ length: (await c.req.text()).length }),
  readBuffer: async (c) => c.json({ length: (await c.req.arrayBuffer()).byteLength }),
  readTwice: async (c) => c.json([await read(c), (await c.req.text()).length]),
  form: async (c) => c.json(Object.keys(await c.req.parseBody().catch(() => ({})))),
  echo: (c) =>
    new Response(c.req.raw.body, { headers: { 'Content-Type': 'application/octet-stream' } }),
  cloned: async (c) =>
    c.json({ length: (await c.req.raw.clone().text()).length, again: (await c.req.text()).length }),
  outgoing: (c) => {
    c.env.outgoing.writeHead(200, { 'X-Own': '1' });
    c.env.outgoing.end('{"prediction":6}');
    return RESPONSE_ALREADY_SENT;
  },
};

interface Build {
  readonly mount?:
    | 'first'
    | 'after-validator'
    | 'last'
    | 'twice'
    | 'prefix'
    | 'fetch'
    | 'fetch-and-hono';
  readonly compress?: 'before' | 'after';
}

function appOf(
  { mount = 'first', compress: order }: Build,
  drift: ReturnType<typeof driftMiddleware> | undefined,
): Hono {
  const app = new Hono();
  const use = (places: readonly string[]): void => {
    if (drift === undefined || !places.includes(mount)) return;
    if (mount === 'prefix') app.use('/answer/*', drift);
    else app.use(drift);
  };
  if (order === 'before') app.use(compress({ threshold: 0 }));
  use(['first', 'twice', 'prefix', 'fetch-and-hono']);
  if (order === 'after') app.use(compress({ threshold: 0 }));
  app.use(cors());
  app.use(async (c, next) => {
    c.header('X-Before', '1');
    await next();
    c.header('X-After', '1');
  });
  if (mount === 'after-validator')
    app.use(
      '/answer/json',
      validator('json', (value) => value),
    );
  use(['after-validator', 'last', 'twice']);
  for (const [name, answer] of Object.entries(ANSWERS)) {
    app.all(`/answer/${name}`, answer);
    app.all(`/unwatched/${name}`, answer);
  }
  app.onError((error, c) =>
    error instanceof HTTPException ? error.getResponse() : c.json({ error: error.message }, 500),
  );
  return app;
}

const variant = (build: Build): Variant => ({
  name: [`mounted ${build.mount ?? 'first'}`, build.compress && `compress ${build.compress}`]
    .filter(Boolean)
    .join(', '),
  start: async (options) => {
    const { mount } = build;
    const wrap =
      options !== undefined && mount?.startsWith('fetch') ? forFetch(options) : undefined;
    const drift = options !== undefined && mount !== 'fetch' ? driftMiddleware(options) : undefined;
    const app = appOf(build, drift);
    const fetch =
      wrap === undefined ? app.fetch : wrap(app.fetch as (request: Request) => Response);
    return new Promise<Host>((resolve) => {
      const server = serve(
        { fetch: fetch as typeof app.fetch, port: 0, hostname: '127.0.0.1' },
        (info) => {
          const seen = wrap ?? drift;
          resolve({
            port: info.port,
            ...(seen !== undefined && { drift: seen }),
            close: async () => {
              await drift?.close();
              if ('closeAllConnections' in server) server.closeAllConnections();
              await new Promise<void>((done) => server.close(() => done()));
            },
          });
        },
      );
    });
  },
});

const paths = Object.keys(ANSWERS).map((name) => `/answer/${name}`);

describeDifferential(
  'Hono',
  { paths: [...paths, '/unwatched/json', '/nowhere'] },
  [
    variant({}),
    variant({ mount: 'after-validator' }),
    variant({ mount: 'last' }),
    variant({ mount: 'twice' }),
    variant({ mount: 'prefix' }),
    variant({ compress: 'before' }),
    variant({ compress: 'after' }),
    variant({ mount: 'fetch' }),
    variant({ mount: 'fetch-and-hono' }),
  ],
  {
    connections: 25,
    always: paths.map((path) => ({
      label: path,
      pieces: [
        `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"x":1}`,
      ],
    })),
  },
);
