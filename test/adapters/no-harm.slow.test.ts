import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import { Hono } from 'hono';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { driftMiddleware as forExpress } from '../../adapters/express.js';
import { driftMiddleware as forFetch } from '../../adapters/fetch.js';
import { driftMiddleware as forHono } from '../../adapters/hono.js';
import { driftMiddleware as forNode } from '../../adapters/node.js';
import { profileTable } from '../../src/profile/profile-table.js';
import { ByteBudget } from '../../src/record/byte-budget.js';
import { ChunkCompactor } from '../../src/record/chunk-compactor.js';
import { ColumnRules } from '../../src/record/column-rules.js';
import { Recorder } from '../../src/record/recorder.js';
import { RecordingPipeline } from '../../src/record/recording-pipeline.js';
import { RowBuffer } from '../../src/record/row-buffer.js';
import { RowPick } from '../../src/record/row-choice.js';
import { Sampler } from '../../src/record/sampler.js';
import type { Drift } from '../../src/service/middleware-controls.js';
import { Monitors } from '../../src/service/monitors.js';
import type { DriftOptions } from '../../src/service/options.js';
import { UnusualCalls } from '../../src/service/unusual-calls.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { Connection } from '../../src/watch/connection.js';
import { Interceptor } from '../../src/watch/interceptor.js';
import { RouteReader } from '../../src/watch/route-reader.js';
import { SentBody } from '../../src/watch/sent-body.js';
import { WireBytes } from '../../src/watch/wire-bytes.js';
import { json } from '../../src/wire/codecs/json.js';
import { exchange } from '../differential/wire.js';
import { turns } from '../fixtures/turns.js';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(() => {
  process.off('unhandledRejection', note);
  vi.restoreAllMocks();
});

const answer = ({ rows }: { rows: { x: number }[] }): object => ({
  predictions: rows.map(({ x }) => 2 * x),
});

/** The same server in every framework, bare or watched. */
type Build = (options: DriftOptions | undefined) => {
  readonly listener: RequestListener;
  readonly drift?: Drift;
};

const HOSTS: Readonly<Record<string, Build>> = {
  Express: (options) => {
    const drift = options && forExpress(options);
    const app = express();
    if (drift !== undefined) app.use(drift);
    app.use(express.json());
    app.post('/predict', (req, res) => void res.json(answer(req.body)));
    return { listener: app, ...(drift && { drift }) };
  },
  Hono: (options) => {
    const drift = options && forHono(options);
    const app = new Hono();
    if (drift !== undefined) app.use(drift);
    app.post('/predict', async (c) => c.json(answer(await c.req.json())));
    return { listener: getRequestListener(app.fetch), ...(drift && { drift }) };
  },
  'fetch on node': (options) => {
    const drift = options && forFetch(options);
    const handler = async (request: Request) =>
      Response.json(answer((await request.json()) as never));
    return {
      listener: getRequestListener(drift ? drift(handler) : handler),
      ...(drift && { drift }),
    };
  },
  'fetch alone': (options) => {
    const drift = options && forFetch(options);
    const handler = async (request: Request) =>
      Response.json(answer((await request.json()) as never));
    const watched = drift ? drift(handler) : handler;
    // Without what node-server hands down, so that only the Request and the Response are seen.
    return { listener: getRequestListener((request) => watched(request)), ...(drift && { drift }) };
  },
  'node:http': (options) => {
    const drift = options && forNode(options);
    const listener: RequestListener = async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      res.setHeader('Content-Type', 'application/json');
      res.end(JSON.stringify(answer(JSON.parse(Buffer.concat(chunks).toString()))));
    };
    return { listener: drift ? drift(listener) : listener, ...(drift && { drift }) };
  },
};

const BODY = '{"rows":[{"x":1},{"x":2},{"x":3}]}';
const REQUEST = {
  label: 'predict',
  pieces: [
    `POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: r\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
  ],
};

async function serve<T>(listener: RequestListener, use: (port: number) => Promise<T>): Promise<T> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The bytes of an answer; where its body must be copied, which changes the cases of names: its head's lines, and its body. */
async function answerOf(host: string, port: number): Promise<unknown> {
  const bytes = await exchange(port, REQUEST);
  if (host !== 'fetch alone') return bytes;
  const [head = '', body] = bytes.split('\r\n\r\n');
  return [head.toLowerCase().split('\r\n').sort(), body];
}

/** What the bare server of each framework answers. */
const bare = new Map<string, Promise<unknown>>();
function bareAnswer(host: string): Promise<unknown> {
  const known =
    bare.get(host) ??
    serve((HOSTS[host] as Build)(undefined).listener, (port) => answerOf(host, port));
  bare.set(host, known);
  return known;
}

const boom = (): never => {
  throw new Error('ours');
};
const WAYS: Readonly<Record<string, () => unknown>> = {
  throws: boom,
  rejects: () => Promise.reject(new Error('ours')),
  hangs: () => new Promise(() => undefined),
};

interface Outcome {
  readonly faults: number;
  readonly told: number;
  readonly recorded: number;
}

/** One request while something of ours goes wrong, and one when it is well again: both are answered as the bare server does. */
async function tryOut(
  host: string,
  options: Partial<DriftOptions>,
  heal: () => void,
): Promise<Outcome> {
  let told = 0;
  const { listener, drift } = (HOSTS[host] as Build)({
    experiment: 'e',
    model: 'm',
    match: 'POST /predict',
    store: 'memory:',
    schedule: false,
    onError: () => {
      told += 1;
    },
    ...options,
  }) as { listener: RequestListener; drift: Drift };
  const expected = await bareAnswer(host);
  return serve(listener, async (port) => {
    const settled = () => Promise.race([drift.flush(), turns(20, 1)]);
    expect(await answerOf(host, port)).toEqual(expected);
    await settled();
    const faults = drift.status().counters.errors;
    heal();
    expect(await answerOf(host, port)).toEqual(expected);
    await settled();
    const { recorded, errors } = drift.status().counters;
    expect(errors, 'it is well again').toBe(faults);
    const outcome = { faults, told, recorded };
    await drift.close({ timeout: '0.05s' });
    expect(unhandled).toEqual([]);
    return outcome;
  });
}

describe.each(Object.keys(HOSTS))(
  'whatever goes wrong on our side, the answer is as without us: %s',
  (host) => {
    const callbacks = [
      'match',
      'model',
      'requestId',
      'version',
      'redact',
      'codec',
      'onError',
      'onUnusual',
    ] as const;

    it.each(callbacks.flatMap((name) => Object.keys(WAYS).map((way) => [name, way] as const)))(
      '%s %s',
      async (name, way) => {
        let ill = true;
        const bad =
          (well: (...args: never[]) => unknown) =>
          (...args: never[]) =>
            ill ? WAYS[way]?.() : well(...args);
        const own: Readonly<Record<(typeof callbacks)[number], object>> = {
          match: { match: bad(() => true) },
          model: { model: bad(() => 'm') },
          requestId: { requestId: bad(() => 'r') },
          version: { version: bad(() => '1') },
          redact: { redact: { X_x: bad((value) => value) } },
          codec: {
            codec: {
              decode: bad(
                ({ body, response }: { body: { rows: [] }; response: { predictions: [] } }) => ({
                  X: body.rows,
                  Y: response.predictions,
                }),
              ),
            },
          },
          onError: { version: bad(() => '1'), onError: WAYS[way] },
          onUnusual: {
            onUnusual: bad(() => undefined),
            baseline: profileTable([{ X_x: 100 }, { X_x: 101 }]),
          },
        };
        const outcome = await tryOut(host, own[name] as Partial<DriftOptions>, () => {
          ill = false;
        });
        // Whoever is told of unusual calls may take as long as it likes.
        const faults = name === 'onUnusual' && way === 'hangs' ? 0 : 1;
        const recorded = name === 'onUnusual' ? 2 : 1;
        expect(outcome).toEqual({ faults, told: name === 'onError' ? 0 : faults, recorded });
      },
    );

    it.each(PARTS.map(([target, method]) => [nameOf(target), method, target] as const))(
      '%s.%s throws',
      async (_, method, target) => {
        const spy = vi
          .spyOn(target as Record<string, () => unknown>, method)
          .mockImplementationOnce(boom);
        const options = target === UnusualCalls.prototype ? { onUnusual: () => undefined } : {};
        const { faults, told, recorded } = await tryOut(host, options, () => {
          met.set(
            `${nameOf(target)}.${method}`,
            (met.get(`${nameOf(target)}.${method}`) ?? 0) + spy.mock.calls.length,
          );
        });
        const hit = spy.mock.results.some(({ type }) => type === 'throw') ? 1 : 0;
        expect([faults, told]).toEqual([hit, hit]);
        expect(recorded).toBeGreaterThanOrEqual(1);
      },
    );

    it.each(STORE_METHODS.flatMap((name) => Object.keys(WAYS).map((way) => [name, way] as const)))(
      'store.%s %s',
      async (name, way) => {
        let ill = true;
        const inner = memoryStore();
        const store = new Proxy(inner, {
          get: (target, property) => {
            const value = Reflect.get(target, property) as unknown;
            if (typeof value !== 'function') return value;
            return (...args: unknown[]) =>
              ill && property === name ? WAYS[way]?.() : value.apply(target, args);
          },
        });
        const { faults, told, recorded } = await tryOut(host, { store }, () => {
          ill = false;
        });
        expect(told).toBe(faults);
        expect(recorded).toBe(2);
        if (name === 'append' && way !== 'hangs') expect(faults).toBe(1);
      },
    );
  },
);

const STORE_METHODS = [
  'append',
  'fold',
  'head',
  'monitorHead',
  'query',
  'takeLease',
  'releaseLease',
  'pendingDeliveries',
  'close',
];

/** What runs in or beside a request, below the guards. */
const PARTS: readonly [target: object, method: string][] = [
  [Interceptor.prototype, 'begin'],
  [Connection, 'of'],
  [Connection.prototype, 'add'],
  [Connection.prototype, 'delete'],
  [RouteReader.prototype, 'codecFor'],
  [RouteReader.prototype, 'parsed'],
  [RouteReader.prototype, 'sent'],
  [RouteReader.prototype, 'answered'],
  [RouteReader.prototype, 'inputs'],
  [RouteReader.prototype, 'outputs'],
  [SentBody.prototype, 'parsed'],
  [SentBody.prototype, 'received'],
  [SentBody.prototype, 'inputs'],
  [SentBody.prototype, 'release'],
  [json, 'inputs'],
  [json, 'outputs'],
  [WireBytes.prototype, 'add'],
  [WireBytes.prototype, 'content'],
  [WireBytes.prototype, 'drop'],
  [ByteBudget.prototype, 'take'],
  [ByteBudget.prototype, 'give'],
  [RowPick.prototype, 'choose'],
  [ColumnRules.prototype, 'apply'],
  [Sampler.prototype, 'takes'],
  [Monitors.prototype, 'admit'],
  [RecordingPipeline.prototype, 'choose'],
  [RecordingPipeline.prototype, 'accept'],
  [UnusualCalls.prototype, 'look'],
  [Recorder.prototype, 'choose'],
  [Recorder.prototype, 'record'],
  [RowBuffer.prototype, 'add'],
  [RowBuffer.prototype, 'chunk'],
  [ChunkCompactor.prototype, 'add'],
];
const met = new Map<string, number>();

function nameOf(target: object): string {
  if (target === json) return 'json';
  return typeof target === 'function' ? target.name : target.constructor.name;
}

afterAll(() => {
  const missed = PARTS.map(([target, method]) => `${nameOf(target)}.${method}`).filter(
    (part) => (met.get(part) ?? 0) === 0,
  );
  expect(missed, 'each part is met by one host at least').toEqual([]);
});
