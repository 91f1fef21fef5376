import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { compress } from 'hono/compress';
import { cors } from 'hono/cors';
import { etag } from 'hono/etag';
import { HTTPException } from 'hono/http-exception';
import { methodOverride } from 'hono/method-override';
import { secureHeaders } from 'hono/secure-headers';
import { stream, streamSSE, streamText } from 'hono/streaming';
import { timeout } from 'hono/timeout';
import { validator } from 'hono/validator';
import { driftMiddleware } from '../../adapters/hono.js';
import { EVERYTHING } from './describe-differential.js';
import { describeInProcess, type InProcessVariant, type Log, pieces } from './in-process.js';

interface Env {
  readonly Bindings: { readonly log: Log };
}
type Handler = (c: Context<Env>) => unknown;

/** Every way to read a request. */
const READS: Readonly<Record<string, (c: Context<Env>) => Promise<unknown>>> = {
  json: (c) => c.req.json(),
  text: (c) => c.req.text(),
  buffer: (c) => c.req.arrayBuffer(),
  blob: async (c) => (await c.req.blob()).text(),
  form: async (c) => [...(await c.req.formData())],
  parsed: (c) => c.req.parseBody(),
  twice: async (c) => [await c.req.json(), await c.req.text()],
  together: (c) => Promise.all([c.req.text(), c.req.json()]),
  raw: (c) => c.req.raw.json(),
  rawTwice: async (c) => [await c.req.raw.text(), await c.req.text()],
  clone: async (c) => [await c.req.raw.clone().text(), await c.req.json()],
  stream: async (c) => {
    let text = '';
    for await (const chunk of c.req.raw.body ?? []) text += Buffer.from(chunk).toString();
    return text;
  },
  taken: async (c) => {
    const { json } = c.req;
    return json.call(c.req);
  },
  nothing: async () => undefined,
};

const json = { 'content-type': 'application/json' };

/** Every way to answer. */
const ANSWERS: Readonly<Record<string, Handler>> = {
  json: (c) => c.json({ prediction: 6 }),
  created: (c) => c.json({ prediction: 1 }, 201, { 'X-Custom-Case': 'Yes' }),
  status: (c) => {
    c.status(202);
    c.header('Set-Cookie', 'a=1', { append: true });
    c.header('Set-Cookie', 'b=2', { append: true });
    return c.json({ prediction: 1 });
  },
  nan: (c) => c.json({ prediction: Number.NaN, at: new Date(0), f: Float32Array.of(1.5) }),
  bigint: (c) => c.json({ prediction: 10n } as never),
  bad: (c) => c.json({ error: 'bad' }, 400),
  text: (c) => c.text('six'),
  html: (c) => c.html('<p>6</p>'),
  body: (c) => c.body('{"prediction":6}', 200, json),
  empty: (c) => c.body(null, 204),
  newResponse: (c) => c.newResponse('{"prediction":6}', 200, json),
  response: () => Response.json({ prediction: 6 }),
  assigned: (c) => {
    c.res = c.json({ prediction: 6 });
  },
  replaced: (c) => {
    c.res = c.json({ prediction: 6 });
    c.res = new Response(pieces(c.env.log, ['a', 'b']));
    return c.res;
  },
  made: (c) => {
    const kept = c.json({ prediction: 6 });
    return new Response(kept.body, kept);
  },
  forgotten: (c) => {
    c.json({ prediction: 5 });
    return new Response(pieces(c.env.log, ['{"prediction"', ':6}']), { headers: json });
  },
  pulled: (c) => new Response(pieces(c.env.log, ['a', 'b', 'c'])),
  endless: (c) => new Response(pieces(c.env.log, ['a', 'b'], 'never')),
  failing: (c) => new Response(pieces(c.env.log, ['a'], 'error')),
  jsonStream: (c) => c.body(pieces(c.env.log, ['{"prediction"', ':6}']), 200, json),
  stream: (c) =>
    stream(c, async (out) => {
      out.onAbort(() => c.env.log('the stream was left'));
      for (const each of ['a', 'b']) await out.write(each);
    }),
  streamText: (c) => streamText(c, async (out) => void (await out.writeln('{"prediction":6}'))),
  sse: (c) => streamSSE(c, async (out) => out.writeSSE({ data: '{"delta":1}', id: '1' })),
  redirect: (c) => c.redirect('/elsewhere'),
  notFound: (c) => c.notFound(),
  throw: () => {
    throw new Error('sync');
  },
  reject: async () => {
    throw new Error('async');
  },
  word: () => {
    throw 'a word';
  },
  http: () => {
    throw new HTTPException(418, {
      message: 'teapot',
      res: Response.json({ prediction: 6 }, { status: 418 }),
    });
  },
  nothing: () => undefined,
};

/** What stands around the route, by its place. */
const AROUND: Readonly<Record<string, readonly MiddlewareHandler[]>> = {
  none: [],
  headers: [cors(), secureHeaders()],
  etag: [etag()],
  compress: [compress({ threshold: 0 })],
  limits: [bodyLimit({ maxSize: 50 }), timeout(60_000)],
  reading: [
    async (c, next) => {
      await c.req.text();
      await next();
    },
  ],
  override: [methodOverride({ app: new Hono() })],
  after: [
    async (c, next) => {
      await next();
      c.res.headers.set('X-After', '1');
      c.res = new Response(c.res.body, {
        status: c.res.status === 200 ? 203 : c.res.status,
        headers: c.res.headers,
      });
    },
  ],
};

interface Build {
  readonly mount: 'first' | 'last' | 'twice' | 'on the route';
  readonly around: string;
  readonly under?: 'mounted' | 'routed' | 'its base path';
}

const variant = ({ mount, around, under }: Build): InProcessVariant => ({
  name: [`leeway ${mount}`, `with ${around}`, under].filter(Boolean).join(', '),
  // To make a tag, all of a body is read first.
  paths: Object.keys(ANSWERS)
    .filter((answer) => answer !== 'endless' || around !== 'etag')
    .flatMap((answer) => Object.keys(READS).map((read) => `/${answer}/${read}`)),
  make(watched) {
    const drift = watched ? driftMiddleware(EVERYTHING) : undefined;
    const inner = new Hono<Env>();
    // Hono treats a handler that answers nothing in another way where any middleware stands before it.
    const none: MiddlewareHandler = async (_c, next) => {
      await next();
    };
    const middleware = drift ?? none;
    const use = (...places: readonly Build['mount'][]): void => {
      if (places.includes(mount)) inner.use(middleware);
    };
    use('first', 'twice');
    for (const each of AROUND[around] ?? []) inner.use(each);
    use('last', 'twice');
    inner.use(
      '/json/*',
      validator('json', (value) => value),
    );
    const answer = async (c: Context<Env>): Promise<Response> => {
      const { log } = c.env;
      log(
        `${c.req.method} ${c.req.path} ${c.req.url} ${JSON.stringify(c.req.header())} ${c.req.param('read')}`,
      );
      await (READS[c.req.param('read') as string] as (typeof READS)[string])(c).then(
        (value) => log(`read ${JSON.stringify(value)}, used ${c.req.raw.bodyUsed}`),
        (error) => log(`reading failed: ${String(error)}, used ${c.req.raw.bodyUsed}`),
      );
      return (ANSWERS[c.req.param('answer') as string] as Handler)(c) as Response;
    };
    if (mount === 'on the route') inner.all('/:answer/:read', middleware, answer);
    else inner.all('/:answer/:read', answer);
    inner.onError((error, c) => {
      c.env.log(`error ${error.message}`);
      return error instanceof HTTPException
        ? error.getResponse()
        : c.json({ error: error.message }, 500);
    });
    const app = outer(inner, under);
    const call = (request: Request, log: Log): unknown => app(request, { log });
    return drift === undefined ? { call } : { drift, call };
  },
});

/** The app, or one that it is a part of. */
function outer(
  inner: Hono<Env>,
  under: Build['under'],
): (request: Request, env: Env['Bindings']) => unknown {
  if (under === 'mounted') return new Hono<Env>().mount('/', inner.fetch).fetch;
  if (under === 'routed') return new Hono<Env>().route('/', inner).fetch;
  if (under === 'its base path') return new Hono<Env>().basePath('/').route('/', inner).fetch;
  return inner.fetch;
}

describeInProcess(
  'Hono on no runtime in particular',
  [
    variant({ mount: 'first', around: 'none' }),
    variant({ mount: 'on the route', around: 'headers', under: 'routed' }),
    variant({ mount: 'twice', around: 'etag' }),
    variant({ mount: 'first', around: 'compress' }),
    variant({ mount: 'last', around: 'compress' }),
    variant({ mount: 'first', around: 'limits', under: 'its base path' }),
    variant({ mount: 'last', around: 'reading' }),
    variant({ mount: 'first', around: 'override' }),
    variant({ mount: 'first', around: 'after', under: 'mounted' }),
  ],
  200,
);
