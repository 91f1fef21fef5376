import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { driftMiddleware } from '../../adapters/express.js';
import { ByteBudget } from '../../src/intercept/byte-budget.js';
import { ColumnRules } from '../../src/intercept/column-rules.js';
import { Folder } from '../../src/intercept/folder.js';
import { Interceptor } from '../../src/intercept/interceptor.js';
import { Recorder } from '../../src/intercept/recorder.js';
import { RowBuffer } from '../../src/intercept/row-buffer.js';
import { Sampler } from '../../src/intercept/sampler.js';
import { SentBody } from '../../src/intercept/sent-body.js';
import { WireBytes } from '../../src/intercept/wire-bytes.js';
import type { DriftOptions } from '../../src/service/options.js';
import { memoryStore } from '../../src/tracking/stores/memory.js';

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

const boom = (): never => {
  throw new Error('ours');
};

/** Sends one request to a server with these options; what it got, and what leeway says of it. */
async function answerUnder(options: Partial<DriftOptions>) {
  const errors: unknown[] = [];
  const drift = driftMiddleware({
    ...{ experiment: 'e', model: 'm', match: 'POST /predict', store: 'memory:', schedule: false },
    onError: (error) => errors.push(error),
    ...options,
  });
  const app = express().use(drift).use(express.json());
  app.post('/predict', (req, res) => {
    res.json({ prediction: 2 * req.body.x });
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/predict`, {
      method: 'POST',
      body: '{"x":21}',
      headers: { 'content-type': 'application/json' },
    });
    const answer = [response.status, await response.text()];
    await Promise.race([drift.flush(), new Promise((resolve) => setTimeout(resolve, 50))]);
    const { counters } = drift.status();
    await drift.close({ timeout: '0.1s' });
    return { answer, counters, errors };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A store of which one method goes wrong in one way. */
function badStore(method: string, way: () => unknown) {
  const inner = memoryStore();
  return new Proxy(inner, {
    get: (target, property) => {
      if (property === method) return way;
      const value = Reflect.get(target, property) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const WAYS: Readonly<Record<string, () => unknown>> = {
  throws: boom,
  rejects: () => Promise.reject(new Error('ours')),
  hangs: () => new Promise(() => undefined),
};

describe('whatever goes wrong on our side', () => {
  const callbacks = ['match', 'model', 'requestId', 'version', 'redact', 'codec', 'onError'] as const;
  const cases = callbacks.flatMap((name) => Object.keys(WAYS).map((way) => [name, way] as const));

  it.each(cases)('the host answers and the fault is told once: %s %s', async (name, way) => {
    const bad = WAYS[way] as () => never;
    const options: Partial<DriftOptions> =
      name === 'redact'
        ? { redact: { X_x: bad } }
        : name === 'codec'
          ? { codec: { decode: bad } }
          : name === 'onError'
            ? { onError: bad, version: boom }
            : { [name]: bad };
    const { answer, counters, errors } = await answerUnder(options);
    expect(answer).toEqual([200, '{"prediction":42}']);
    expect(counters.errors).toBe(1);
    if (name !== 'onError') expect(errors.length).toBe(1);
    expect(unhandled).toEqual([]);
  });

  const methods = [
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
  const stores = methods.flatMap((name) => Object.keys(WAYS).map((way) => [name, way] as const));

  it.each(stores)('the host answers, and close() settles: store.%s %s', async (name, way) => {
    const { answer } = await answerUnder({ store: badStore(name, WAYS[way] as () => unknown) });
    expect(answer).toEqual([200, '{"prediction":42}']);
    expect(unhandled).toEqual([]);
  });

  const parts: readonly [string, object, string][] = [
    ['Interceptor', Interceptor.prototype, 'begin'],
    ['SentBody', SentBody.prototype, 'parsed'],
    ['WireBytes', WireBytes.prototype, 'add'],
    ['WireBytes', WireBytes.prototype, 'drop'],
    ['ByteBudget', ByteBudget.prototype, 'take'],
    ['ByteBudget', ByteBudget.prototype, 'give'],
    ['ColumnRules', ColumnRules.prototype, 'apply'],
    ['Sampler', Sampler.prototype, 'takes'],
    ['Recorder', Recorder.prototype, 'record'],
    ['RowBuffer', RowBuffer.prototype, 'add'],
    ['RowBuffer', RowBuffer.prototype, 'chunk'],
    ['Folder', Folder.prototype, 'add'],
  ];

  it.each(parts)('the host answers, and the fault is counted: %s.%#', async (_name, target, method) => {
    vi.spyOn(target as Record<string, () => void>, method).mockImplementation(boom);
    const { answer, counters } = await answerUnder({});
    vi.restoreAllMocks();
    expect(answer).toEqual([200, '{"prediction":42}']);
    expect(counters.errors).toBeGreaterThan(0);
    expect(unhandled).toEqual([]);
  });
});
