import { afterEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.js';
import type { Finding, Statistic } from '../../src/drift/statistics/statistic.js';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import { profileTable } from '../../src/profile/profile-table.js';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import { resolveDriftOptions } from '../../src/service/resolved-options.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const open: Service[] = [];
afterEach(async () => {
  for (const service of open.splice(0)) await service.close();
});

const options: DriftOptions = {
  experiment: 'shop',
  model: 'price',
  match: 'POST /predict',
  store: 'memory:',
};

const columns = (rows: number, seed: number, shift: number) => {
  const random = seededRandom(seed);
  return {
    a: Array.from({ length: rows }, () => randomNormal(random) + shift),
    b: Array.from({ length: rows }, () => randomNormal(random)),
  };
};

/** One window of 2,000 rows against a pinned baseline of as many; `a` shifted. */
async function judged(extra: Partial<DriftOptions>, shift: number) {
  const alerts: Alert[] = [];
  const { a, b } = columns(2000, 1, 0);
  const baseline = profileTable({ X_a: a, X_b: b, Y_price: b.map((value) => 2 * value) });
  const onAlert = (alert: Alert): void => void alerts.push(alert);
  const service = new Service(
    { ...options, baseline, schedule: false, onAlert, ...extra },
    { clock: fakeClock() },
  );
  open.push(service);
  const now = columns(2000, 2, shift);
  const X = now.a.map((value, row) => ({ a: value, b: now.b[row] }));
  service.record({ X, Y: now.b.map((value) => ({ price: 2 * value })) });
  const { stats } = await service.monitor().capture();
  return { stats: stats!, alerts, service };
}

/** By how much the greatest value changed, in the baseline's standard deviations. */
const maximum: Statistic = {
  key: 'maximum',
  families: ['numeric'],
  decides: false,
  compare({ numbers: { baseline, current }, spread }): Finding {
    const metric = (current.max - baseline.max) / spread;
    const score = Math.min(1, Math.abs(metric) / 10);
    return {
      statistic: 'maximum',
      metric,
      score,
      pValue: null,
      location: null,
      matters: false,
      baseline: baseline.max,
      current: current.max,
    };
  },
};

describe('how windows are compared', () => {
  it('follows the sensitivity', async () => {
    // .15 sd at 2,000 rows is certain; three times the usual gate, and nearly twice that of `low`.
    expect((await judged({ sensitivity: 'low' }, 0.15)).stats.drifted).toEqual(['X_a']);
    expect((await judged({ minEffect: 0.4 }, 0.15)).stats.drift).toBe(false);
    expect((await judged({ kinds: { numeric: { minEffect: 0.4 } } }, 0.15)).stats.drift).toBe(
      false,
    );
  });

  it('follows the rule of a column, which changes no other', async () => {
    expect((await judged({ columns: { X_a: { ignore: true } } }, 1)).stats.drift).toBe(false);
    const { stats, service } = await judged(
      { columns: { X_a: { decide: 'psi', above: 0.9 }, X_aa: {} } },
      0.5,
    );
    expect(stats.drift).toBe(false);
    expect(service.status().reasons.at(-1)).toBe(
      'columns has a rule for "X_aa" (string), but there is no such column; did you mean X_a?',
    );
    const plain = await judged({}, 0.5);
    expect(stats.select({ column: 'X_b' })).toEqual(plain.stats.select({ column: 'X_b' }));
  });

  it("has a user's own statistic in rows, rules, decisions and the report", async () => {
    const rules = [{ name: 'extreme', statistic: 'maximum', above: 0.3 }] as const;
    const { stats, alerts, service } = await judged({ statistics: [maximum], rules }, 6);
    expect(stats.select({ column: 'X_a', statistic: 'maximum' })[0]?.metric).toBeGreaterThan(4);
    expect(alerts).toMatchObject([{ rule: 'extreme', columns: ['X_a'] }]);
    expect(await service.monitor().report()).toContain('maximum');
    const decided = await judged(
      { statistics: [maximum], columns: { X_a: { decide: 'maximum', above: 0.3 } } },
      6,
    );
    expect(decided.stats.select({ column: 'X_a', statistic: 'maximum' })[0]?.drift).toBe(true);
  });

  it.each([
    [{ sensitivity: 'hihg' }, /sensitivity must be low, normal or high, got "hihg"/],
    [
      { columns: { X_a: { decide: 'kss' } } },
      /columns\["X_a" \(string\)\].decide: there is no statistic "kss" .*did you mean "ks"/,
    ],
    [{ columns: { X_a: { decide: 'psi' } } }, /psi has no p-value and needs above/],
    [{ kinds: { numbers: {} } }, /kinds has no option "numbers"; did you mean "numeric"/],
    [{ statistics: [{ key: 'ks' }] }, /statistics\[0\]/],
    [{ rules: [{ statistic: 'maximum', above: 0.3 }] }, /rules\[0\].statistic must be one of/],
  ])('is checked when the middleware is made: %o', (given, message) => {
    expect(() => resolveDriftOptions({ ...options, ...given } as DriftOptions)).toThrow(message);
  });
});
