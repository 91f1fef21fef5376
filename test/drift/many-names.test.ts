import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { type Random, seededRandom } from '../../src/leaves/random.js';
import { Profile } from '../../src/profile/profile.js';
import { profileTable } from '../../src/profile/profile-table.js';

const times = <T>(count: number, value: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => value(at));
const CATEGORICAL = { schema: { c: 'categorical' } } as const;

function zipf(power: number, names: number): (random: Random) => string {
  const sums: number[] = [];
  for (let rank = 1; rank <= names; rank += 1) sums.push((sums.at(-1) ?? 0) + rank ** -power);
  return (random) => {
    const at = random() * (sums.at(-1) as number);
    let low = 0;
    let high = names - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) < at) low = middle + 1;
      else high = middle;
    }
    return `k${low}`;
  };
}

function share(
  repeats: number,
  law: (random: Random) => string,
  rows: number,
  window: number,
  changed = law,
): number {
  let found = 0;
  for (let seed = 1; seed <= repeats; seed += 1) {
    const random = seededRandom(seed);
    const before = profileTable({ c: times(rows, () => law(random)) }, CATEGORICAL);
    const now = profileTable({ c: times(window, () => changed(random)) }, CATEGORICAL);
    if (compareProfiles(before, now).drift) found += 1;
  }
  return found;
}

describe('more names than are counted one by one', () => {
  // The upper end of the binomial interval at 99.9 %. By names alone nearly every one drifted.
  it.each([
    ['Zipf(.9), 2,000 names, 20,000 : 2,000', zipf(0.9, 2000), 20_000, 2000, 40, 7],
    ['Zipf(1), 20,000 names, 20,000 : 20,000', zipf(1, 20_000), 20_000, 20_000, 20, 5],
    ['identifiers', (random: Random) => `u${Math.floor(1e9 * random())}`, 30_000, 30_000, 10, 4],
  ] as const)('keep the level: %s', (_, law, rows, window, repeats, most) => {
    expect(share(repeats, law, rows, window)).toBeLessThanOrEqual(most);
  });

  it('drift where rows fall back to one, or half of the names go', () => {
    const law = zipf(0.9, 2000);
    const back = (random: Random): string => (random() < 0.125 ? 'k9' : law(random));
    expect(share(5, law, 20_000, 2000, back)).toBe(5);
    expect(share(5, law, 20_000, 2000, zipf(0.9, 400))).toBe(5);
  });

  it('are named by what changed most, and say that shares are lower bounds', () => {
    const law = zipf(0.9, 2000);
    const random = seededRandom(1);
    const before = profileTable({ c: times(20_000, () => law(random)) }, CATEGORICAL);
    const now = profileTable(
      { c: times(20_000, () => (random() < 0.05 ? 'new' : law(random))) },
      CATEGORICAL,
    );
    const stats = compareProfiles(before, now);
    const row = stats.select({ statistic: 'residual' })[0];
    expect(row).toMatchObject({ location: 'new', note: expect.stringMatching(/lower bounds/) });
    expect(row?.current).toBeCloseTo(0.05, 2);
    expect(stats.select({ statistic: 'unseen' })[0]).toMatchObject({
      pValue: 1,
      note: expect.stringMatching(/not known/),
    });
  });

  it('are seen where a complete baseline never had them, at any size of the window', () => {
    for (const codes of [200, 1000]) {
      const before = profileTable(times(5 * codes, (at) => ({ c: `code${at % codes}` })));
      for (const rows of [1000, 2000, 3000, 20_000, 60_000]) {
        const stats = compareProfiles(
          before,
          profileTable(times(rows, (at) => ({ c: `order-${at}` }))),
        );
        expect(stats.drifted).toEqual(['c']);
        expect(stats.select({ statistic: 'unseen' })[0]?.score).toBeGreaterThan(
          codes === 200 ? 0.6 : 0.1,
        );
      }
    }
  });

  it('give the same verdict in whatever order their parts are merged', () => {
    const law = zipf(0.9, 2000);
    const random = seededRandom(4);
    const before = profileTable({ c: times(20_000, () => law(random)) }, CATEGORICAL);
    const parts = times(6, () => profileTable({ c: times(2000, () => law(random)) }, CATEGORICAL));
    const merged = (order: readonly Profile[]): Profile => {
      const all = new Profile(CATEGORICAL);
      for (const part of order) all.merge(part);
      return Profile.fromBytes(all.toBytes());
    };
    const [one, other] = [parts, parts.toReversed()].map((order) =>
      compareProfiles(before, merged(order)),
    );
    expect(one?.select({ statistic: 'chisq' })[0]?.pValue).toBe(
      other?.select({ statistic: 'chisq' })[0]?.pValue,
    );
  });
});
