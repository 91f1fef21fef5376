import { describe, expect, it } from 'vitest';
import { driftMiddleware } from '../../adapters/express.js';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const SECRET = 'canary7f3a';

function start(options: Partial<DriftOptions> = {}) {
  const errors: unknown[] = [];
  const service = new Service({
    experiment: 'e',
    model: 'm',
    match: 'POST /predict',
    store: 'memory:',
    schedule: false,
    onInfo: () => undefined,
    onError: (error) => errors.push(error),
    ...options,
  });
  return { service, errors };
}

function call(service: Service): void {
  const request = {
    method: 'POST',
    path: '/predict',
    headers: { 'content-type': 'application/json' },
  };
  const interception = service.follow(request, () => undefined);
  interception?.request({ a: SECRET });
  interception?.answer('{"y":1}');
  interception?.end(200);
}

const boom = (): never => {
  throw new Error(`bad ${SECRET}`);
};

describe('a function of the host that fails', () => {
  const failing: readonly [string, Partial<DriftOptions>, boolean][] = [
    ['match', { match: boom }, false],
    ['match', { match: (async () => true) as never }, false],
    ['model', { model: boom }, false],
    ['version', { version: boom }, false],
    ['requestId', { requestId: boom }, false],
    ['redact', { redact: { a: boom } }, true],
    ['redact', { redact: { a: () => Promise.reject(new Error('late')) } }, true],
    ['codec.decode', { codec: { decode: boom } }, true],
  ];
  it.each(failing)(
    '%s is named in the reasons, and the call is in one place',
    (option, options, isPrivate) => {
      const { service, errors } = start(options);
      for (let each = 0; each < 5; each += 1) call(service);
      const { ok, reasons, counters } = service.status();
      expect(reasons).toContainEqual(
        expect.stringMatching(`^5 of 5 calls were not recorded .*: ${option} `),
      );
      expect(reasons.join()).not.toContain('option codec');
      expect(ok).toBe(false);
      expect(counters).toMatchObject({ requests: 5, failed: 5, undecodable: 0, recorded: 0 });
      expect(errors[0]).toMatchObject({ code: 'ERR_LEEWAY_OPTION' });
      if (isPrivate) expect(`${reasons}${errors}`).not.toContain(SECRET);
    },
  );

  it('is a reason even where it fails once, and then does not make ok false', () => {
    let calls = 0;
    const { service } = start({
      match: () => {
        calls += 1;
        return calls === 1 ? boom() : true;
      },
    });
    for (let each = 0; each < 30; each += 1) call(service);
    expect(service.status().reasons.join()).toContain('1 of 30 calls were not recorded');
    expect(service.status().ok).toBe(true);
  });

  it('is a reason for calls that are recorded by hand', () => {
    const { service } = start({ model: () => 'm' });
    for (const model of ['a', 'b']) service.record({ X: [{ a: 1 }], Y: [1], model });
    service.record({ X: [{ a: 1 }], Y: [1] });
    expect(service.status().reasons.join()).toContain('1 of 3 calls were not recorded');
    expect(service.status().reasons.join()).toContain('name one of a, b');
  });
});

describe('a middleware that another framework calls', () => {
  it('is a reason', () => {
    const middleware = driftMiddleware({
      experiment: 'e',
      store: 'memory:',
      match: '/p',
      onError: () => undefined,
    });
    (middleware as unknown as (...args: unknown[]) => unknown)({}, {}, () => undefined);
    const { ok, reasons } = middleware.status();
    expect(ok).toBe(false);
    expect(reasons.join()).toContain('leeway/express was called in a way that it does not support');
    expect(reasons.join()).not.toContain('no predict call seen');
  });
});

describe('a service that records nothing', () => {
  it('says that it was closed, and how many calls came since', async () => {
    const { service } = start();
    call(service);
    await service.close();
    call(service);
    service.record({ X: [{ a: 1 }], Y: [1] });
    const { ok, reasons } = service.status();
    expect(ok).toBe(false);
    expect(reasons[0]).toMatch(/^leeway was closed at .*: 2$/);
  });

  it('says so where its experiment was closed under it', async () => {
    const { service } = start();
    await service.experiment.close();
    expect(service.status().ok).toBe(false);
    expect(service.status().reasons[0]).toContain('closed at');
  });

  it('says that it is turned off', () => {
    const { service } = start({ enabled: false });
    call(service);
    expect(service.status().reasons).toEqual([expect.stringContaining('turned off')]);
  });

  it('says that sample leaves nothing', () => {
    const { service } = start({ sample: 0 });
    call(service);
    expect(service.status().reasons.join()).toContain('option sample is 0');
  });

  it.each<Partial<DriftOptions>>([{ exclude: ['*'] }, { redact: ['*'] }, { include: ['nothing'] }])(
    'says that no column is left by %j',
    (options) => {
      const { service } = start(options);
      call(service);
      expect(service.status().reasons.join()).toContain('no column is recorded');
    },
  );
});

/** A store of which one method fails. */
function without(store: TrackingStore, method: string): TrackingStore {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return name === method ? () => Promise.reject(new Error('no disk')) : value.bind(target);
    },
  });
}

describe('alerts that do not arrive', () => {
  async function drift(options: Partial<DriftOptions>, way = (store: TrackingStore) => store) {
    const clock = fakeClock();
    const errors: unknown[] = [];
    const service = new Service(
      {
        experiment: 'e',
        model: 'm',
        schedule: false,
        minRows: 20,
        store: way(memoryStore({ clock })),
        onError: (error) => errors.push(error),
        onInfo: () => undefined,
        ...options,
      },
      { clock, patience: clock },
    );
    for (const shift of [0, 5]) {
      const X = Array.from({ length: 300 }, (_, index) => ({ a: (index % 17) + shift }));
      service.record({ X, Y: X.map(() => 1) });
      await service.monitor().capture();
    }
    return { service, errors };
  }

  it('are a reason where their sink fails', async () => {
    const { service } = await drift({ onAlert: () => Promise.reject(new Error('no pager')) });
    expect(service.status().ok).toBe(false);
    expect(service.status().reasons.join()).toContain(
      'alerts are not delivered, 1 of them wait: no pager',
    );
  });

  it.each(['pendingDeliveries', 'settleDelivery'])(
    'are a reason where the store fails at %s',
    async (method) => {
      const { service, errors } = await drift({ onAlert: () => undefined }, (store) =>
        without(store, method),
      );
      expect(service.status().ok).toBe(false);
      expect(service.status().reasons.join()).toMatch(
        /alerts are not delivered.*outbox can't be read.*no disk/,
      );
      expect(errors.join()).toContain('no disk');
    },
  );
});

describe('rows that were lost', () => {
  it('stay a reason once the store is back', async () => {
    let isAway = true;
    const clock = fakeClock();
    const inner = memoryStore({ clock });
    const store = new Proxy(inner, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return name === 'append' && isAway
          ? () => new Promise(() => undefined)
          : value.bind(target);
      },
    });
    const service = new Service(
      {
        experiment: 'e',
        model: 'm',
        store,
        schedule: false,
        onError: () => undefined,
        onInfo: () => undefined,
      },
      { clock, patience: clock },
    );
    service.record({ X: [{ a: 1 }], Y: [1] });
    await clock.advance(120_000);
    isAway = false;
    service.record({ X: [{ a: 1 }], Y: [1] });
    await clock.advance(120_000);
    expect(service.status().counters.unconfirmedRows).toBe(1);
    expect(service.status().reasons.join()).toContain('1 rows may be lost');
  });
});
