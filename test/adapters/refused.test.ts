import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, connect as http2Connect } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import compression from 'compression';
import express, { type Request, type Response } from 'express';
// @ts-expect-error: it has no types of its own here, and the same ones
import express4 from 'express4';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { driftMiddleware as forExpress } from '../../adapters/express.js';
import { driftMiddleware as forHono } from '../../adapters/hono.js';
import { driftMiddleware as forNode } from '../../adapters/node.js';
import type { Drift } from '../../src/service/middleware-controls.js';

const OPTIONS = {
  experiment: 'shop',
  model: 'price',
  match: 'POST /predict',
  store: 'memory:',
  schedule: false as const,
  onInfo: () => undefined,
};
const ONE = '{"prediction":1}';
const TWO = '{"prediction":2}';

type Answer = (res: ServerResponse) => void;
type Watched = [drift: Drift, listener: RequestListener];

function onExpress(create: typeof express, answer: (req: Request, res: Response) => void): Watched {
  const drift = forExpress(OPTIONS);
  const app = create().use(drift).use(create.json());
  app.post('/predict', (req, res) => answer(req, res));
  return [drift, app];
}

const FRAMEWORKS: Readonly<Record<string, (answer: Answer) => Watched>> = {
  'Express 5': (answer) => onExpress(express, (_req, res) => answer(res)),
  'Express 4': (answer) => onExpress(express4 as typeof express, (_req, res) => answer(res)),
  'Hono on Node': (answer) => {
    const drift = forHono(OPTIONS);
    const app = new Hono<{ Bindings: HttpBindings }>().use(drift);
    app.post('/predict', async (c) => {
      await c.req.json();
      answer(c.env.outgoing as ServerResponse);
      return RESPONSE_ALREADY_SENT;
    });
    return [drift, getRequestListener(app.fetch) as RequestListener];
  },
  'node:http': (answer) => {
    const drift = forNode(OPTIONS);
    const listener: RequestListener = (req, res) => void req.on('end', () => answer(res)).resume();
    return [drift, drift(listener)];
  },
};

const refused = (call: () => unknown, code: string): void =>
  expect(call).toThrow(expect.objectContaining({ code }) as Error);
const wrong = 123 as unknown as string;

/** What hosts try before they answer with a 2. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  'an end with what is no body': (res) => {
    refused(() => res.end(wrong), 'ERR_INVALID_ARG_TYPE');
    res.end(TWO);
  },
  'an end in an encoding that is none': (res) => {
    refused(() => res.end(ONE, 'nope' as BufferEncoding), 'ERR_UNKNOWN_ENCODING');
    res.end(TWO);
  },
  'several ends, and a write': (res) => {
    for (let time = 0; time < 3; time += 1) refused(() => res.end(wrong), 'ERR_INVALID_ARG_TYPE');
    res.write(TWO);
    res.end();
  },
  'an end with a status that is none': (res) => {
    res.statusCode = 99_999;
    refused(() => res.end(ONE), 'ERR_HTTP_INVALID_STATUS_CODE');
    res.statusCode = 200;
    res.end(TWO);
  },
  'a write of what is no body': (res) => {
    refused(() => res.write(wrong), 'ERR_INVALID_ARG_TYPE');
    refused(() => res.write(null), 'ERR_STREAM_NULL_VALUES');
    res.end(TWO);
  },
  'a write amid others': (res) => {
    res.write('{"prediction"');
    refused(() => res.write(wrong), 'ERR_INVALID_ARG_TYPE');
    res.write(':');
    refused(() => res.end(wrong), 'ERR_INVALID_ARG_TYPE');
    res.end('2}');
  },
  'a write that is longer than was said': (res) => {
    res.strictContentLength = true;
    res.setHeader('Content-Length', TWO.length);
    res.flushHeaders();
    refused(() => res.write(`${ONE} and more`), 'ERR_HTTP_CONTENT_LENGTH_MISMATCH');
    res.end(TWO);
  },
  'an end after the end': (res) => {
    res.end(TWO);
    res.on('error', () => undefined);
    res.end(ONE);
    res.end(wrong);
  },
};

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

const POST = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"x":1}' };

/** Sends one call, and gives what the client got. */
async function ask(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  const text = await (await fetch(`http://127.0.0.1:${await listen(server)}/predict`, POST)).text();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return text;
}

async function expectRecorded(drift: Drift, prediction: number): Promise<void> {
  const { counters } = drift.status();
  expect(counters).toMatchObject({
    requests: 1,
    recorded: 1,
    bypassed: 0,
    undecodable: 0,
    aborted: 0,
    errors: 0,
  });
  const rows = (await drift.experiment.data()).rows.map((row) => row.value);
  expect(rows).toMatchObject([{ X: [{ x: 1 }], Y: [{ prediction }] }]);
  await drift.close();
}

describe.each(Object.entries(FRAMEWORKS))(
  'what was refused leaves no mark on %s',
  (_name, watched) => {
    it.each(Object.entries(ANSWERS))('%s', async (_answer, answer) => {
      const [drift, listener] = watched(answer);
      expect(await ask(listener)).toBe(TWO);
      await expectRecorded(drift, 2);
    });
  },
);

/** What stands between `res.send` and the wire. */
const SENDERS: Readonly<Record<string, express.RequestHandler>> = {
  'at once': (_req, _res, next) => next(),
  compressed: compression({ threshold: 0 }),
  'piece by piece': (_req, res, next) => {
    const { write, end } = res;
    res.end = ((text: string) => {
      write.call(res, text.slice(0, 5), 'utf8');
      setImmediate(() => end.call(res, text.slice(5), 'utf8'));
      return res;
    }) as typeof end;
    next();
  },
};

describe.each([
  ['5', express],
  ['4', express4 as typeof express],
] as const)('what could not be sent leaves no mark on Express %s', (_version, create) => {
  it('where the host answers past res.send then', async () => {
    const [drift, app] = onExpress(create, (req, res) => {
      req.app.set('etag', () => {
        throw new Error('of the host');
      });
      expect(() => res.send(ONE)).toThrow('of the host');
      res.end(TWO);
    });
    expect(await ask(app)).toBe(TWO);
    await expectRecorded(drift, 2);
  });

  it.each(Object.entries(SENDERS))(
    'where another was sent already, %s',
    async (_sender, sender) => {
      const drift = forExpress(OPTIONS);
      const app = create().use(drift, sender);
      app.use(create.json());
      app.post('/predict', (_req, res) => {
        res.type('json').send(ONE);
        refused(() => res.json({ prediction: 2 }), 'ERR_HTTP_HEADERS_SENT');
      });
      expect(await ask(app)).toBe(ONE);
      await expectRecorded(drift, 1);
    },
  );
});

it('takes once what HTTP/2 writes while it ends', async () => {
  const [drift, listener] = (FRAMEWORKS['node:http'] as (answer: Answer) => Watched)((res) => {
    refused(() => res.end(wrong), 'ERR_INVALID_ARG_TYPE');
    res.end(TWO);
  });
  const server = createHttp2Server(listener as never);
  const client = http2Connect(`http://127.0.0.1:${await listen(server)}`);
  const stream = client.request({
    ':method': 'POST',
    ':path': '/predict',
    'content-type': 'application/json',
  });
  let text = '';
  stream.setEncoding('utf8').on('data', (piece) => {
    text += piece;
  });
  stream.end(POST.body);
  await new Promise((resolve) => stream.once('close', resolve));
  client.close();
  await new Promise((resolve) => server.close(resolve));
  expect(text).toBe(TWO);
  await expectRecorded(drift, 2);
});
