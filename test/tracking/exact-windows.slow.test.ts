import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/leaves/clock.js';
import { checkExactWindows } from '../../src/testing/exact-windows.js';
import type { TrackingStore } from '../../src/tracking/store.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { postgresStore } from '../../src/tracking/stores/postgres/store.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite/store.js';
import type { WindowCommit } from '../../src/tracking/window-commit.js';
import type { Fold } from '../../src/tracking/window-part.js';
import { freshSchema, postgresUrl } from '../fixtures/postgres.js';

const server = await postgresUrl();
/** `LEEWAY_LONG=1` walks a hundred times as far. */
const LONG = process.env.LEEWAY_LONG === '1' ? 100 : 1;

const disposals: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0).reverse()) await dispose();
});

/** A clock that every store of a walk goes by. */
function sharedClock(): { clock: Clock; set: (now: number) => void } {
  let now = 1_000_000;
  const set = (to: number): void => {
    now = to;
  };
  return { clock: { now: () => now, setTimer: () => ({ cancel() {} }) }, set };
}

async function walk(
  seed: number,
  steps: number,
  open: (clock: Clock) => TrackingStore[] | Promise<TrackingStore[]>,
) {
  const { clock, set } = sharedClock();
  const replicas = await open(clock);
  try {
    return await checkExactWindows({ seed, steps, replicas, setClock: set });
  } finally {
    await Promise.all([...new Set(replicas)].map((store) => store.close()));
  }
}

const memory = (clock: Clock): TrackingStore[] => Array(3).fill(memoryStore({ clock }));

async function sqlite(clock: Clock): Promise<TrackingStore[]> {
  const directory = await mkdtemp(join(tmpdir(), 'leeway-exact-'));
  disposals.push(() => rm(directory, { recursive: true }));
  return [1, 2, 3].map(() => sqliteStore({ file: join(directory, 'a.db'), clock }));
}

async function postgres(clock: Clock): Promise<TrackingStore[]> {
  const schema = await freshSchema(server as string);
  disposals.push(() => schema.drop());
  return [1, 2, 3].map(() => postgresStore({ url: schema.url, clock, maxConnections: 2 }));
}

describe('every recorded row is in exactly one snapshot', () => {
  it('in memory, over many interleavings', async () => {
    const taken = new Map<string, number>();
    let rows = 0;
    for (let seed = 1; seed <= 60 * LONG; seed += 1) {
      const report = await walk(seed, 150, memory);
      expect({ seed, wrong: report.wrong }).toEqual({ seed, wrong: [] });
      for (const [name, count] of report.steps) taken.set(name, (taken.get(name) ?? 0) + count);
      rows += report.rows;
    }
    // The walks are no use if they do nothing.
    expect(taken.size).toBe(8);
    expect(rows).toBeGreaterThan(60 * 100);
  });

  it('in SQLite, with three connections', async () => {
    for (let seed = 1; seed <= 6 * LONG; seed += 1) {
      const report = await walk(seed, 200, sqlite);
      expect({ seed, wrong: report.wrong }).toEqual({ seed, wrong: [] });
      expect(report.snapshots).toBeGreaterThan(5);
    }
  });

  it.skipIf(server === undefined)('in PostgreSQL, with three pools', async () => {
    for (let seed = 1; seed <= 4 * LONG; seed += 1) {
      const report = await walk(seed, 200, postgres);
      expect({ seed, wrong: report.wrong }).toEqual({ seed, wrong: [] });
      expect(report.snapshots).toBeGreaterThan(5);
    }
  });
});

describe('the checker sees', () => {
  /** A store with one method broken. */
  const broken = (store: TrackingStore, parts: Partial<TrackingStore>): TrackingStore =>
    new Proxy(store, {
      get(target, name) {
        const own = Reflect.get(parts, name) ?? Reflect.get(target, name);
        return typeof own === 'function' ? own.bind(target) : own;
      },
    });

  async function faults(
    breakIt: (store: TrackingStore) => Partial<TrackingStore>,
  ): Promise<number> {
    let wrong = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const report = await walk(seed, 150, (clock) => {
        const store = memoryStore({ clock });
        return Array(3).fill(broken(store, breakIt(store)));
      });
      wrong += report.wrong.length;
    }
    return wrong;
  }

  it('nothing where nothing is broken', async () => {
    expect(await faults(() => ({}))).toBe(0);
  });

  it('a commit that does not compare the version', async () => {
    expect(
      await faults((store) => ({
        async commitWindow({ tick: _, ...commit }: WindowCommit) {
          const { version } = await store.monitorHead(commit.experiment, commit.monitor);
          return store.commitWindow({ ...commit, expectedVersion: version, deliveries: [] });
        },
      })),
    ).toBeGreaterThan(0);
  });

  it('a fold that crosses cuts', async () => {
    expect(
      await faults((store) => ({
        // Cuts of another key don't hold folds back.
        commitWindow: (commit: WindowCommit) => store.commitWindow({ ...commit, key: 'another' }),
      })),
    ).toBeGreaterThan(0);
  });

  it('a fold whose loss is not told', async () => {
    expect(
      await faults((store) => ({
        fold: (fold: Fold) => store.fold({ ...fold, bytes: fold.bytes.slice(4) }),
      })),
    ).toBeGreaterThan(0);
  });
});
