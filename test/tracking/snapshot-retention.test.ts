import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thinSnapshots } from '../../src/tracking/snapshot-retention.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'leeway-thin-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

for (const [name, open] of [
  ['memory', (clock: ReturnType<typeof fakeClock>) => memoryStore({ clock })],
  [
    'sqlite',
    (clock: ReturnType<typeof fakeClock>) =>
      sqliteStore({ file: join(directory, 'leeway.db'), clock }),
  ],
] as const) {
  describe(`thinSnapshots in ${name}`, () => {
    it('keeps all of a month, one a day after that, none in the end, and the first one always', async () => {
      const begin = Date.UTC(2026, 0, 1);
      const clock = fakeClock(begin);
      const store = open(clock);
      // Four snapshots a day, for three days.
      for (let seq = 0; seq < 12; seq += 1) {
        const at = begin + seq * 6 * HOUR;
        const bytes = Uint8Array.of(seq);
        const entry = {
          event: 'snapshot',
          key: 'm',
          step: seq,
          value: { seq, rows: 100 },
          bytes,
          dt: at,
        } as const;
        await store.append('e', [{ ...entry, node: 'n', userid: 'u' }]);
      }
      const kept = async (): Promise<number[]> => {
        const seqs: number[] = [];
        for await (const { bytes, step } of store.query('e', { events: ['snapshot'] })) {
          if ((bytes?.length ?? 0) > 0) seqs.push(step as number);
        }
        return seqs;
      };
      const thin = () => thinSnapshots(store, 'e', { clock, profilesMs: 100 * DAY });
      clock.jump(29 * DAY);
      expect(await thin()).toBe(0);
      clock.jump(3 * DAY);
      // Two days are older than thirty now, and the third has begun.
      expect(await thin()).toBe(5);
      expect(await kept()).toEqual([0, 3, 7, 8, 9, 10, 11]);
      expect(await thin()).toBe(0);
      clock.jump(3 * DAY);
      await thin();
      expect(await kept()).toEqual([0, 3, 7, 11]);
      clock.jump(100 * DAY);
      await thin();
      expect(await kept()).toEqual([0]);
      // What was is still told.
      const values: unknown[] = [];
      for await (const { value } of store.query('e', { events: ['snapshot'] })) values.push(value);
      expect(values).toHaveLength(12);
      expect(values[5]).toEqual({ seq: 5, rows: 100, thinned: true });
      await store.close();
    });
  });
}
