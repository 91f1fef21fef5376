import { createServer, type RequestListener, type Server } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { driftMiddleware as forExpress } from '../../adapters/express.js';
import { driftMiddleware as forHono } from '../../adapters/hono.js';
import { driftMiddleware as forNode } from '../../adapters/node.js';
import type { Drift } from '../../src/service/middleware-controls.js';
import { turns } from '../fixtures/turns.js';

const OPTIONS = {
  experiment: 'e',
  model: 'm',
  match: 'POST /*',
  store: 'memory:',
  schedule: false as const,
};

/** Hosts that answer at once, without a look at what was sent, and never to /hang. */
const HOSTS: Readonly<
  Record<string, () => { readonly drift: Drift; readonly listener: RequestListener }>
> = {
  Express: () => {
    const drift = forExpress(OPTIONS);
    const app = express().use(drift);
    app.post('/predict', (_req, res) => void res.json({ prediction: 1 }));
    app.post('/hang', () => undefined);
    return { drift, listener: app };
  },
  Hono: () => {
    const drift = forHono(OPTIONS);
    const app = new Hono().use(drift);
    app.post('/predict', (c) => c.json({ prediction: 1 }));
    app.post('/hang', () => new Promise<Response>(() => undefined));
    return { drift, listener: getRequestListener(app.fetch) };
  },
  'node:http': () => {
    const drift = forNode(OPTIONS);
    const listener = drift((req, res) => {
      if (req.url === '/predict') res.end('{"prediction":1}');
    });
    return { drift, listener };
  },
};

const request = (path: string, length = 7): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n{"x":1}`;

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function start(name: string) {
  const { drift, listener } = (HOSTS[name] as (typeof HOSTS)[string])();
  const running = createServer(listener);
  server = running;
  await new Promise<void>((resolve) => running.listen(0, '127.0.0.1', resolve));
  const socket = connect((running.address() as AddressInfo).port, '127.0.0.1');
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setImmediate(resolve));
  };
  return { drift, socket, until };
}

describe.each(Object.keys(HOSTS))('calls and the connection that they came over: %s', (name) => {
  it('records a call that was answered before it was read', async () => {
    const { drift, socket, until } = await start(name);
    socket.write(request('/predict'));
    await until(() => drift.status().counters.recorded === 1);
    await drift.flush();
    expect(
      (await drift.experiment.data({ event: 'predict' })).rows.map((row) => row.value),
    ).toMatchObject([{ X: [{ x: 1 }], Y: [{ prediction: 1 }] }]);
    socket.destroy();
  });

  it('counts calls whose client is gone as aborted, also those that wait behind another on their connection', async () => {
    const { drift, socket, until } = await start(name);
    socket.write(request('/hang') + request('/predict'));
    await until(() => drift.status().counters.requests === 2);
    await turns(10, 1);
    expect(drift.status().counters).toMatchObject({ recorded: 0, aborted: 0 });
    socket.destroy();
    await until(() => drift.status().counters.aborted === 2);
    expect(drift.status().counters).toMatchObject({ recorded: 0, errors: 0 });
  });

  it('reads nothing out of a body that did not come whole', async () => {
    const { drift, socket, until } = await start(name);
    // What came of it would be JSON by itself.
    socket.write(request('/hang', 9));
    await until(() => drift.status().counters.requests === 1);
    await turns(10, 1);
    socket.destroy();
    await until(() => drift.status().counters.aborted === 1);
    expect((await drift.experiment.data()).length).toBe(0);
  });
});

describe('HTTP/2, where many calls share a socket that outlives them', () => {
  it('records those that are answered, and counts as aborted those whose stream is reset', async () => {
    const drift = forNode(OPTIONS);
    const listener = drift((req, res) => {
      if (req.url === '/predict') req.resume().on('end', () => res.end('{"prediction":1}'));
    });
    const http2 = createHttp2Server(listener as never);
    await new Promise<void>((resolve) => http2.listen(0, '127.0.0.1', resolve));
    const client = connectHttp2(`http://127.0.0.1:${(http2.address() as AddressInfo).port}`);
    const ask = (path: string) =>
      client.request({ ':method': 'POST', ':path': path }).end('{"x":1}');
    const hanging = ask('/hang');
    for (let each = 0; each < 3; each += 1) {
      const stream = ask('/predict').resume();
      await new Promise((resolve) => stream.on('close', resolve));
    }
    hanging.on('error', () => undefined).close(8);
    const { counters } = await new Promise<ReturnType<Drift['status']>>((resolve) => {
      const look = (): void => {
        const status = drift.status();
        if (status.counters.aborted > 0 && status.counters.recorded >= 3) resolve(status);
        else setImmediate(look);
      };
      look();
    });
    expect(counters).toMatchObject({ requests: 4, recorded: 3, aborted: 1, errors: 0 });
    client.destroy();
    await new Promise((resolve) => http2.close(resolve));
    await drift.close();
  });
});
