import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as vitest from 'vitest';
import { driftMiddleware } from '../../adapters/node.js';
import { type AppOptions, describeAdapter, type RunningApp } from '../contract/adapter.js';

async function bodyOf(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const type = req.headers['content-type'] ?? '';
  return type.includes('json') ? JSON.parse(Buffer.concat(chunks).toString()) : {};
}

function answer(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify(body));
}

async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
  try {
    if (req.url === '/login') return answer(res, 200, { token: 'secret' });
    if (req.url === '/fail') return answer(res, 500, { error: 'boom' });
    if (req.url === '/refuse') return answer(res, 422, { error: 'boom' });
    if (req.url === '/throw') throw new Error('handler');
    if (req.url === '/text') return void res.end('six');
    const body = (await bodyOf(req)) as { x: number; instances: { x: number }[] };
    if (req.url === '/hang') return;
    if (req.url === '/end' || req.url === '/stream') {
      res.write('{"prediction":');
      return void res.end(`${2 * body.x}}`);
    }
    if (req.url === '/reads') {
      let prediction = 0;
      const reads = {
        get prediction() {
          prediction += 1;
          return prediction;
        },
      };
      return answer(res, 200, reads);
    }
    if (req.url === '/nan') return answer(res, 200, { prediction: Number.NaN });
    if (req.url?.endsWith(':predict'))
      return answer(res, 200, { predictions: body.instances.map(({ x }) => x / 2) });
    answer(res, req.url === '/predict' || req.url === '/mutate' ? 200 : 404, {
      prediction: 2 * body?.x,
    });
  } catch (error) {
    answer(res, 500, { error: (error as Error).message });
  }
}

async function startApp(
  attached: boolean,
  { drift: options, mount, second: others }: AppOptions,
): Promise<RunningApp> {
  const drift = options === undefined ? undefined : driftMiddleware(options);
  const second = others === undefined ? undefined : driftMiddleware(others);
  let listener: (req: IncomingMessage, res: ServerResponse) => void = (req, res) =>
    void handle(req, res);
  if (second !== undefined) listener = second(listener);
  if (drift !== undefined && !attached) listener = drift(listener);
  if (drift !== undefined && mount === 'twice') listener = drift(listener);
  const server = createServer(listener);
  if (drift !== undefined && attached) drift.attach(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
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

describeAdapter('driftMiddleware for node:http', (options) => startApp(false, options), vitest);
describeAdapter(
  'driftMiddleware attached to a node:http server',
  (options) => startApp(true, options),
  vitest,
);
