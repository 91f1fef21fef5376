import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import { BaselineTransforms } from '../../src/profile/baseline-transforms.js';
import { BlockRing } from '../../src/profile/block-ring.js';
import { Profile } from '../../src/profile/profile.js';
import { profileTable } from '../../src/profile/profile-table.js';

const golden = (name: string): Promise<Buffer> =>
  readFile(join(import.meta.dirname, 'golden', name));

/** What the golden bytes were made of. */
function made(): Profile {
  const random = seededRandom(20_261_125);
  const table = {
    a: Float64Array.from({ length: 2_500 }, () => randomNormal(random)),
    b: Float64Array.from({ length: 2_500 }, () => Math.round(3 * randomNormal(random))),
    c: Array.from({ length: 2_500 }, () => `k${Math.floor(9 * random())}`),
  };
  const profile = profileTable(table, { joint: 40 });
  profile.blocks = new BlockRing(BaselineTransforms.freeze(profile));
  const first = Object.fromEntries(
    Object.entries(table).map(([name, values]) => [name, values.slice(0, 100)]),
  );
  profile.blocks.add(profileTable(first), { from: 0, to: 3_599_999 });
  return profile;
}

/** As earlier versions made it, which did not count how often the smallest and the largest number came. */
function withoutCountsAtEnds(profile: Profile): Profile {
  const json = JSON.stringify(profile.toJSON(), (key, value) =>
    key === 'atMin' || key === 'atMax' ? undefined : value,
  );
  return Profile.fromJSON(JSON.parse(json));
}

describe('profiles of earlier versions', () => {
  it('are read: version 2, numbers as they are', async () => {
    const bytes = await golden('profile-v2.bin');
    expect(bytes[5]).toBe(2);
    const read = Profile.fromBytes(bytes);
    expect(read.toBytes()).toEqual(withoutCountsAtEnds(made()).toBytes());
    expect(read.toBytes().length).toBeLessThan(bytes.length);
  });

  it('merge with those of this version, and are compared with them', async () => {
    const old = Profile.fromBytes(await golden('profile-v2.bin'));
    const merged = made();
    merged.blocks = undefined;
    old.blocks = undefined;
    merged.merge(old);
    expect(merged.rows).toBe(5_000);
    // Whose smallest is counted only on one side is not known of both.
    expect(merged.column('a')?.quantiles.atMin).toBeUndefined();
    expect(compareProfiles(old, merged).drift).toBe(false);
    expect(compareProfiles(merged, old).drift).toBe(false);
  });
});

describe('a profile of many rows', () => {
  it('takes less than 16 KB a numeric column, its sample of rows included', () => {
    const random = seededRandom(2);
    const columns = Array.from({ length: 20 }, (_, place) => [
      `c${place}`,
      Float64Array.from({ length: 100_000 }, () => randomNormal(random)),
    ]);
    const profile = profileTable(Object.fromEntries(columns));
    expect(profile.joint?.rows).toBe(512);
    expect(profile.toBytes().length / 20).toBeLessThan(16_000);
  });
});
