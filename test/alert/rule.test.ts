import { describe, expect, it } from 'vitest';
import {
  type AlertRule,
  checkRules,
  DEFAULT_RULES,
  hitColumns,
  unmatchedRules,
} from '../../src/alert/rule.js';
import { callback } from '../../src/alert/sinks/callback.js';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { profileTable, type Table } from '../../src/profile/profile-table.js';

const context = { experiment: 'e', model: 'm', segment: null, now: Date.UTC(2026, 0, 1) };
const spread = (count: number, shift: number): number[] =>
  Array.from({ length: count }, (_, index) => index / count + shift);
const baseline = profileTable({
  X_a: spread(500, 0),
  Y_p: spread(500, 0),
  X_city: Array(500).fill('secret'),
});
const compared = (now: Table) => compareProfiles(baseline, profileTable(now), { minRows: 100 });
const hits = (rule: AlertRule, now: Table, firing: readonly string[] = []) =>
  hitColumns(rule, compared(now), context, new Set(firing));

const calm = { X_a: spread(400, 0), Y_p: spread(400, 0), X_city: Array(400).fill('secret') };
const moved = {
  X_a: spread(400, 0.5),
  Y_p: spread(400, 0.3),
  X_city: [...Array(200).fill('secret'), ...Array(200).fill('<!channel> hidden')],
};
const few = { X_a: spread(20, 5), Y_p: spread(20, 5), X_city: Array(20).fill('x') };

describe('a rule', () => {
  it('follows the verdict where it names no bound', () => {
    expect(hits(DEFAULT_RULES[0] as AlertRule, calm)).toEqual([]);
    expect(hits(DEFAULT_RULES[0] as AlertRule, moved).sort()).toEqual(['X_a', 'X_city', 'Y_p']);
  });

  it('looks at columns by name, by pattern and by kind', () => {
    expect(hits({ columns: ['X_a', 'nothing'] }, moved)).toEqual(['X_a']);
    expect(hits({ columns: ['X_*'] }, moved).sort()).toEqual(['X_a', 'X_city']);
    expect(hits({ columns: ['?_p'] }, moved)).toEqual(['Y_p']);
    expect(hits({ kind: 'label' }, moved)).toEqual(['Y_p']);
    expect(hits({ kind: 'data' }, moved)).toEqual([]);
  });

  it('looks at scores where it has bounds, also without drift', () => {
    expect(hits({ statistic: 'ks', above: 0.4 }, moved)).toEqual(['X_a']);
    expect(hits({ statistic: 'ks', above: 0.9 }, moved)).toEqual([]);
    expect(hits({ statistic: 'ks', below: 0.1 }, calm).sort()).toEqual(['X_a', 'Y_p']);
    expect(hits({ statistic: 'ks', above: 0.2, below: 0.4 }, moved)).toEqual(['Y_p']);
  });

  it('holds on to a column that fired until it is back by the hysteresis', () => {
    // The distance of Y_p is 0.3.
    const rule = { statistic: 'ks', above: 0.35, hysteresis: 0.1 } as const;
    expect(hits(rule, moved)).toEqual(['X_a']);
    expect(hits(rule, moved, ['Y_p'])).toEqual(['X_a', 'Y_p']);
    expect(hits({ ...rule, hysteresis: 0.01 }, moved, ['Y_p'])).toEqual(['X_a']);
  });

  it('says nothing on too few rows, its own minimum included', () => {
    expect(hits({}, few)).toEqual([]);
    expect(hits({ statistic: 'ks', above: 0.1 }, few)).toEqual([]);
    expect(hits({ minRows: 401 }, moved)).toEqual([]);
    expect(hits({ minRows: 400 }, moved)).not.toEqual([]);
  });

  it('asks a predicate, which names columns or says yes', () => {
    expect(hits({ when: () => false }, moved)).toEqual([]);
    expect(hits({ when: (stats) => stats.drift }, moved)).toHaveLength(3);
    expect(hits({ when: () => ['Y_p', 'nothing'] }, calm)).toEqual(['Y_p']);
    expect(hits({ when: () => true }, calm)).toHaveLength(1);
    expect(hits({ when: (_, { model }) => model === 'other' }, moved)).toEqual([]);
  });
});

describe('checkRules', () => {
  it.each([
    [{}, /rules must be an array/],
    [[null], /rules\[0\] must be an object, got null/],
    [[{}, { colums: [] }], /rules\[1\] has no field "colums", did you mean "columns"\?/],
    [[{ columns: 'X_a' }], /rules\[0\].columns must be an array of column names/],
    [[{ statistic: 'kss' }], /statistic must be one of .*such as "ks"/],
    [[{ event: 'drifts' }], /event must be one of drift, no-data, failing/],
    [[{ severity: 'bad' }], /severity must be one of/],
    [[{ above: 2 }], /above must be between 0 and 1/],
    [[{ hysteresis: 0.1 }], /hysteresis needs above or below/],
    [[{ windows: [3, 2] }], /windows must be \[n, m\]/],
    [[{ minRows: -1 }], /minRows must be a whole number/],
    [[{ cooldown: 'long' }], /cooldown must be a duration/],
    [[{ when: 'now' }], /when must be a function/],
    [[{ notify: [() => 1] }], /notify must be an array of sinks/],
    [[{ event: 'no-data', columns: ['X_a'] }], /columns has no effect for the event "no-data"/],
    [[{ name: 'a' }, { name: 'a' }], /two rules are called "a"/],
  ])('refuses %j', (rules, message) => {
    expect(() => checkRules(rules as never)).toThrow(message);
  });

  it('takes what is right', () => {
    checkRules([
      {
        name: 'wind',
        columns: ['X_*'],
        statistic: 'ks',
        above: 0.2,
        hysteresis: 0.05,
        cooldown: '6h',
      },
      { event: 'no-data', severity: 'critical', notify: [callback(() => 1)] },
      { windows: [2, 3], minRows: 500, when: () => true, kind: 'feature' },
    ]);
  });
});

describe('unmatchedRules', () => {
  it('names the nearest column, once columns are known', () => {
    const rules = [{ name: 'all' }, { columns: ['X_MedIn', 'X_Age'] }, { columns: ['Z_*'] }];
    expect(unmatchedRules(rules, [])).toEqual([]);
    expect(unmatchedRules(rules, ['X_MedInc', 'X_Age'])).toEqual([
      'rule 2 matches no column: "X_MedIn"; did you mean X_MedInc?',
      'rule 3 matches no column: "Z_*"',
    ]);
  });
});
