import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { driftMiddleware } from '../../adapters/node.js';
import { describeDifferential, type Variant } from './describe-differential.js';

const bodyOf = async (req: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

const ANSWERS: Readonly<Record<string, (req: IncomingMessage, res: ServerResponse) => unknown>> = {
  json: async (req, res) => res.end(JSON.stringify({ prediction: (await bodyOf(req)).length })),
  early: (_req, res) => res.end('{"prediction":1}'),
  events: (req, res) => {
    let size = 0;
    req.on('data', (chunk) => {
      size += chunk.length;
    });
    req.on('end', () => res.end(`{"size":${size}}`));
  },
  encoded: (req, res) => {
    req.setEncoding('utf8');
    let text = '';
    req.on('data', (chunk) => {
      text += chunk;
    });
    req.on('end', () => res.end(JSON.stringify({ prediction: text.length })));
  },
  paused: (req, res) => {
    const wait = new Promise((resolve) => setTimeout(resolve, 2));
    return wait.then(async () =>
      res.end(JSON.stringify({ prediction: (await bodyOf(req)).length })),
    );
  },
  pipe: (req, res) => req.pipe(res),
  readable: (req, res) => {
    req.on('readable', () => {
      while (req.read(3) !== null);
    });
    req.on('end', () => res.end('{}'));
    req.resume();
  },
  continued: (_req, res) => {
    res.writeContinue();
    res.end('{}');
  },
  undrained: (_req, res) => {
    res.writeHead(200, { 'Content-Length': 2 });
    res.end('{}');
  },
  strict: (_req, res) => {
    res.strictContentLength = true;
    res.writeHead(200, { 'Content-Length': 2 });
    try {
      res.end('{"too":"long"}');
    } catch {
      res.end('{}');
    }
  },
  again: (_req, res) => {
    res.on('error', () => undefined);
    res.end('{"prediction":1}');
    res.end('{"prediction":2}', () => undefined);
  },
  wrong: (_req, res) => {
    try {
      res.write(5 as never);
    } catch (error) {
      res.end((error as { code: string }).code);
    }
  },
  none: (_req, res) => res.writeHead(204).end(),
};

const start =
  (attached: boolean): Variant['start'] =>
  async (options) => {
    const drift = options === undefined ? undefined : driftMiddleware(options);
    const listener = (req: IncomingMessage, res: ServerResponse): void => {
      const name = /^\/answer\/(\w+)/.exec(req.url ?? '')?.[1] ?? '';
      const answer = Object.hasOwn(ANSWERS, name) ? ANSWERS[name] : undefined;
      if (answer === undefined) res.writeHead(404).end('nothing here');
      else Promise.resolve(answer(req, res)).catch(() => res.destroy());
    };
    const server = createServer(drift === undefined || attached ? listener : drift(listener));
    if (attached) drift?.attach(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      });
    return {
      port: (server.address() as AddressInfo).port,
      close,
      ...(drift !== undefined && { drift }),
    };
  };

const paths = Object.keys(ANSWERS).map((name) => `/answer/${name}`);

describeDifferential(
  'node:http',
  { paths },
  [
    { name: 'wrapped', start: start(false) },
    { name: 'attached', start: start(true) },
  ],
  {
    connections: 100,
    always: paths.map((path) => ({
      label: path,
      pieces: [
        `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 7\r\n\r\n`,
        '{"x":1}',
      ],
    })),
  },
);
