import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../../src/drift/compare-profiles.js';
import { describeVerdict } from '../../../src/drift/show/describe-drift.js';
import type { Finding, Statistic } from '../../../src/drift/statistics/statistic.js';
import { profileTable } from '../../../src/profile/profile-table.js';

const rows = Array.from({ length: 300 }, (_, at) => ({ a: at, b: at % 7, c: `k${at % 5}` }));
const profile = profileTable(rows);
const found: Finding = {
  statistic: 'own',
  metric: 1,
  score: 0,
  pValue: 1,
  location: null,
  baseline: 0,
  current: 0,
  matters: false,
};
const statistic = (
  compare: Statistic['compare'],
  families: Statistic['families'] = ['numeric'],
): Statistic => ({
  key: 'own',
  families,
  decides: true,
  compare,
});
const compare = (own: Statistic) => compareProfiles(profile, profile, { statistics: [own] });

describe('a statistic of one’s own', () => {
  it.each([
    ['undefined', () => undefined],
    ['null', () => null as unknown as Finding],
    ['nothing, where it only reports', () => undefined],
  ])('that always returns %s is told as not computed', (name, own) => {
    const stats = compare({ ...statistic(own), decides: !name.startsWith('nothing') });
    expect(stats.failed.map(({ column, statistic: key }) => [column, key])).toEqual([
      ['a', 'own'],
      ['b', 'own'],
    ]);
    expect(describeVerdict(stats)).toMatch(/2 statistics were not computed: own of a/);
    expect(stats.select({ statistic: 'own' })[0]).toMatchObject({
      outcome: 'not-computed',
      drift: false,
      pValue: null,
    });
    expect(stats.verdict).toBe('no drift');
  });

  it('may have nothing to say of some columns, or of a table without any it applies to', () => {
    expect(compare(statistic(({ name }) => (name === 'b' ? found : undefined))).failed).toEqual([]);
    expect(compare(statistic(() => undefined, ['embedding'])).failed).toEqual([]);
  });
});
