import { describe, expect, it } from 'vitest';
import { ColumnRules } from '../../src/record/column-rules.js';
import { json } from '../../src/wire/codecs/json.js';
import { oip } from '../../src/wire/codecs/oip.js';
import type { DecodedTable } from '../../src/wire/decoded-table.js';

const limits = { columns: 100, cells: 10_000 };
const rulesOf = (given: Partial<ConstructorParameters<typeof ColumnRules>[0]>): ColumnRules =>
  new ColumnRules({
    redact: new Map(),
    include: new Set(),
    exclude: new Set(),
    segments: new Set(),
    segmentValues: 5,
    ...given,
  });
const kept = (
  rules: ColumnRules,
  table: DecodedTable | undefined,
  features: readonly string[] = [],
) => {
  const { names, rows } = rules.apply(table as DecodedTable, 'X_', features);
  return { names, rows };
};

describe('what is said of a name', () => {
  const tensor = { name: 'email', shape: [1, 2], datatype: 'BYTES', data: ['a@b', 'c@d'] };
  const bodies: readonly [string, () => DecodedTable | undefined][] = [
    ['a lone tensor', () => oip.inputs({ inputs: [tensor] }, limits)],
    ['a lone list', () => json.inputs({ email: ['a@b', 'c@d'] }, limits)],
    ['a lone list of rows', () => json.inputs({ email: [['a@b', 'c@d']] }, limits)],
  ];

  it.each(bodies)('holds for the columns by position that lie under it: %s', (_name, table) => {
    expect(kept(rulesOf({ redact: new Map([['X_email', 'drop']]) }), table())).toEqual({
      names: [],
      rows: [[]],
    });
    expect(kept(rulesOf({ exclude: new Set(['X_email']) }), table(), ['to', 'cc'])).toEqual({
      names: [],
      rows: [[]],
    });
    expect(kept(rulesOf({ include: new Set(['X_email']) }), table())).toEqual({
      names: ['0', '1'],
      rows: [['a@b', 'c@d']],
    });
    expect(kept(rulesOf({ redact: new Map([['X_email', () => 'gone']]) }), table()).rows).toEqual([
      ['gone', 'gone'],
    ]);
  });

  it('does not hold for others', () => {
    const table = json.inputs({ data: [['a@b', 1]] }, limits);
    expect(kept(rulesOf({ redact: new Map([['X_email', 'drop']]) }), table)).toMatchObject({
      rows: [['a@b', 1]],
    });
  });
});

describe('a spelling of a name', () => {
  it.each([
    ['X_İd', 'İd'],
    ['İd', 'i̇d'],
    ['straße', 'STRASSE'],
    ['caf\u00e9', 'cafe\u0301'],
    ['email', 'em\u200bail'],
    ['email', 'ｅｍａｉｌ'],
    ['email', ' email '],
    ['user.email', 'user. Email'],
    ['email', 'X_email'],
    ['\ud800x', '\ufffdx'],
    ['*mail', 'E-MAIL\u00ad'],
  ])('keeps nothing that shall go: %s for %s', (name, column) => {
    const rules = rulesOf({ redact: new Map([[name, 'drop']]) });
    expect(kept(rules, json.inputs({ a: 1, [column]: 'secret' }, limits)).names).toEqual(['a']);
    expect(rules.unmatchedAfter(0)).toEqual([]);
  });

  it('is the name itself where columns are to be told apart', () => {
    const rules = rulesOf({ redact: new Map([['email', 'drop']]) });
    expect(kept(rules, json.inputs({ a: 1, emails: 2 }, limits)).names).toEqual(['a', 'emails']);
  });
});
