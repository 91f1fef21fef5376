import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { LeewayError } from '../../src/leaves/errors.js';
import { Service } from '../../src/service/request-service.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0))
    rmSync(directory, { recursive: true, force: true });
});

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-trouble-'));
  directories.push(directory);
  return directory;
}

function start(store: string | TrackingStore, clock = fakeClock()) {
  const errors: unknown[] = [];
  const service = new Service(
    {
      experiment: 'shop',
      model: 'price',
      match: 'POST /predict',
      schedule: false,
      store,
      budget: { rowsPerSecond: 1_000_000 },
      onError: (error) => errors.push(error),
    },
    { clock, patience: clock },
  );
  return { service, errors, clock };
}

const send = (service: Service, count: number): void => {
  for (let row = 0; row < count; row += 1) service.record({ X: [{ a: row }], Y: [row] });
};

async function storedRows(store: TrackingStore): Promise<number> {
  return store.windowRows('shop', 'price', 0, Number.POSITIVE_INFINITY);
}

/** A store whose appends go through `way`. */
function troubled(
  store: TrackingStore,
  way: (append: () => Promise<unknown>) => Promise<unknown>,
): TrackingStore {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      const call = value.bind(target);
      return name === 'append' ? (...args: unknown[]) => way(() => call(...args)) : call;
    },
  });
}

describe('a store in trouble', () => {
  it('that is down costs no prediction, and takes all rows once it is back', async () => {
    let down = true;
    const inner = memoryStore();
    const store = troubled(inner, (append) =>
      down ? Promise.reject(new LeewayError('ERR_LEEWAY_STORE', 'down')) : append(),
    );
    const { service, clock } = start(store);
    send(service, 5_000);
    await clock.advance(10_000);
    send(service, 5_000);
    expect(service.status()).toMatchObject({
      ok: false,
      store: { failing: true, unflushedRows: 10_000 },
    });
    down = false;
    await clock.advance(60_000);
    expect(service.status()).toMatchObject({
      ok: true,
      store: { failing: false, unflushedRows: 0 },
    });
    expect(await storedRows(inner)).toBe(10_000);
    expect(service.status().counters.droppedRows).toBe(0);
    await service.close();
  });

  it('that takes five seconds a call is written to one call at a time, while predictions go on', async () => {
    const clock = fakeClock();
    const inner = memoryStore({ clock });
    let atOnce = 0;
    let most = 0;
    const store = troubled(inner, async (append) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise<void>((resolve) => clock.setTimer(5_000, resolve));
      atOnce -= 1;
      return append();
    });
    const { service } = start(store, clock);
    for (let second = 0; second < 20; second += 1) {
      send(service, 100);
      expect(service.status().counters.recorded).toBe(100 * (second + 1));
      await clock.advance(1_000);
    }
    expect(most).toBe(1);
    await clock.advance(200_000);
    expect(await storedRows(inner)).toBe(2_000);
  });

  it('that is full says so, and drops nothing while there is room to wait', async () => {
    const file = join(temporary(), 'a.db');
    const store = sqliteStore({ file, maxBytes: 1_000_000 });
    const big = (rows: number) => ({
      event: 'predict',
      key: 'price',
      runs: rows,
      rows,
      value: null,
      dt: 1,
      node: 'n',
      userid: '',
      bytes: new Uint8Array(100_000),
    });
    let written = 0;
    let refused: unknown;
    while (refused === undefined && written < 20) {
      await store.append('shop', [big(1) as never]).then(
        () => {
          written += 1;
        },
        (error) => {
          refused = error;
        },
      );
    }
    expect(refused).toMatchObject({
      code: 'ERR_LEEWAY_STORE',
      message: expect.stringContaining('maxBytes'),
    });
    expect(written).toBeGreaterThan(5);
    expect(await storedRows(store)).toBe(written);
    const { service, errors } = start(store);
    send(service, 20_000);
    await service.flush();
    expect(errors[0]).toMatchObject({ message: expect.stringContaining('maxBytes') });
    expect(service.status()).toMatchObject({ ok: false, counters: { droppedRows: 0 } });
    await service.close();
    await store.close();
  });

  it.each([
    ['corrupt', Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(8_192, 7)])],
    ['no database', Buffer.from('a letter to a friend. '.repeat(100))],
  ])('that is %s is left as it is, is told of, and costs no prediction', async (_, content) => {
    const file = join(temporary(), 'a.db');
    writeFileSync(file, content);
    const { service, errors, clock } = start(`sqlite:${file}`);
    send(service, 1_000);
    await service.flush();
    expect(errors[0]).toMatchObject({
      code: 'ERR_LEEWAY_STORE',
      message: expect.stringContaining('move it away'),
    });
    expect(service.status()).toMatchObject({ ok: false, counters: { recorded: 1_000 } });
    expect(readFileSync(file)).toEqual(content);
    rmSync(file);
    await clock.advance(2_000);
    await expect.poll(() => service.status().store.unflushedRows).toBe(0);
    await service.close();
  });

  describe('that does not answer', () => {
    const MINUTE = 60_000;

    function hanging() {
      const inner = memoryStore();
      const late: (() => Promise<unknown>)[] = [];
      const gate = { shut: true };
      const store = troubled(inner, (append) =>
        gate.shut ? new Promise((resolve) => late.push(() => append().then(resolve))) : append(),
      );
      return { inner, late, gate, ...start(store) };
    }

    it('is given up after a minute, told once, and sent nothing twice', async () => {
      const { inner, late, gate, service, errors, clock } = hanging();
      send(service, 5);
      await clock.advance(1_000);
      // The next one would be answered.
      gate.shut = false;
      send(service, 3);
      await clock.advance(MINUTE - 1);
      expect(errors).toEqual([]);
      expect(service.status().store.unflushedRows).toBe(8);
      await clock.advance(1);
      expect(errors).toMatchObject([
        { code: 'ERR_LEEWAY_TIMEOUT', message: expect.stringContaining('5 rows') },
      ]);
      await clock.advance(1_000);
      expect(service.status()).toMatchObject({
        ok: true,
        counters: { rows: 8, unconfirmedRows: 5, droppedRows: 0, failedFlushes: 1 },
        store: { failing: false, unflushedRows: 0 },
      });
      expect(await storedRows(inner)).toBe(3);
      // It was under way all the time.
      await late[0]?.();
      await clock.advance(2 * MINUTE);
      expect(await storedRows(inner)).toBe(8);
      expect(errors.length).toBe(1);
      expect(service.status().counters).toMatchObject({
        rows: 8,
        unconfirmedRows: 5,
        droppedRows: 0,
      });
    });

    it('is asked for no more while eight writes are open, and rows wait until one comes back', async () => {
      const { inner, late, gate, service, errors, clock } = hanging();
      for (let minute = 0; minute < 30; minute += 1) {
        send(service, 1);
        await clock.advance(MINUTE);
      }
      expect(late.length).toBe(8);
      expect(errors.at(-1)).toMatchObject({
        code: 'ERR_LEEWAY_STORE',
        message: expect.stringContaining('8 calls'),
      });
      const { counters, store } = service.status();
      expect(counters.unconfirmedRows + store.unflushedRows).toBe(30);
      expect(counters.unconfirmedRows).toBe(8);

      gate.shut = false;
      await late[3]?.();
      await clock.advance(MINUTE);
      expect(service.status().store).toMatchObject({ failing: false, unflushedRows: 0 });
      expect(await storedRows(inner)).toBe(23);
    });
  });
});
