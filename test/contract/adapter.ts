import type * as vitest from 'vitest';
import type { Drift } from '../../src/service/drift.js';
import type { DriftOptions } from '../../src/service/options.js';

/** What the app under test answers on its routes; every adapter's test builds it with its framework. */
export interface AppOptions {
  /** Mounts leeway with these options, or builds the bare app. */
  readonly drift?: DriftOptions;
  /** Where leeway is mounted relative to the body parser, in frameworks that have one. */
  readonly mount?: 'before-parser' | 'after-parser' | 'twice';
  /** A second leeway beside the first. */
  readonly second?: DriftOptions;
}

/** A running app. */
export interface RunningApp {
  readonly port: number;
  readonly drift: Drift | undefined;
  readonly second?: Drift | undefined;
  close(): Promise<void>;
}

/** Builds and starts the app: see `routes` below for what it must answer. */
export type StartApp = (options: AppOptions) => Promise<RunningApp>;

/**
 * The routes of the app under test:
 * - POST /predict: `{ prediction: 2 × x }` for a body `{ x, … }`; it then sets `body.x` to −1.
 * - POST /v1/models/half/versions/2:predict: `{ predictions: [x / 2, …] }` for `{ instances: [{ x }, …] }`
 * - POST /mutate: changes its body before answering as /predict does
 * - POST /login: `{ token: 'secret' }`
 * - POST /fail: status 500, `{ error: 'boom' }`; POST /refuse: status 422 likewise; POST /throw throws
 * - POST /text: plain text; POST /nan: `{ prediction: NaN }`
 */
export function describeAdapter(
  name: string,
  startApp: StartApp,
  { describe, it, expect, afterEach }: typeof vitest,
): void {
  const running: RunningApp[] = [];
  const start = async (options: AppOptions): Promise<RunningApp & { drift: Drift }> => {
    const app = await startApp(options);
    running.push(app);
    return app as RunningApp & { drift: Drift };
  };
  afterEach(async () => {
    for (const app of running.splice(0)) {
      await app.drift?.close();
      await app.second?.close();
      await app.close();
    }
  });

  const options: DriftOptions = {
    experiment: 'shop',
    model: 'price',
    match: /^\/(predict|mutate|fail|refuse|throw|text|nan)/,
    store: 'memory:',
  };
  const post = (app: RunningApp, path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${app.port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  /** The response as it went over the wire, but for the date. */
  const raw = async (app: RunningApp, path: string, body: string): Promise<string> => {
    const { connect } = await import('node:net');
    return new Promise((resolve, reject) => {
      const socket = connect(app.port, '127.0.0.1');
      let received = '';
      socket.on('data', (data) => {
        received += data.toString('latin1');
      });
      socket.on('end', () => resolve(received.replace(/^date: .*\r\n/im, '')));
      socket.on('error', reject);
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
  };

  describe(name, () => {
    it('gives back what a request sent and what it got', async () => {
      const app = await start({ drift: options });
      await post(app, '/predict', { x: 1, city: 'Zürich' });
      const response = await post(app, '/predict', { x: 21, city: null }, { 'x-request-id': 'r-2' });
      expect(await response.json()).toEqual({ prediction: 42 });
      await app.drift.flush();
      const [call, ...more] = (await app.drift.experiment.data({ event: 'predict', run: -1 })).rows;
      expect(more).toEqual([]);
      expect(call).toMatchObject({
        experiment: 'shop',
        run: 2,
        event: 'predict',
        key: 'price',
        value: { X: [{ x: 21, city: null }], Y: [{ prediction: 42 }], status: 200, requestId: 'r-2' },
      });
      expect(app.drift.status().counters).toMatchObject({ requests: 2, recorded: 2, rows: 2, errors: 0 });
    });

    it('records what was sent, though the handler changes the body', async () => {
      const app = await start({ drift: options });
      await post(app, '/mutate', { x: 3 });
      await app.drift.flush();
      const [call] = (await app.drift.experiment.data({ event: 'predict' })).rows;
      expect(call?.value).toMatchObject({ X: [{ x: 3 }] });
    });

    for (const mount of ['before-parser', 'after-parser', 'twice'] as const) {
      it(`records once when mounted ${mount.replace('-', ' the ')}`, async () => {
        const app = await start({ drift: options, mount });
        await post(app, '/predict', { x: 3 });
        await app.drift.flush();
        expect((await app.drift.experiment.data({ event: 'predict' })).rows.map((row) => row.value)).toMatchObject([
          { X: [{ x: 3 }], Y: [{ prediction: 6 }] },
        ]);
      });
    }

    it('leaves room for another leeway with routes of its own, or the same', async () => {
      const others = { experiment: 'others', store: 'memory:' };
      for (const match of ['POST /mutate', 'POST /*']) {
        const app = await start({ drift: { ...options, match: 'POST /predict' }, second: { ...others, match } });
        await post(app, '/predict', { x: 3 });
        await post(app, '/mutate', { x: 4 });
        const seen = async (drift: Drift) => (await drift.experiment.data()).rows.map((row) => row.value);
        expect(await seen(app.drift)).toMatchObject([{ X: [{ x: 3 }], Y: [{ prediction: 6 }] }]);
        const mutate = { X: [{ x: 4 }], Y: [{ prediction: 8 }] };
        const both = [{ X: [{ x: 3 }], Y: [{ prediction: 6 }] }, mutate];
        expect(await seen(app.second as Drift)).toMatchObject(match === 'POST /*' ? both : [mutate]);
      }
    });

    it('finds what was recorded the moment before, without being told to flush', async () => {
      const app = await start({ drift: options });
      await post(app, '/predict', { x: 5 });
      expect((await app.drift.experiment.data({ event: 'predict', run: -1 })).rows[0]?.value).toMatchObject({
        X: [{ x: 5 }],
      });
    });

    it('records a reserved route by default, a batch as rows, under the name in the route', async () => {
      const app = await start({ drift: { experiment: 'shop', store: 'memory:', outputs: ['half'] } });
      await post(app, '/v1/models/half/versions/2:predict', { instances: [{ x: 2 }, { x: 8 }] });
      await app.drift.flush();
      const [call] = (await app.drift.experiment.data({ event: 'predict' })).rows;
      expect(call).toMatchObject({ key: 'half', value: { X: [{ x: 2 }, { x: 8 }], Y: [{ half: 1 }, { half: 4 }] } });
      expect(app.drift.status().models.map((model) => model.model)).toEqual(['half']);
    });

    it('never records a login by default', async () => {
      const app = await start({ drift: { experiment: 'shop', store: 'memory:' } });
      await post(app, '/login', { user: 'ada', password: 'x' });
      await post(app, '/predict', { x: 1 });
      await app.drift.flush();
      expect((await app.drift.experiment.data()).length).toBe(0);
      expect(app.drift.status().counters).toMatchObject({ requests: 2, unmatched: 2, recorded: 0 });
    });

    it('counts what it does not record, and why', async () => {
      const app = await start({ drift: options });
      await post(app, '/fail', { x: 1 });
      await post(app, '/refuse', { x: 1 });
      await post(app, '/throw', { x: 1 });
      await post(app, '/predict', '{"x": 1');
      await post(app, '/predict', 'x is 1', { 'content-type': 'text/plain' });
      await post(app, '/text', { x: 1 });
      await post(app, '/login', { x: 1 });
      await post(app, '/predict', []);
      await app.drift.flush();
      expect((await app.drift.experiment.data()).length).toBe(0);
      const { counters } = app.drift.status();
      expect(counters).toMatchObject({ requests: 8, unmatched: 1, recorded: 0, bypassed: 0 });
      expect(counters.unsuccessful + counters.undecodable).toBe(7);
      expect(counters.unsuccessful).toBeGreaterThanOrEqual(4);
    });

    it('records null where JSON made null of NaN', async () => {
      const app = await start({ drift: options });
      expect(await (await post(app, '/nan', { x: 1 })).text()).toBe('{"prediction":null}');
      await app.drift.flush();
      expect((await app.drift.experiment.data()).rows[0]?.value).toMatchObject({ Y: [{ prediction: null }] });
    });

    it('leaves responses as they are, byte for byte', async () => {
      const bare = await start({});
      const watched = await start({ drift: options });
      const requests: [string, string][] = [
        ['/predict', '{"x":1}'],
        ['/predict', '{"x":'],
        ['/predict', ''],
        ['/v1/models/half/versions/2:predict', '{"instances":[{"x":2}]}'],
        ['/mutate', '{"x":"ü"}'],
        ['/login', '{}'],
        ['/fail', '{"x":1}'],
        ['/refuse', '{"x":1}'],
        ['/text', '{"x":1}'],
        ['/nan', '{"x":1}'],
        ['/nowhere', '{"x":1}'],
      ];
      for (const [path, body] of requests) {
        expect(await raw(watched, path, body), path).toBe(await raw(bare, path, body));
      }
    });

    it('keeps every failure of ours from the request', async () => {
      const errors: unknown[] = [];
      const boom = (): never => {
        throw new Error('ours');
      };
      const hostile: DriftOptions[] = [
        { ...options, match: boom },
        { ...options, model: boom },
        { ...options, requestId: boom },
        { ...options, codec: { decode: boom } },
        { ...options, store: brokenStore() },
        { ...options, match: boom, onError: boom },
      ];
      for (const drift of hostile) {
        const app = await start({ drift: { onError: (error) => errors.push(error), ...drift } });
        expect(await (await post(app, '/predict', { x: 4 })).json()).toEqual({ prediction: 8 });
        await app.drift.flush();
        expect(app.drift.status().counters.errors, JSON.stringify(Object.keys(drift))).toBeGreaterThan(0);
      }
      expect(errors.length).toBeGreaterThan(0);
    });

    it('counts a fault once, and reports it once', async () => {
      const boom = (): never => {
        throw new Error('ours');
      };
      for (const fault of [{ match: boom }, { model: boom }, { requestId: boom }, { codec: { decode: boom } }]) {
        const errors: unknown[] = [];
        const app = await start({ drift: { ...options, onError: (error) => errors.push(error), ...fault } });
        await (await post(app, '/predict', { x: 4 })).json();
        await app.drift.flush();
        expect([app.drift.status().counters.errors, errors.length], Object.keys(fault)[0]).toEqual([1, 1]);
      }
    });

    it('does nothing when told so', async () => {
      const app = await start({ drift: { ...options, enabled: false } });
      expect(await (await post(app, '/predict', { x: 4 })).json()).toEqual({ prediction: 8 });
      expect(app.drift.status()).toMatchObject({ ok: true, state: 'disabled', counters: { requests: 0 } });
    });
  });
}

/** A store whose every method fails. */
function brokenStore(): Exclude<DriftOptions['store'], string | undefined> {
  return new Proxy({ location: 'broken' } as never, {
    get: (target, property) =>
      property === 'location'
        ? 'broken'
        : property === 'close'
          ? () => Promise.resolve()
          : () => Promise.reject(new Error(`no ${String(property)} in ${target}`)),
  });
}
