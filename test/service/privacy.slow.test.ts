import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/leaves/random.js';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const TEXT = 'canary-7f3a91';
const NUMBER = 48_271_653.125;
const ID = 'canary-id-5512';

let directory: string;
const warnings: string[] = [];
const listen = (warning: Error): void => {
  warnings.push(String(warning));
};
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'leeway-privacy-'));
  warnings.length = 0;
  process.on('warning', listen);
});
afterEach(async () => {
  process.off('warning', listen);
  await rm(directory, { recursive: true, force: true });
});

/** The ways in which the canaries may lie in bytes: as text, and the number as a float64 of either order, and a float32. */
function tracesIn(bytes: Buffer): string[] {
  const double = Buffer.alloc(8);
  double.writeDoubleLE(NUMBER);
  const reversed = Buffer.from(double).reverse();
  const single = Buffer.alloc(4);
  single.writeFloatLE(NUMBER);
  const wanted: Record<string, Buffer> = {
    text: Buffer.from(TEXT),
    'text as UTF-16': Buffer.from(TEXT, 'utf16le'),
    id: Buffer.from(ID),
    number: Buffer.from(String(NUMBER)),
    'number, whole part': Buffer.from(String(Math.floor(NUMBER))),
    'number as float64': double,
    'number as float64, reversed': reversed,
    'number as float32': single,
  };
  return Object.keys(wanted).filter((name) => bytes.includes(wanted[name] as Buffer));
}

/** Sends rows about as they should be, with the canaries in one of them; and with `moved`, rows that drift. */
function send(service: Service, seed: number, { canary = false, moved = 0 } = {}): void {
  const random = seededRandom(seed);
  for (let call = 0; call < 300; call += 1) {
    const marked = canary && call === 150;
    service.record({
      X: [
        {
          income: marked ? NUMBER : random() + moved,
          city: marked ? TEXT : ['north', 'south', 'west'][Math.floor(random() * 3)],
          email: marked ? TEXT : `a${call}@example.com`,
        },
      ],
      Y: [{ price: random() }],
      id: marked ? ID : `id-${call}`,
    });
  }
}

/** All that a person or a program could get at afterwards. */
async function everything(service: Service): Promise<Buffer> {
  const monitor = service.monitor();
  const told = [
    // With a baseline alone there is none, and what is said instead shows nothing either.
    await monitor.report().catch((error: Error) => error.message),
    JSON.stringify(await service.experiment.data()),
    JSON.stringify((await monitor.compare({ seq: 'baseline' })).toJSON()),
    JSON.stringify(service.status()),
    ...warnings,
  ];
  await service.close();
  const files = await readdir(directory);
  const contents = await Promise.all(files.map((file) => readFile(join(directory, file))));
  return Buffer.concat([...contents, Buffer.from(told.join('\n'))]);
}

async function run(options: Partial<DriftOptions>): Promise<string[]> {
  const clock = fakeClock();
  const alerts: unknown[] = [];
  const store = sqliteStore({ file: join(directory, 'leeway.db'), clock });
  const service = new Service(
    {
      experiment: 'e',
      model: 'm',
      store,
      schedule: false,
      minRows: 100,
      onAlert: (alert) => alerts.push(alert),
      ...options,
    },
    { clock },
  );
  for (let window = 0; window < 4; window += 1) send(service, window);
  await service.monitor().snapshot();
  send(service, 10, { canary: true });
  await clock.advance(61_000);
  await service.monitor().capture();
  send(service, 11, { canary: true, moved: 0.8 });
  await service.monitor().capture();
  expect(alerts.length).toBeGreaterThan(0);
  const bytes = Buffer.concat([await everything(service), Buffer.from(JSON.stringify(alerts))]);
  await store.close();
  // The bytes are those of the log: it holds what may be held.
  expect(bytes.includes('north')).toBe(true);
  return tracesIn(bytes);
}

describe('what was sent once', () => {
  it('is found where rows are kept, so that the search below means something', async () => {
    expect(await run({})).toEqual(expect.arrayContaining(['text', 'id', 'number as float64']));
  });

  it('is found nowhere where no rows are kept', async () => {
    expect(await run({ retain: 'profiles' })).toEqual([]);
  });

  it('is found nowhere where its columns are redacted, but for the id, which is none', async () => {
    const redact = { X_income: 'drop', X_city: 'drop', X_email: { hash: 'a salt' } } as const;
    const clock = fakeClock();
    const store = sqliteStore({ file: join(directory, 'leeway.db'), clock });
    const service = new Service(
      { experiment: 'e', model: 'm', store, schedule: false, redact },
      { clock },
    );
    send(service, 1);
    await service.monitor().snapshot();
    send(service, 2, { canary: true });
    await service.monitor().snapshot();
    expect(tracesIn(await everything(service))).toEqual(['id']);
    await store.close();
  });
});

describe('a column that is named by its position', () => {
  it('is redacted with all that lies in it', async () => {
    const redact = { X_city: 'drop' } as const;
    const features = ['income', 'city'];
    const service = new Service({
      experiment: 'e',
      model: 'm',
      store: memoryStore(),
      schedule: false,
      redact,
      features,
    });
    service.record({ X: [[1, TEXT]], Y: [1] });
    service.record({ X: [[1, { name: TEXT, zip: [TEXT] }]], Y: [[{ label: 'a' }]] });
    await service.flush();
    const { rows } = await service.experiment.data({ event: 'predict' });
    expect(rows.map(({ value }) => value)).toMatchObject([
      { X: [{ income: 1 }], Y: [{ 0: 1 }] },
      { X: [{ income: 1 }], Y: [{ '0.label': 'a' }] },
    ]);
    expect(JSON.stringify(rows)).not.toContain(TEXT);
    await service.close();
  });
});

describe('a redaction', () => {
  const nested = {
    user: { Email: TEXT, age: 31 },
    items: [{ sku: TEXT, price: 2 }],
    tags: ['a', TEXT],
    n: 1,
  };
  const all = ['email', 'items.sku', 'tags'];

  it.each<[redact: readonly string[], X: unknown, features: readonly string[]]>([
    [['email'], { email: TEXT, n: 1 }, []],
    [['EMAIL'], { Email: TEXT, n: 1 }, []],
    [['X_email'], { email: TEXT, n: 1 }, []],
    [['*mail*'], { 'e-mail': TEXT, n: 1 }, []],
    [['X_*mail'], { email: TEXT, n: 1 }, []],
    [['user', ...all], nested, []],
    [['X_user', ...all], nested, []],
    [['user.email', ...all], nested, []],
    [['X_USER.email', 'X_items', 'X_tags'], nested, []],
    [['user.email', 'items.0.sku', 'tags.1'], nested, []],
    [['city'], ['x', TEXT], ['income', 'city']],
    [['1'], ['x', TEXT], ['income', 'city']],
    [['X_1'], ['x', TEXT], ['income', 'city']],
    [['X_1'], ['x', TEXT], []],
    [['1'], [1, { name: TEXT }], ['income', 'city']],
    [['X_email'], { X_email: TEXT, n: 1 }, []],
  ])('of %j leaves nothing, on either side and in a baseline', async (redact, X, features) => {
    for (const how of [
      redact,
      Object.fromEntries(redact.map((name) => [name, { hash: 'salt' } as const])),
    ]) {
      const baseline = Array.isArray(X) ? 'first' : [X as Record<string, unknown>];
      const clock = fakeClock();
      const store = sqliteStore({
        file: join(directory, `${Object.keys(how).length}-${Array.isArray(how)}.db`),
        clock,
      });
      const service = new Service(
        {
          experiment: 'e',
          model: 'm',
          store,
          schedule: false,
          minRows: 1,
          redact: how,
          features,
          baseline,
        },
        { clock },
      );
      for (let call = 0; call < 5; call += 1) service.record({ X: [X], Y: [{ price: 1 }] });
      await service.flush();
      await service.monitor().snapshot();
      const bytes = await everything(service);
      await store.close();
      expect(bytes.includes('price')).toBe(true);
      expect(tracesIn(bytes)).toEqual([]);
      expect(warnings.filter((warning) => warning.includes('no column'))).toEqual([]);
    }
  });

  it('that no column is called is reported once, with the nearest name, after a window of rows', async () => {
    const options = {
      redact: ['emial'],
      exclude: ['X_agee'],
      segments: ['citty'],
      include: ['*'],
    } as const;
    const service = new Service({
      experiment: 'e',
      model: 'm',
      store: memoryStore(),
      schedule: false,
      minRows: 10,
      ...options,
    });
    const send = (): void => service.record({ X: [{ email: 'a@b', age: 3, city: 'x' }], Y: [1] });
    for (let call = 0; call < 9; call += 1) send();
    expect(service.status().reasons.join()).not.toContain('emial');
    for (let call = 0; call < 20; call += 1) send();
    const { reasons } = service.status();
    expect(reasons).toContain(
      'redact names "emial", but there is no such column; did you mean "email"?',
    );
    expect(reasons).toContain(
      'exclude names "X_agee", but there is no such column; did you mean "X_age"?',
    );
    expect(reasons).toContain(
      'segments names "X_citty", but there is no such column; did you mean "X_city"?',
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.filter((warning) => warning.includes('emial'))).toHaveLength(1);
    await service.close();
  });

  it('keeps what include names without a prefix, and says of a baseline of nothing that it is none', async () => {
    const service = new Service({
      experiment: 'e',
      model: 'm',
      store: memoryStore(),
      schedule: false,
      include: ['age', 'user'],
    });
    service.record({
      X: [{ age: 3, email: TEXT, user: { home: 'x' } }],
      Y: [{ Age: 1, price: 2 }],
    });
    await service.flush();
    const { rows } = await service.experiment.data({ event: 'predict' });
    expect(rows[0]?.value).toMatchObject({ X: [{ age: 3, 'user.home': 'x' }], Y: [{ Age: 1 }] });
    expect(JSON.stringify(rows)).not.toContain('price');
    await service.close();
  });
});

describe('numbers in another dress', () => {
  it('are coarse where no rows are kept', async () => {
    const clock = fakeClock();
    const store = sqliteStore({ file: join(directory, 'leeway.db'), clock });
    const service = new Service(
      { experiment: 'e', model: 'm', store, schedule: false, retain: 'profiles', minRows: 10 },
      { clock },
    );
    for (let call = 0; call < 300; call += 1) {
      const price = call === 150 ? '$48,271,653.125' : `$${call},000.5`;
      service.record({ X: [{ price, list: call === 150 ? [NUMBER] : [call] }], Y: [1] });
    }
    await service.flush();
    await service.monitor().snapshot();
    const traces = tracesIn(await everything(service));
    await store.close();
    expect(traces).toEqual([]);
  });
});

describe("retain: 'profiles'", () => {
  const open = (options: Partial<DriftOptions> = {}) => {
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const service = new Service(
      { experiment: 'e', model: 'm', store, schedule: false, retain: 'profiles', ...options },
      { clock },
    );
    return { clock, store, service };
  };

  it('sees drift as if there were rows, and calls without their contents', async () => {
    const { service } = open();
    send(service, 1);
    send(service, 2);
    await service.monitor().snapshot();
    send(service, 3);
    await service.monitor().snapshot();
    expect((await service.monitor().compare()).drifted).toEqual([]);
    send(service, 4, { moved: 0.5 });
    await service.monitor().snapshot();
    expect((await service.monitor().compare()).drifted).toEqual(['X_income']);
    const calls = await service.experiment.data({ event: 'predict' });
    expect(calls.length).toBe(1_200);
    expect(calls.rows[0]?.value).toMatchObject({ X: [], Y: [], requestId: null, status: 0 });
    expect(await service.experiment.stats()).toMatchObject([{ calls: 1_200, rows: 1_200 }]);
    await service.close();
  });

  it('writes nothing about fewer rows than minRows, and counts what goes with them', async () => {
    const { service, store } = open({ minRows: 1_000 });
    send(service, 1);
    await service.monitor().capture();
    expect(await store.head('e')).toMatchObject({ pos: 0 });
    expect(service.status().store.unflushedRows).toBe(300);
    send(service, 2);
    send(service, 3);
    send(service, 4);
    await service.flush();
    await service.monitor().capture();
    expect(await store.windowRows('e', 'm', 0, 99)).toBe(1_200);
    send(service, 5);
    await service.close();
    expect(service.status().counters.droppedRows).toBe(300);
  });

  it('keeps a category by name once it was frequent, so that quiet minutes are no drift', async () => {
    const { service, clock } = open({ minRows: 50 });
    const sendCities = (count: number, share: number): void => {
      for (let call = 0; call < count; call += 1) {
        service.record({ X: [{ city: call % share === 0 ? 'rare' : 'common' }], Y: [1] });
      }
    };
    sendCities(1_000, 10);
    await service.monitor().snapshot();
    // Ten minutes with six rare ones each.
    for (let minute = 0; minute < 10; minute += 1) {
      sendCities(60, 10);
      await clock.advance(61_000);
    }
    await service.monitor().snapshot();
    const stats = await service.monitor().compare();
    expect(stats.drift).toBe(false);
    expect(stats.current('X_city').describe().top).toEqual([
      ['common', 0.9],
      ['rare', 0.1],
    ]);
    await service.close();
  });
});
