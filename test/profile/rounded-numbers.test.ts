import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, describe, expect, it } from 'vitest';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { Profile } from '../../src/profile/profile.js';
import { profileTable } from '../../src/profile/profile-table.js';
import { readTable } from '../../src/readers/read-table.js';
import { fileRoom } from '../readers/files.js';

const room = fileRoom();
afterAll(room.remove);

const FIRST = 2n ** 53n;
const ROWS = 400;
const big = (at: number): bigint => FIRST + BigInt(at % 2);
const cells = <T>(value: (at: number) => T): T[] =>
  Array.from({ length: ROWS }, (_, at) => value(at));

async function fromFile(name: string, content: string | Uint8Array): Promise<Profile> {
  const profile = new Profile();
  for await (const batch of readTable(room.put(name, content)))
    profile.addColumns(batch.columns, 0, batch.rows);
  profile.settle();
  return profile;
}

const doors: Record<string, () => Promise<Profile>> = {
  'cells of bigints': async () => profileTable({ id: cells(big) }),
  'cells of numbers': async () => profileTable({ id: cells((at) => Number(big(at))) }),
  rows: async () => profileTable(cells((at) => ({ id: big(at) }))),
  'typed arrays': async () => profileTable({ id: BigInt64Array.from(cells(big)) } as never),
  CSV: () => fromFile('a.csv', `id\n${cells(big).join('\n')}\n`),
  'JSON lines': () => fromFile('a.jsonl', cells((at) => `{"id":${big(at)}}`).join('\n')),
  Parquet: () =>
    fromFile(
      'a.parquet',
      new Uint8Array(
        parquetWriteBuffer({ columnData: [{ name: 'id', data: cells(big), type: 'INT64' }] }),
      ),
    ),
  'a column of codes': async () => profileTable({ id: cells(big) }, { catcols: ['id'] }),
};

describe('whole numbers beyond 2^53', () => {
  it.each(Object.keys(doors))('are a doubt, and never calm, in %s', async (name) => {
    const profile = await (doors[name] as () => Promise<Profile>)();
    expect(profile.doubts).toEqual([
      {
        column: 'id',
        about: 'rounded',
        count: ROWS,
        example: expect.stringMatching(/^900719925474099\d$/),
      },
    ]);
    const stats = compareProfiles(
      profile,
      profileTable(
        { id: cells(() => FIRST) },
        name === 'a column of codes' ? { catcols: ['id'] } : {},
      ),
    );
    expect(stats.verdict).toBe('none');
    expect(stats.notCompared[0]).toMatchObject({
      outcome: 'uncertain',
      reason: expect.stringContaining('2^53'),
    });
  });

  it('are counted where they are some of a column, and drift where they do', () => {
    const some = profileTable({ id: cells((at) => (at % 4 === 0 ? -big(at) : BigInt(at))) });
    expect(some.doubts[0]).toMatchObject({ about: 'rounded', count: ROWS / 4 });
    expect(compareProfiles(some, profileTable({ id: cells((at) => at) })).drift).toBe(true);
    const one = cells((at) => (at === 0 ? 2 ** 60 : at));
    expect(compareProfiles(profileTable({ id: one }), profileTable({ id: one })).verdict).toBe(
      'no drift',
    );
  });

  it.each<[string, unknown[]]>([
    ['smaller ones', cells((at) => 2 ** 53 - 1 - at)],
    ['floats', cells((at) => 1e17 * (at + 1) + (at === 5 ? 0.5 - 1e17 * 6 : 0))],
    ['floats beyond 64 bits', cells((at) => 1e25 * (at + 1))],
    ['the end of 64 bits', cells((at) => (at % 3 === 0 ? 2 ** 63 : at))],
    ['times in nanoseconds', cells((at) => 1.7e18 + at * 1e12)],
    ['texts of digits', cells((at) => `0${FIRST + BigInt(at)}`)],
  ])('are no others: %s', (_, values) => {
    const { doubts } = profileTable({ id: values } as never);
    expect(doubts.filter(({ about }) => about === 'rounded')).toEqual([]);
  });
});
