import { describe, expect, it } from 'vitest';
import { Profile } from '../../src/profile/profile.js';
import { profileTable } from '../../src/profile/profile-table.js';

const columns = (values: readonly number[]) => new Map([['X_a', values]]);

const ofVersions = (rows: readonly (readonly [number, string | null])[]): Profile => {
  const profile = new Profile();
  profile.addColumns(
    columns(rows.map(([value]) => value)),
    0,
    rows.length,
    undefined,
    rows.map(([, version]) => version),
  );
  return profile;
};

const meansOf = (profile: Profile) =>
  Object.fromEntries(
    [...profile.versions].map(([name, part]) => [name, part.column('X_a')?.moments.mean]),
  );

describe('versions of a model in a profile', () => {
  it('has no parts while there is one version', () => {
    const profile = ofVersions([
      [1, 'v1'],
      [2, 'v1'],
    ]);
    profile.merge(ofVersions([[3, 'v1']]));
    expect(profile.version).toBe('v1');
    expect(profile.versions.size).toBe(0);
    expect(profileTable({ X_a: [1] }).version).toBeNull();
  });

  it('parts the rows from the second version on, however they come', () => {
    const rows: [number, string | null][] = [
      [1, 'v1'],
      [3, 'v1'],
      [10, 'v2'],
      [5, 'v1'],
      [20, 'v2'],
      [7, null],
    ];
    const wanted = { v1: 3, v2: 15, '': 7 };
    const atOnce = ofVersions(rows);
    expect(atOnce.version).toBeUndefined();
    expect(meansOf(atOnce)).toEqual(wanted);
    const oneByOne = new Profile();
    for (const row of rows) oneByOne.merge(ofVersions([row]));
    expect(meansOf(oneByOne)).toEqual(wanted);
    const merged = ofVersions(rows.slice(0, 3));
    merged.merge(ofVersions(rows.slice(3)));
    expect(meansOf(merged)).toEqual(wanted);
    expect(merged.rows).toBe(6);
  });

  it('survives bytes, JSON, renaming and cloning, and keeps weights', () => {
    const profile = new Profile();
    profile.addColumns(columns([1, 2, 30]), 0, 3, [2, 1, 4], ['v1', 'v1', 'v2']);
    const [v1, v2] = ['v1', 'v2'].map((name) => profile.versions.get(name)?.rows);
    expect([v1, v2]).toEqual([3, 4]);
    for (const other of [
      Profile.fromBytes(profile.toBytes()),
      Profile.fromJSON(JSON.stringify(profile)),
      profile.clone(),
    ])
      expect(meansOf(other)).toEqual(meansOf(profile));
    expect(profile.renamed({ X_a: 'X_b' }).versions.get('v2')?.columnNames).toEqual(['X_b']);
    const sole = Profile.fromBytes(ofVersions([[1, 'v7']]).toBytes());
    expect(sole.version).toBe('v7');
  });

  it('keeps at most twenty, whatever a stranger sends', () => {
    const profile = new Profile();
    for (let version = 0; version < 100; version += 1)
      profile.merge(ofVersions([[version, `v${version}`]]));
    expect(profile.versions.size).toBe(21);
    expect(profile.versions.get('other')?.rows).toBe(80);
    expect(Profile.fromBytes(profile.toBytes()).versions.size).toBe(21);
  });

  it('cuts a long name alike, alone or not', () => {
    const long = 'v'.repeat(1_000);
    const profile = ofVersions([[1, long]]);
    expect(profile.version).toBe('v'.repeat(256));
    profile.merge(ofVersions([[2, long]]));
    expect(profile.versions.size).toBe(0);
    profile.merge(ofVersions([[3, 'w']]));
    expect([...profile.versions.keys()]).toEqual(['v'.repeat(256), 'w']);
  });

  it('takes segments along for none of the versions', () => {
    const profile = new Profile({ groupby: ['X_city'] });
    const rows = new Map<string, readonly unknown[]>([
      ['X_a', [1, 2]],
      ['X_city', ['a', 'b']],
    ]);
    profile.addColumns(rows, 0, 2, undefined, ['v1', 'v2']);
    expect(profile.segments.size).toBe(2);
    expect(profile.versions.get('v1')?.segments.size).toBe(0);
    expect(Profile.fromBytes(profile.toBytes()).segments.size).toBe(2);
  });
});

describe('metrics beside the rows of a profile', () => {
  it('merges and survives bytes', () => {
    const profile = profileTable({ X_a: [1, 2] });
    profile.metrics = profileTable({ M_rmse: [0.5] });
    const other = profileTable({ X_a: [3] });
    other.metrics = profileTable({ M_rmse: [0.7], M_mae: [1] });
    profile.merge(other);
    const read = Profile.fromBytes(profile.toBytes());
    expect(read.metrics?.rows).toBe(2);
    expect(read.metrics?.column('M_rmse')?.moments.mean).toBeCloseTo(0.6, 12);
    expect(read.columnNames).toEqual(['X_a']);
  });
});
