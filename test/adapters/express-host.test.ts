import type { AddressInfo } from 'node:net';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
// @ts-expect-error: it has no types of its own here, and the same ones
import express4 from 'express4';
import { describe, expect, it } from 'vitest';
import { driftMiddleware } from '../../adapters/express.js';

const OPTIONS = {
  experiment: 'shop',
  model: 'price',
  match: 'POST /predict',
  store: 'memory:',
  schedule: false as const,
};

/** Runs requests through an app, and gives what they got. */
async function through(app: Express, ...paths: string[]): Promise<unknown[]> {
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const headers = { 'content-type': 'application/json' };
  const answers: unknown[] = [];
  for (const path of paths) {
    const [route = '', body] = path.split(' ');
    const response = await fetch(base + route, {
      method: 'POST',
      headers,
      ...(body !== undefined && { body }),
    });
    answers.push(await response.json());
  }
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return answers;
}

describe.each([
  ['5', express],
  ['4', express4 as typeof express],
] as const)('what leeway leaves as it is in Express %s', (_version, create) => {
  it('makes the body the property that a parser makes it, and touches no request but predict calls', async () => {
    const answers = async (watched: boolean): Promise<unknown[]> => {
      const drift = watched ? driftMiddleware(OPTIONS) : undefined;
      const app = create();
      if (drift !== undefined) app.use(drift);
      app.use('/other', (req, res) => {
        res.json({
          isIn: 'body' in req,
          own: Object.hasOwn(req, 'body'),
          onProto: 'body' in app.request,
        });
      });
      app.use(create.json());
      app.post('/predict', (req, res) => {
        const before = Object.getOwnPropertyDescriptor(req, 'body');
        req.body = { other: 1 };
        const after = Object.getOwnPropertyDescriptor(req, 'body');
        res.json({ prediction: 1, before, after, last: Object.keys(req).includes('body') });
      });
      const got = await through(app, '/other', '/predict {"x":1}', '/other');
      if (drift !== undefined)
        expect(drift.status().counters).toMatchObject({ recorded: 1, unmatched: 2 });
      await drift?.close();
      return got;
    };
    expect(await answers(true)).toEqual(await answers(false));
  });

  it('lists the body that a parser gives a request without one, as the parser does', async () => {
    const answers = async (watched: boolean): Promise<unknown[]> => {
      const drift = watched ? driftMiddleware(OPTIONS) : undefined;
      const app = create();
      if (drift !== undefined) app.use(drift);
      app.use(create.json());
      app.use((req, _res, next) => {
        req.body ??= {};
        next();
      });
      app.post('/predict', (req, res) => {
        res.json({ listed: Object.keys(req).includes('body'), copied: { ...req }.body });
      });
      const got = await through(app, '/predict');
      await drift?.close();
      return got;
    };
    expect(await answers(true)).toEqual([{ listed: true, copied: {} }]);
    expect(await answers(true)).toEqual(await answers(false));
  });

  it('lists a body that a parser sets to undefined', async () => {
    const listed = async (watched: boolean): Promise<unknown[]> => {
      const drift = watched ? driftMiddleware(OPTIONS) : undefined;
      const app = create();
      if (drift !== undefined) app.use(drift);
      app.use((req, _res, next) => {
        req.body = undefined;
        next();
      });
      app.post('/predict', (req, res) => {
        res.json({ listed: Object.keys(req).includes('body') });
      });
      const got = await through(app, '/predict');
      await drift?.close();
      return got;
    };
    expect(await listed(true)).toEqual([{ listed: true }]);
    expect(await listed(false)).toEqual([{ listed: true }]);
  });

  it('takes an encoding that is none for a fault of the host, not of leeway', async () => {
    const drift = driftMiddleware({ ...OPTIONS, onError: () => undefined });
    const app = create().use(drift).use(create.json());
    app.post('/predict', (_req, res) => {
      const fail = (): unknown => res.end('{"prediction":1}', 'nope' as BufferEncoding);
      expect(fail).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_ENCODING' }));
      res.end('{"prediction":2}');
    });
    expect(await through(app, '/predict {"x":1}')).toEqual([{ prediction: 2 }]);
    expect(drift.status().counters).toMatchObject({ requests: 1, recorded: 1, errors: 0 });
    await drift.close();
  });

  it('records once where it is mounted twice, and a handler goes on when it has answered', async () => {
    const drift = driftMiddleware(OPTIONS);
    const app = create().use(drift).use(create.json());
    app.post('/predict', (_req, res, next) => {
      res.json({ prediction: 1 });
      next();
    });
    app.use(drift, (_req, _res, _next) => undefined);
    await through(app, '/predict {"x":1}', '/predict {"x":2}');
    expect(drift.status().counters).toMatchObject({ requests: 2, recorded: 2, aborted: 0 });
    await drift.close();
  });
});

type Step = (req: Request, res: Response, next: NextFunction) => void;

/** A parser's body comes from nowhere, so that it is seen where it is put on the request or not at all. */
const parse =
  (...bodies: unknown[]): Step =>
  (req, _res, next) => {
    for (const body of bodies) req.body = structuredClone(body);
    next();
  };

/** The host's own accessor, in front of what is there, which tells what it is given. */
const accessor =
  (enumerable: boolean): Step =>
  (req, res, next) => {
    const under = Object.getOwnPropertyDescriptor(req, 'body');
    let held = under?.value;
    res.locals.told = [];
    Object.defineProperty(req, 'body', {
      configurable: true,
      enumerable,
      get: () => (under?.get === undefined ? held : under.get.call(req)),
      set: (value: unknown) => {
        res.locals.told.push(value);
        if (under?.set === undefined) held = value;
        else under.set.call(req, value);
      },
    });
    next();
  };

const property =
  (attributes: PropertyDescriptor): Step =>
  (req, _res, next) => {
    Object.defineProperty(req, 'body', attributes);
    next();
  };

/** What hosts do to a body before leeway is mounted, between one and others, and after; and whether it can be seen then. */
const HOSTS: Readonly<
  Record<string, { before?: Step; between?: Step; after?: Step; seen?: false }>
> = {
  'one body': { after: parse({ x: 7 }) },
  'nothing, then a body': { between: parse(undefined, {}), after: parse({}, { x: 7 }) },
  'a body, then another': { after: parse({ x: 7 }, { x: 8 }) },
  'a body before leeway that holds nothing': { before: parse({}), after: parse({ x: 7 }) },
  'a property before leeway that is not listed': {
    before: property({ value: undefined, writable: true, configurable: true, enumerable: false }),
    after: parse({}, { x: 7 }),
  },
  'an accessor before leeway': { before: accessor(true), after: parse({}, { x: 7 }, { x: 8 }) },
  'an accessor before leeway that is not listed': {
    before: accessor(false),
    after: parse({ x: 7 }, { x: 8 }),
  },
  'an accessor after leeway': { between: accessor(true), after: parse({}, { x: 7 }, { x: 8 }) },
  'an accessor after a body that holds nothing': {
    before: parse({}),
    between: accessor(false),
    after: parse({ x: 7 }, { x: 8 }),
  },
  'accessors before and after leeway': {
    before: accessor(true),
    between: parse({}),
    after: (...all) => accessor(false)(all[0], all[1], () => parse({}, { x: 7 }, { x: 8 })(...all)),
  },
  'a value that stands in for it': {
    after: property({ value: { x: 7 }, writable: true, configurable: true, enumerable: true }),
    seen: false,
  },
  'a value that nobody can set': {
    before: property({ value: undefined, configurable: true, enumerable: true }),
    after: (req, _res, next) => {
      expect(() => parse({ x: 7 })(req, _res, next)).toThrow(TypeError);
      next();
    },
    seen: false,
  },
  'a property that nobody can change': {
    before: property({ value: undefined, writable: true, enumerable: true }),
    after: parse({ x: 7 }),
    seen: false,
  },
};

describe.each([
  ['5', express],
  ['4', express4 as typeof express],
] as const)('any number of leeways on a body in Express %s', (_version, create) => {
  const options = { ...OPTIONS, codec: { X: '$', Y: '$.prediction' }, onInfo: () => undefined };

  it.each(Object.keys(HOSTS))(
    'see it, and the host sees what it sees without them: %s',
    async (name) => {
      const { before, between, after, seen } = HOSTS[name] as (typeof HOSTS)[string];
      const answers = async (leeways: number): Promise<unknown[]> => {
        const drifts = Array.from({ length: leeways }, () => driftMiddleware(options));
        const app = create();
        const [first, ...others] = drifts;
        for (const step of [before, first, between, ...others, after])
          if (step !== undefined) app.use(step);
        app.post('/predict', (req, res) => {
          const { value, get, set, ...attributes } =
            Object.getOwnPropertyDescriptor(req, 'body') ?? {};
          const found = { ...attributes, kinds: [typeof value, typeof get, typeof set] };
          const facts = {
            found,
            listed: Object.keys(req).includes('body'),
            copied: { ...req }.body,
            body: req.body,
          };
          const text = JSON.stringify({ prediction: 1, told: res.locals.told, facts });
          if (seen !== false) req.body.x = -1;
          res.type('json').send(text);
        });
        const got = await through(app, '/predict');
        for (const drift of drifts) {
          expect(drift.status().counters).toMatchObject({ requests: 1, errors: 0 });
          const rows = (await drift.experiment.data()).rows.map((row) => row.value);
          if (seen !== false)
            expect(rows, `the first of ${leeways} leeways`).toMatchObject([{ X: [{ x: 7 }] }]);
          await drift.close();
        }
        return got;
      };
      const bare = await answers(0);
      for (const leeways of [1, 2, 3])
        expect(await answers(leeways), `${leeways} leeways`).toEqual(bare);
    },
  );

  it('leave a body alone that all requests inherit', async () => {
    const answers = async (leeways: number): Promise<unknown[]> => {
      const app = create();
      const told: unknown[] = [];
      const bodies = new WeakMap<object, unknown>();
      Object.defineProperty(app.request, 'body', {
        configurable: true,
        get: function (this: Request) {
          return bodies.get(this);
        },
        set: function (this: Request, value: unknown) {
          told.push(value);
          bodies.set(this, value);
        },
      });
      const drifts = Array.from({ length: leeways }, () => driftMiddleware(options));
      for (const drift of drifts) app.use(drift);
      app.use(parse({ x: 7 }, { x: 8 }));
      app.post('/predict', (req, res) => {
        res.json({ prediction: 1, told, own: Object.hasOwn(req, 'body'), body: req.body });
      });
      const got = await through(app, '/predict');
      for (const drift of drifts) {
        expect(drift.status().counters).toMatchObject({ recorded: 1, errors: 0 });
        await drift.close();
      }
      return got;
    };
    const bare = await answers(0);
    for (const leeways of [1, 2]) expect(await answers(leeways)).toEqual(bare);
  });
});
