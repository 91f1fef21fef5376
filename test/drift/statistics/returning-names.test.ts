import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../../src/drift/compare-profiles.js';
import type { DriftStats } from '../../../src/drift/drift-stats.js';
import { describeVerdict } from '../../../src/drift/show/describe-drift.js';
import { type Random, seededRandom } from '../../../src/leaves/random.js';
import { profileTable } from '../../../src/profile/profile-table.js';
import { renderHtml } from '../../../src/report/html.js';
import { comparisonJson } from '../../../src/report/json.js';
import { renderMarkdown } from '../../../src/report/markdown.js';

const times = <T>(count: number, value: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => value(at));
const compare = (before: unknown[], now: unknown[]): DriftStats =>
  compareProfiles(profileTable({ c: before } as never), profileTable({ c: now } as never));
const code = (random: Random, codes: number, first = 0): string =>
  `A${100_000 + first + Math.floor(random() * codes)}`;
const isDoubted = (stats: DriftStats): boolean =>
  stats.notCompared.some(({ reason }) => /recur within/.test(reason));

/** A visitor brings a few rows and never returns. */
function visits(rows: number, random: Random): string[] {
  const list: string[] = [];
  while (list.length < rows) {
    const visitor = `v${Math.floor(random() * 1e9)}`;
    do list.push(visitor);
    while (random() < 0.4);
  }
  return list.slice(0, rows);
}

describe('codes that hardly repeat', () => {
  it.each([
    [1500, 2000, 2000, 1],
    [1500, 2000, 2000, 0.5],
    [900, 1200, 300, 1],
    [300, 400, 400, 1],
    [5000, 6000, 1000, 1],
    [5000, 6000, 6000, 0.5],
  ])('are never calm where others came: %i codes, %i rows and %i', (codes, before, now, share) => {
    const random = seededRandom(codes + now);
    const stats = compare(
      times(before, () => code(random, codes)),
      times(now, () => code(random, codes, random() < share ? 50_000 : 0)),
    );
    expect(stats.baseline('c').type).toBe('text');
    expect(stats.drift || isDoubted(stats)).toBe(true);
    expect(stats.verdict).not.toBe('no drift');
  });

  it('drift where the baseline shows that rows came one by one, and hold the level there', () => {
    let found = 0;
    let alarms = 0;
    let doubts = 0;
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = seededRandom(seed);
      const before = times(1500, () => code(random, 900));
      const now = times(700, () => code(random, 900));
      if (
        compare(
          before,
          times(700, () => code(random, 900, random() < 0.5 ? 50_000 : 0)),
        ).drift
      )
        found += 1;
      const calm = compare(before, now);
      if (calm.drift) alarms += 1;
      if (isDoubted(calm)) doubts += 1;
    }
    expect(found).toBeGreaterThan(40);
    // Of 60 three are expected at .05, and at most one doubt; the upper ends of the binomial intervals at 99.9 %.
    expect(alarms).toBeLessThanOrEqual(9);
    expect(doubts).toBeLessThanOrEqual(4);
  });

  it('are in doubt, and no drift, where visitors bring a few rows each and never return', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = seededRandom(seed);
      const stats = compare(visits(1200, random), visits(1200, random));
      expect([stats.drift, isDoubted(stats)]).toEqual([false, true]);
    }
  });

  it('are told in doubt wherever the verdict is told', () => {
    const random = seededRandom(3);
    const stats = compare(
      times(2000, () => code(random, 1500)),
      times(2000, () => code(random, 1500, 50_000)),
    );
    const reason = /recur within each side but hardly across the two/;
    expect(stats.verdict).toBe('none');
    expect(stats.notCompared).toEqual([
      { column: 'c', outcome: 'uncertain', reason: expect.stringMatching(reason) },
    ]);
    expect(stats.describe()[0]).toMatchObject({
      outcome: 'uncertain',
      note: expect.stringMatching(reason),
    });
    expect(describeVerdict(stats)).toMatch(reason);
    expect(String(stats)).toMatch(reason);
    expect(JSON.stringify(comparisonJson(stats))).toMatch(reason);
    expect(renderMarkdown({ title: 't', stats })).toMatch(reason);
    expect(renderHtml({ experiment: 'e', model: 'm', stats, at: 0 })).toMatch(reason);
    expect(stats.toJSON().notCompared).toEqual(stats.notCompared);
  });
});

describe('texts of which nothing is known', () => {
  const hex = (random: Random): string =>
    times(4, () => Math.floor(random() * 2 ** 32).toString(16)).join('-');
  const words = ['please', 'send', 'the', 'order', 'to', 'my', 'new', 'address', 'today', 'thanks'];
  const phrase = (random: Random): string =>
    times(4 + Math.floor(5 * random()), () => words[Math.floor(random() * 10)]).join(' ');
  it.each<[string, (random: Random, row: number) => string]>([
    ['identifiers', hex],
    ['free text', phrase],
    [
      'free text with greetings',
      (random) => (random() < 0.2 ? 'hello' : phrase(random) + random().toString(36)),
    ],
    ['names that never repeat', (random) => `${random().toString(36)} ${random().toString(36)}`],
    ['running numbers', (_, row) => `order ${row} of today`],
  ])('neither drift nor are in doubt: %s', (_, text) => {
    let alarms = 0;
    let doubts = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = seededRandom(seed);
      const side = (rows: number, from: number): string[] =>
        times(rows, (row) => text(random, from + row));
      const stats = compare(side(1500, 1000), side(600, 4000));
      if (stats.drift) alarms += 1;
      if (isDoubted(stats)) doubts += 1;
    }
    expect(alarms).toBeLessThanOrEqual(4);
    expect(doubts).toBeLessThanOrEqual(1);
  });
});
