import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { driftMiddleware as forExpress } from '../../adapters/express.js';
import { driftMiddleware as forHono } from '../../adapters/hono.js';
import { Service } from '../../src/service/request-service.js';
import type { Interception } from '../../src/watch/interception.js';

/** 10⁶ calls with `LEEWAY_SOAK=1000000`. */
const CALLS = Number(process.env.LEEWAY_SOAK ?? 20_000);

it('keeps nothing of a call that is over', async () => {
  const service = new Service({
    experiment: 'soak',
    model: 'm',
    match: 'POST /predict',
    store: 'memory:',
    schedule: false,
    budget: { rowsPerSecond: 10 },
  });
  const over: WeakRef<Interception>[] = [];
  const outgoing = {
    statusCode: 200,
    writableFinished: true,
    getHeader: () => undefined,
    write: () => true,
  };
  for (let each = 0; each < CALLS; each += 1) {
    const headers = { 'content-type': 'application/json', 'x-request-id': `r-${each}` };
    const call = service.follow(
      { method: 'POST', path: '/predict', headers },
      () => undefined,
    ) as Interception;
    // Every way that a call can end.
    if (each % 5 !== 4) call.request({ x: each, city: `c-${each % 7}` });
    if (each % 5 === 1) call.abort();
    else if (each % 5 === 2) call.end(500);
    else {
      call.answer('{"prediction":1}');
      call.answered(
        { ...outgoing, end: () => undefined, once: () => undefined },
        undefined,
        undefined,
      );
    }
    if (each % 100 === 0) over.push(new WeakRef(call));
    if (each % 2_000 === 0) await service.flush();
  }
  await service.flush();
  const { counters } = service.status();
  expect([counters.requests, counters.errors]).toEqual([CALLS, 0]);
  const { recorded, aborted, unsuccessful, undecodable, bypassed } = counters;
  expect(recorded + aborted + unsuccessful + undecodable + bypassed).toBe(CALLS);
  await collected();
  expect(over.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(3);
  await service.close();
});

const OPTIONS = {
  experiment: 'soak',
  model: 'm',
  match: 'POST /predict',
  store: 'memory:',
  schedule: false as const,
};
const HOSTS = {
  Express: () => {
    const drift = forExpress(OPTIONS);
    const app = express().use(drift).use(express.json());
    app.post('/predict', (req, res) => void res.json({ prediction: req.body.x }));
    return { drift, listener: app };
  },
  Hono: () => {
    const drift = forHono(OPTIONS);
    const app = new Hono().use(drift);
    app.post('/predict', async (c) => c.json({ prediction: (await c.req.json()).x }));
    return { drift, listener: getRequestListener(app.fetch) };
  },
};

it.each(Object.keys(HOSTS) as (keyof typeof HOSTS)[])(
  'lets go of requests and responses, on connections that stay: %s',
  async (name) => {
    const { drift, listener } = HOSTS[name]();
    const over: WeakRef<object>[] = [];
    const server = createServer((req: IncomingMessage, res: ServerResponse) => {
      over.push(new WeakRef(req), new WeakRef(res));
      return listener(req as never, res as never);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (each: number): Promise<void> =>
      new Promise((resolve) => {
        const headers = { 'content-type': 'application/json' };
        const sent = request({ port, agent, headers, method: 'POST', path: '/predict' }, (res) => {
          res.resume().on('end', resolve);
        });
        sent.on('error', () => resolve());
        sent.on('close', resolve);
        // Some hang up before they have sent all.
        if (each % 10 !== 9) sent.end('{"x":1}');
        else sent.flushHeaders();
        if (each % 10 === 9) setTimeout(() => sent.destroy(), 5);
      });
    for (let each = 0; each < 205; each += 1) await ask(each);
    await drift.flush();
    const { recorded, aborted, bypassed, undecodable, errors } = drift.status().counters;
    expect([recorded, aborted + bypassed + undecodable, errors]).toEqual([185, 20, 0]);
    await collected();
    // The connection that stays open holds the latest pair.
    expect(over.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(8);
    await drift.close();
    agent.destroy();
    await new Promise((resolve) => server.close(resolve));
  },
);

/** WeakRefs let go at the end of a turn, once the collector ran. */
async function collected(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
}
