import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import { Hono } from 'hono';
import { stream } from 'hono/streaming';
import { afterEach, describe, expect, it } from 'vitest';
import { driftMiddleware as forExpress } from '../../adapters/express.js';
import { driftMiddleware as forFetch } from '../../adapters/fetch.js';
import { driftMiddleware as forHono } from '../../adapters/hono.js';
import { driftMiddleware as forNode } from '../../adapters/node.js';
import type { Drift } from '../../src/service/middleware-controls.js';
import { EVERYTHING } from './describe-differential.js';

/** The host writes a piece only once the client has said that it has the piece before. */
class Gate {
  #received = '';
  #waiting: { text: string; go: () => void } | undefined;

  feed(data: string): void {
    this.#received += data;
    if (this.#waiting !== undefined && this.#received.includes(this.#waiting.text))
      this.#waiting.go();
  }

  arrived(text: string): Promise<void> {
    if (this.#received.includes(text)) return Promise.resolve();
    return new Promise((go) => {
      this.#waiting = { text, go };
    });
  }
}

const PIECES = ['{"prediction":', '"one', '-two', '-three"', '}'];
const watched: Drift[] = [];
const servers: Server[] = [];
afterEach(async () => {
  for (const drift of watched.splice(0)) await drift.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function write(gate: Gate, put: (piece: string) => unknown): Promise<void> {
  for (const piece of PIECES) {
    await put(piece);
    await gate.arrived(piece);
  }
}

const HOSTS: Readonly<Record<string, (gate: Gate) => { server: Server; drift: Drift }>> = {
  Express: (gate) => {
    const drift = forExpress(EVERYTHING);
    const app = express().use(drift);
    app.post('/predict', express.json(), async (_req, res) => {
      await write(gate, (piece) => res.write(piece));
      res.end();
    });
    return { server: createServer(app), drift };
  },
  'node:http': (gate) => {
    const drift = forNode(EVERYTHING);
    const listener = drift(async (_req, res) => {
      await write(gate, (piece) => res.write(piece));
      res.end();
    });
    return { server: createServer(listener), drift };
  },
  Hono: (gate) => {
    const drift = forHono(EVERYTHING);
    const app = new Hono().use(drift);
    app.post('/predict', (c) => stream(c, async (out) => write(gate, (piece) => out.write(piece))));
    return { server: createServer(getRequestListener(app.fetch)), drift };
  },
  fetch: (gate) => {
    const drift = forFetch(EVERYTHING);
    const handler = drift(() => {
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      void write(gate, (piece) => writer.write(new TextEncoder().encode(piece))).then(() =>
        writer.close(),
      );
      return new Response(readable);
    });
    return {
      server: createServer(getRequestListener(handler as (request: Request) => Response)),
      drift,
    };
  },
};

describe('what the host streams', () => {
  it.each(Object.keys(HOSTS))(
    'reaches the client piece by piece, and is recorded whole: %s',
    async (name) => {
      const gate = new Gate();
      const { server, drift } = (HOSTS[name] as (typeof HOSTS)[string])(gate);
      watched.push(drift);
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      socket.on('data', (data) => gate.feed(data.toString()));
      socket.write('POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\n');
      socket.write('Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{"x":1}');
      await new Promise((resolve) => socket.on('close', resolve));
      await drift.flush();
      expect(
        (await drift.experiment.data({ event: 'predict' })).rows.map((row) => row.value),
      ).toMatchObject([{ X: [{ x: 1 }], Y: [{ prediction: 'one-two-three' }] }]);
    },
  );
});
