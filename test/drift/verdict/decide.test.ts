import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/drift/statistics/statistic.js';
import { decide, type JudgedColumn } from '../../../src/drift/verdict/decide.js';

const finding = (pValue: number | null, reach = 0): Finding => ({
  statistic: 'ks',
  metric: 0.5,
  score: 0.5,
  pValue,
  location: null,
  baseline: null,
  current: null,
  matters: true,
  reach,
});
const column = (...tests: [finding: Finding, weight?: number][]): JudgedColumn => ({
  tests: tests.map(([one, weight = 1]) => ({ finding: one, weight })),
  joint: undefined,
});
const verdictOf = (...columns: JudgedColumn[]) => decide(columns, 0, 0.05);

describe('decide', () => {
  it('takes nothing from a test for the company of one that could not reach its part of the level', () => {
    expect(verdictOf(column([finding(0.04)], [finding(1, 0.03)])).drift).toBe(true);
    // Half of the level is within reach: it is that test's, and missing from the other's.
    expect(verdictOf(column([finding(0.04)], [finding(1, 0.02)])).drift).toBe(false);
    expect(verdictOf(column([finding(0.04)], [finding(1, 0.02), 0.1])).drift).toBe(true);
  });

  it('gives what the farthest off leaves to the others before it looks at these', () => {
    // With three, each has a third of .05 and .02 is out of reach; without the last, half of it, and .02 is within.
    const tests = [[finding(0.5)], [finding(0.02, 0.02)], [finding(0.5, 0.9)]] as [Finding][];
    expect(verdictOf(column(...tests)).drift).toBe(true);
  });

  it('leaves to the others what one of few p-values can not use of its part of the level', () => {
    const lumpy = (pValue: number): Finding => ({
      ...finding(pValue),
      attains: (level) => (level >= 0.004 ? 0.004 : 0),
    });
    // Half of the level is .025; of that it can use .004, and .046 is left.
    expect(verdictOf(column([finding(0.045)], [lumpy(1)])).drift).toBe(true);
    expect(verdictOf(column([finding(0.047)], [lumpy(1)])).drift).toBe(false);
    expect(verdictOf(column([finding(0.9)], [lumpy(0.004)])).drift).toBe(true);
    // Others like it have nobody to leave it to.
    expect(verdictOf(column([lumpy(0.004)], [lumpy(1)])).drift).toBe(true);
  });

  it('says nothing where no test could reach the level, and leaves that to the other columns', () => {
    const mute = column([finding(0.2, 0.2)]);
    expect(verdictOf(mute).drift).toBe(false);
    expect(verdictOf(mute, mute, column([finding(0.04)])).drift).toBe(true);
    expect(verdictOf(column([finding(0.9)]), column([finding(0.04)])).drift).toBe(false);
  });
});
