import type * as vitest from 'vitest';
import type { Drift } from '../../src/service/middleware-controls.js';
import type { DriftOptions } from '../../src/service/options.js';
import { turns } from '../fixtures/turns.js';

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
 * - POST /end: as /predict, past the framework's JSON call; POST /stream: as /predict, `{"prediction":` and then the rest
 * - POST /reads: `{ get prediction() {…} }`, which gives how often it was read
 * - POST /hang: reads the body and never answers
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
    match: /^\/(predict|mutate|fail|refuse|throw|text|nan|end|stream|reads|hang)/,
    store: 'memory:',
  };
  const post = (
    app: RunningApp,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ) =>
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
      const response = await post(
        app,
        '/predict',
        { x: 21, city: null },
        { 'x-request-id': 'r-2' },
      );
      expect(await response.json()).toEqual({ prediction: 42 });
      await app.drift.flush();
      const [call, ...more] = (await app.drift.experiment.data({ event: 'predict', run: -1 })).rows;
      expect(more).toEqual([]);
      expect(call).toMatchObject({
        experiment: 'shop',
        run: 2,
        event: 'predict',
        key: 'price',
        value: {
          X: [{ x: 21, city: null }],
          Y: [{ prediction: 42 }],
          status: 200,
          requestId: 'r-2',
        },
      });
      expect(app.drift.status().counters).toMatchObject({
        requests: 2,
        recorded: 2,
        rows: 2,
        errors: 0,
      });
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
        expect(
          (await app.drift.experiment.data({ event: 'predict' })).rows.map((row) => row.value),
        ).toMatchObject([{ X: [{ x: 3 }], Y: [{ prediction: 6 }] }]);
      });
    }

    it('leaves room for another leeway with routes of its own, or the same', async () => {
      const others = { experiment: 'others', store: 'memory:' };
      for (const match of ['POST /mutate', 'POST /*']) {
        const app = await start({
          drift: { ...options, match: 'POST /predict' },
          second: { ...others, match },
        });
        await post(app, '/predict', { x: 3 });
        await post(app, '/mutate', { x: 4 });
        const seen = async (drift: Drift) =>
          (await drift.experiment.data()).rows.map((row) => row.value);
        expect(await seen(app.drift)).toMatchObject([{ X: [{ x: 3 }], Y: [{ prediction: 6 }] }]);
        const mutate = { X: [{ x: 4 }], Y: [{ prediction: 8 }] };
        const both = [{ X: [{ x: 3 }], Y: [{ prediction: 6 }] }, mutate];
        expect(await seen(app.second as Drift)).toMatchObject(
          match === 'POST /*' ? both : [mutate],
        );
      }
    });

    it('finds what was recorded the moment before, without being told to flush', async () => {
      const app = await start({ drift: options });
      await post(app, '/predict', { x: 5 });
      expect(
        (await app.drift.experiment.data({ event: 'predict', run: -1 })).rows[0]?.value,
      ).toMatchObject({
        X: [{ x: 5 }],
      });
    });

    it('records a reserved route by default, a batch as rows, under the name in the route', async () => {
      const app = await start({
        drift: { experiment: 'shop', store: 'memory:', outputs: ['half'] },
      });
      await post(app, '/v1/models/half/versions/2:predict', { instances: [{ x: 2 }, { x: 8 }] });
      await app.drift.flush();
      const [call] = (await app.drift.experiment.data({ event: 'predict' })).rows;
      expect(call).toMatchObject({
        key: 'half',
        value: { X: [{ x: 2 }, { x: 8 }], Y: [{ half: 1 }, { half: 4 }] },
      });
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
      expect((await app.drift.experiment.data()).rows[0]?.value).toMatchObject({
        Y: [{ prediction: null }],
      });
    });

    it.each(['/end', '/stream'])(
      'records what was answered past the JSON call: %s',
      async (path) => {
        const app = await start({ drift: options });
        expect(await (await post(app, path, { x: 4 })).json()).toEqual({ prediction: 8 });
        expect((await app.drift.experiment.data()).rows.map((row) => row.value)).toMatchObject([
          { X: [{ x: 4 }], Y: [{ prediction: 8 }], status: 200 },
        ]);
        expect(app.drift.status().counters).toMatchObject({ recorded: 1, bypassed: 0 });
      },
    );

    it("reads the wire, so that the host's getters run once", async () => {
      const app = await start({ drift: options });
      expect(await (await post(app, '/reads', { x: 1 })).json()).toEqual({ prediction: 1 });
      expect((await app.drift.experiment.data()).rows[0]?.value).toMatchObject({
        Y: [{ prediction: 1 }],
      });
    });

    it('logs a call whose client went away as aborted, and no window counts it', async () => {
      const app = await start({ drift: options });
      const { connect } = await import('node:net');
      const socket = connect(app.port, '127.0.0.1');
      const body = '{"x":7}';
      socket.write(
        `POST /hang HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      while (app.drift.status().counters.requests === 0)
        await new Promise((resolve) => setImmediate(resolve));
      await turns(20, 1);
      socket.destroy();
      while (app.drift.status().counters.aborted === 0)
        await new Promise((resolve) => setImmediate(resolve));
      const [call] = (await app.drift.experiment.data()).rows;
      expect(call?.value).toMatchObject({ X: [{ x: 7 }], status: 0 });
      expect(app.drift.status().counters).toMatchObject({
        recorded: 0,
        rows: 0,
        unsuccessful: 0,
        aborted: 1,
      });
      await post(app, '/predict', { x: 1 });
      await app.drift.flush();
      await app.drift.monitor('price').snapshot();
      const [snapshot] = (await app.drift.experiment.data({ event: 'snapshot' })).rows;
      expect(snapshot?.value).toMatchObject({ rows: 1 });
    });

    it('keeps what it is told to keep, of the calls it is told to', async () => {
      const app = await start({
        drift: {
          ...options,
          redact: {
            X_email: 'drop',
            X_user: { hash: 'salt' },
            X_x: (value) => Math.round(Number(value) / 10),
          },
          exclude: ['X_inner'],
          segments: ['X_region'],
          limits: { segmentValues: 1 },
          version: ({ headers }) => headers['x-version'] as string,
        },
      });
      const body = { x: 21, email: 'ada@x', user: 'ada', inner: { secret: 1 }, region: 'north' };
      await post(app, '/predict', body, { 'x-version': '7' });
      await post(app, '/predict', { ...body, region: 'south' });
      const [first, second] = (await app.drift.experiment.data()).rows.map(
        (row) => row.value as { X: object[] },
      );
      expect(first).toMatchObject({
        X: [{ x: 2, user: expect.stringMatching(/^[0-9a-f]{16}$/) }],
        version: '7',
      });
      expect(Object.keys(first?.X[0] ?? {})).toEqual(['x', 'user', 'region']);
      expect([first?.X[0], second?.X[0]]).toMatchObject([{ region: 'north' }, { region: 'other' }]);
      expect(JSON.stringify([first, second])).not.toMatch(/ada|secret/);
    });

    it('samples by the id, so that all who see a call decide alike', async () => {
      const app = await start({ drift: { ...options, sample: 0.5 } });
      const again = await start({ drift: { ...options, sample: 0.5 } });
      const ids = async (running: RunningApp): Promise<unknown[]> => {
        for (let id = 0; id < 40; id += 1)
          await post(running, '/predict', { x: id }, { 'x-request-id': `r-${id}` });
        const { rows } = await (running.drift as Drift).experiment.data();
        return rows.map((row) => (row.value as { requestId: string }).requestId);
      };
      const one = await ids(app);
      const other = await ids(again);
      expect(one).toEqual(other);
      expect(one.length).toBeGreaterThan(5);
      expect(one.length).toBeLessThan(35);
      expect(app.drift.status().counters).toMatchObject({
        recorded: one.length,
        unsampled: 40 - one.length,
      });
    });

    it('tells several models apart by their routes, each with names of its own', async () => {
      const app = await start({
        drift: {
          experiment: 'shop',
          store: 'memory:',
          models: {
            first: {
              match: 'POST /predict',
              codec: { X: { feature: '$.x' }, Y: '$.prediction' },
              outputs: ['price'],
            },
            second: {
              match: 'POST /:name',
              codec: { decode: ({ params }) => ({ X: [[params.name]], Y: [[1]] }) },
            },
          },
        },
      });
      await post(app, '/predict', { x: 4 });
      await post(app, '/mutate', { x: 4 });
      const { rows } = await app.drift.experiment.data();
      expect(rows).toMatchObject([
        { key: 'first', value: { X: [{ feature: 4 }], Y: [{ price: 8 }] } },
        { key: 'second', value: { X: [{ 0: 'mutate' }], Y: [{ 0: 1 }] } },
      ]);
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
        { ...options, version: boom },
        { ...options, redact: { X_x: boom } },
        { ...options, match: (() => Promise.reject(new Error('late'))) as never },
        {
          ...options,
          version: (() => Promise.reject(new Error('late'))) as never,
          onError: async () => boom(),
        },
      ];
      for (const drift of hostile) {
        const app = await start({ drift: { onError: (error) => errors.push(error), ...drift } });
        expect(await (await post(app, '/predict', { x: 4 })).json()).toEqual({ prediction: 8 });
        await app.drift.flush();
        expect(
          app.drift.status().counters.errors,
          JSON.stringify(Object.keys(drift)),
        ).toBeGreaterThan(0);
      }
      expect(errors.length).toBeGreaterThan(0);
    });

    it('counts a fault once, and reports it once', async () => {
      const boom = (): never => {
        throw new Error('ours');
      };
      for (const fault of [
        ...[{ match: boom }, { model: boom }, { requestId: boom }, { codec: { decode: boom } }],
        ...[{ version: boom }, { redact: { X_x: boom } }, { redact: { Y_prediction: boom } }],
      ]) {
        const errors: unknown[] = [];
        const app = await start({
          drift: { ...options, onError: (error) => errors.push(error), ...fault },
        });
        await (await post(app, '/predict', { x: 4 })).json();
        await app.drift.flush();
        expect([app.drift.status().counters.errors, errors.length], Object.keys(fault)[0]).toEqual([
          1, 1,
        ]);
      }
    });

    it('does nothing when told so', async () => {
      const app = await start({ drift: { ...options, enabled: false } });
      expect(await (await post(app, '/predict', { x: 4 })).json()).toEqual({ prediction: 8 });
      expect(app.drift.status()).toMatchObject({
        ok: true,
        state: 'disabled',
        counters: { requests: 0 },
      });
    });
  });
}

/** A store whose every method fails. */
function brokenStore(): Exclude<DriftOptions['store'], string | undefined> {
  return new Proxy({ location: 'broken' } as never, {
    get: (target, property) => {
      if (property === 'location') return 'broken';
      if (property === 'close') return () => Promise.resolve();
      return () => Promise.reject(new Error(`no ${String(property)} in ${target}`));
    },
  });
}
