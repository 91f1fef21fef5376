import { afterEach, describe, expect, it } from 'vitest';
import { compareProfiles } from '../../../src/drift/compare-profiles.js';
import { DriftStats } from '../../../src/drift/drift-stats.js';
import type { DriftStatsJson } from '../../../src/drift/drift-stats-json.js';
import { readStoredFields } from '../../../src/drift/verdict/stored-comparison.js';
import { seededRandom } from '../../../src/leaves/random.js';
import { profileTable } from '../../../src/profile/profile-table.js';
import { Service } from '../../../src/service/request-service.js';
import type { JsonValue } from '../../../src/tracking/json-value.js';
import { memoryStore } from '../../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../../fixtures/fake-clock.js';

const FORMER: Readonly<Record<string, string>> = {
  current: 'target',
  baselineSeq: 'seqFrom',
  currentSeq: 'seqTo',
  baselineEnd: 'dtFrom',
  currentEnd: 'dtTo',
};

/** A comparison as it was stored before 0.1. */
function formerly(json: DriftStatsJson): JsonValue {
  const { rows, windows, segments } = json;
  return {
    ...json,
    rows: rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [FORMER[name] ?? name, value])),
    ),
    windows: { from: windows.baseline, to: windows.current },
    ...(segments !== undefined && {
      segments: segments.map(([name, part]) => [name, formerly(part)]),
    }),
  } as unknown as JsonValue;
}

const rows = (seed: number, shift: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: 400 }, (_, at) => ({ X_a: random() + shift, X_city: `c${at % 2}` }));
};

const services: Service[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});

describe('a comparison that was stored by former names', () => {
  it('reads as it does by the names of today, its segments too', () => {
    const options = { groupby: ['X_city'] };
    const stats = compareProfiles(
      profileTable(rows(1, 0), options),
      profileTable(rows(2, 1), options),
      {
        windows: {
          baseline: { seq: 3, from: 1, to: 2 },
          current: { seq: 4, from: 3, to: 4 },
        },
      },
    );
    const json = JSON.parse(JSON.stringify(stats)) as DriftStatsJson;
    expect(json.segments?.length).toBeGreaterThan(0);
    expect(json.rows[0]).toMatchObject({ baselineSeq: 3, currentSeq: 4, currentEnd: 4 });
    const former = formerly(json) as unknown as DriftStatsJson;
    expect(former.rows[0]).toMatchObject({ seqFrom: 3, seqTo: 4 });
    expect(JSON.parse(JSON.stringify(DriftStats.fromJSON(former)))).toEqual(json);
  });

  it('is read from the log by the monitor', async () => {
    const clock = fakeClock();
    const store = memoryStore({ clock });
    const service = new Service({ experiment: 'e', model: 'm', store, schedule: false }, { clock });
    services.push(service);
    const monitor = service.monitor();
    const now = await monitor.compare({ baseline: { X: rows(1, 0) }, current: { X: rows(2, 1) } });
    const { version } = await store.monitorHead('e', 'monitors/e/m');
    const entry = {
      event: 'drift',
      key: 'm',
      dt: clock.now(),
      step: 0,
      node: '',
      userid: '',
      value: formerly(JSON.parse(JSON.stringify(now)) as DriftStatsJson),
    } as const;
    await store.commitWindow({
      experiment: 'e',
      monitor: 'monitors/e/m',
      key: 'm',
      expectedVersion: version,
      next: { seq: 0, cursor: 0, captured: 0 },
      entries: [entry],
      deliveries: [],
    });
    const read = await monitor.events('drift');
    expect(read.drifted).toEqual(now.drifted);
    expect(read.rows).toEqual(now.rows);
    expect(read.windows).toEqual(now.windows);
  });

  it('leaves what is no comparison as it is', () => {
    for (const value of [null, 1, 'target', [1], { a: 1 }])
      expect(readStoredFields(value)).toBe(value);
  });
});
