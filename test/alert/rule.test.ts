import { describe, expect, it } from 'vitest';
import { type AlertRule, checkRules, DEFAULT_RULES, runRules } from '../../src/alert/rule.js';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { profileTable, type Table } from '../../src/profile/profile-table.js';

const context = { experiment: 'e', model: 'm', now: Date.UTC(2026, 0, 1) };
const spread = (count: number, shift: number): number[] =>
  Array.from({ length: count }, (_, index) => index / count + shift);
const fire = (rules: readonly AlertRule[], now: Table) =>
  runRules(
    rules,
    compareProfiles(profileTable({ X_a: spread(500, 0), X_city: Array(500).fill('secret') }), profileTable(now), {
      minRows: 100,
    }),
    context,
  );

const calm = { X_a: spread(400, 0), X_city: Array(400).fill('secret') };
const moved = {
  X_a: spread(400, 0.5),
  X_city: [...Array(200).fill('secret'), ...Array(200).fill('<!channel> hidden')],
};

describe('runRules', () => {
  it('follows the verdict by default, and says what moved without a value of a request', () => {
    expect(fire(DEFAULT_RULES, calm)).toEqual([]);
    const [alert, ...more] = fire(DEFAULT_RULES, moved);
    expect(more).toEqual([]);
    expect(alert).toMatchObject({
      title: 'm: drift in X_a and X_city',
      rule: 'drift',
      columns: ['X_a', 'X_city'],
      at: '2026-01-01T00:00:00.000Z',
    });
    expect(alert!.message).toContain('X_a: median rose from 0.499 to 0.9988');
    expect(JSON.stringify(alert)).not.toMatch(/secret|channel|hidden/);
  });

  it('looks at scores where a rule has bounds, also without drift', () => {
    expect(fire([{ statistic: 'ks', above: 0.4, columns: ['X_a'] }], moved)).toMatchObject([
      { rule: 'rule 1', columns: ['X_a'] },
    ]);
    expect(fire([{ statistic: 'ks', above: 0.9 }], moved)).toEqual([]);
    expect(fire([{ statistic: 'ks', below: 0.1, name: 'too calm' }], calm)).toMatchObject([
      { rule: 'too calm', columns: ['X_a'] },
    ]);
  });

  it('stays silent on too few rows', () => {
    const few = { X_a: spread(20, 5), X_city: Array(20).fill('x') };
    expect(fire([...DEFAULT_RULES, { statistic: 'ks', above: 0.1 }], few)).toEqual([]);
  });

  it('refuses rules that are none', () => {
    expect(() => checkRules({} as never)).toThrow(/rules must be an array/);
    expect(() => checkRules([null as never])).toThrow(/rules\[0\] must be an object, got null/);
    expect(() => checkRules([{ columns: 'X_a' as never }])).toThrow(
      /rules\[0\].columns must be an array of column names/,
    );
  });
});
