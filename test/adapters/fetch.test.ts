import { serve } from '@hono/node-server';
import * as vitest from 'vitest';
import { driftMiddleware } from '../../adapters/fetch.js';
import { type AppOptions, describeAdapter, type RunningApp } from '../contract/adapter.js';

const { describe, expect, it } = vitest;

async function handle(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  try {
    if (pathname === '/login') return Response.json({ token: 'secret' });
    if (pathname === '/fail') return Response.json({ error: 'boom' }, { status: 500 });
    if (pathname === '/refuse') return Response.json({ error: 'boom' }, { status: 422 });
    if (pathname === '/throw') throw new Error('handler');
    if (pathname === '/text') return new Response('six');
    const isJson = request.headers.get('content-type')?.includes('json');
    const body = (isJson ? await request.json() : {}) as { x: number; instances: { x: number }[] };
    if (pathname === '/hang') return new Promise<never>(() => undefined);
    if (pathname === '/end') return new Response(JSON.stringify({ prediction: 2 * body.x }));
    if (pathname === '/stream') {
      const pieces = new Blob(['{"prediction":', `${2 * body.x}}`]);
      return new Response(pieces.stream());
    }
    if (pathname === '/reads') {
      let prediction = 0;
      const reads = {
        get prediction() {
          prediction += 1;
          return prediction;
        },
      };
      return Response.json(reads);
    }
    if (pathname === '/nan') return Response.json({ prediction: Number.NaN });
    if (pathname.endsWith(':predict'))
      return Response.json({ predictions: body.instances.map(({ x }) => x / 2) });
    const known = pathname === '/predict' || pathname === '/mutate';
    return Response.json({ prediction: 2 * body?.x }, { status: known ? 200 : 404 });
  } catch (error) {
    return Response.json({ error: (error as Error).message }, { status: 500 });
  }
}

/** @param bare whether the handler is given no more than a Request, as on other runtimes than Node. */
async function startApp(
  bare: boolean,
  { drift: options, mount, second: others }: AppOptions,
): Promise<RunningApp> {
  const drift = options === undefined ? undefined : driftMiddleware(options);
  const second = others === undefined ? undefined : driftMiddleware(others);
  let handler: (request: Request, env: unknown) => Response | Promise<Response> = handle;
  if (second !== undefined) handler = second(handler);
  if (drift !== undefined) handler = drift(handler);
  if (drift !== undefined && mount === 'twice') handler = drift(handler);
  const fetch = bare ? (request: Request) => handler(new Request(request), undefined) : handler;
  return new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, (info) => {
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

describeAdapter(
  'driftMiddleware for fetch handlers',
  (options) => startApp(false, options),
  vitest,
);

describe('driftMiddleware for fetch handlers, on no runtime in particular', () => {
  const post = (body: unknown): Request =>
    new Request('http://x/predict', {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  const make = () =>
    driftMiddleware({
      experiment: 'shop',
      model: 'price',
      match: 'POST /predict',
      store: 'memory:',
    });

  it('records what was read and answered', async () => {
    const drift = make();
    const response = await drift(handle)(post({ x: 4 }));
    expect(await response.json()).toEqual({ prediction: 8 });
    await new Promise((resolve) => setImmediate(resolve));
    expect((await drift.experiment.data()).rows[0]?.value).toMatchObject({
      X: [{ x: 4 }],
      Y: [{ prediction: 8 }],
    });
    await drift.close();
  });

  it('gives back what the handler gave, and throws what it threw', async () => {
    const drift = make();
    const response = Response.json({ prediction: 1 });
    expect(drift(() => response)(post({}))).toBe(response);
    expect(() =>
      drift(() => {
        throw new Error('host');
      })(post({})),
    ).toThrow('host');
    expect(await (drift(() => 'nothing' as never)(post({})) as unknown)).toBe('nothing');
    await expect(drift(() => Promise.reject(new Error('later')))(post({}))).rejects.toThrow(
      'later',
    );
    await drift.close();
  });

  it('hands on whatever it is called with, as whatever it is a method of', async () => {
    const drift = make();
    const host = {
      fetch: drift(function (this: unknown, ...args: unknown[]) {
        return [this, ...args] as never;
      }),
    };
    for (const given of [
      undefined,
      'http://x/predict',
      { method: 'POST', url: 'http://x/predict' },
    ]) {
      expect(host.fetch(given as never, 1 as never)).toEqual([host, given, 1]);
    }
    const request = post({ x: 1 });
    expect((host.fetch(request) as never as unknown[])[0]).toBe(host);
    await drift.close();
  });

  it('copies no stream that the host made, JSON or not: its source hears at once of a client that goes away', async () => {
    const drift = make();
    const heard: unknown[] = [];
    let pulled = 0;
    const source = {
      pull(controller: ReadableStreamDefaultController) {
        pulled += 1;
        controller.enqueue(new TextEncoder().encode('[1,'));
      },
      cancel: (reason: unknown) => void heard.push(reason),
    };
    const json = { headers: { 'content-type': 'application/json' } };
    const response = await drift(
      () => new Response(new ReadableStream(source, { highWaterMark: 0 }), json),
    )(post({}));
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel('gone');
    expect([pulled, heard]).toEqual([1, ['gone']]);
    expect(drift.status().counters.bypassed).toBe(1);
    await drift.close();
  });

  it('leaves streams alone, and counts them', async () => {
    const drift = make();
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('data: 1\n\n'));
        controller.close();
      },
    });
    const handler = drift(
      () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
    );
    expect((await handler(post({ x: 1 }))).body).toBe(body);
    await new Promise((resolve) => setImmediate(resolve));
    expect(drift.status().counters).toMatchObject({ bypassed: 1, recorded: 0 });
    await drift.close();
  });
});
