import { describe, expect, it } from 'vitest';
import { type AlertMemory, judge, NO_MEMORY, QUIET_WINDOWS } from '../../src/alert/incident.js';
import type { AlertRule } from '../../src/alert/rule.js';
import { DriftStats } from '../../src/drift/drift-stats.js';

const HOUR = 3_600_000;

/** A comparison in which these columns drifted, by score, out of five. */
function statsOf(scores: Readonly<Record<string, number>>, rows = 1_000): DriftStats {
  const row = (column: string) => ({
    column,
    kind: 'feature' as const,
    type: 'numeric' as const,
    statistic: 'mean' as const,
    metric: scores[column] ?? 0,
    score: scores[column] ?? 0,
    pValue: 0,
    drift: (scores[column] ?? 0) > 0.1,
    outcome: 'compared' as const,
    location: null,
    baselineSeq: 0,
    currentSeq: 1,
    baselineEnd: null,
    currentEnd: null,
    baseline: null,
    current: null,
  });
  return DriftStats.fromJSON({
    drift: false,
    drifted: [],
    outcome: rows < 100 ? 'too-few' : 'compared',
    rows: ['a', 'b', 'c', 'd', 'e'].map(row),
    settings: { falseAlarmRate: 0.05, minRows: 100 },
    counts: { baseline: 1_000, current: rows },
    windows: {
      baseline: { seq: 0, from: null, to: null },
      current: { seq: 1, from: null, to: null },
    },
  } as never);
}

/** Runs windows an hour apart through the rules, and gives what was said of each. */
function watch(
  rules: readonly AlertRule[],
  windows: readonly (Readonly<Record<string, number>> | 'few')[],
) {
  let memory: AlertMemory = NO_MEMORY;
  return windows.map((scores, hour) => {
    const judged = judge(
      rules,
      {
        event: 'drift',
        stats: scores === 'few' ? statsOf({ a: 1 }, 10) : statsOf(scores),
        context: { experiment: 'e', model: 'm', segment: null, now: (hour + 1) * HOUR },
        id: `m/${hour}`,
        seq: hour,
        since: hour * HOUR,
      },
      memory,
    );
    // What is remembered must survive the store, which keeps JSON.
    memory = JSON.parse(JSON.stringify(judged.memory));
    const [turn, ...more] = judged.turns;
    expect(more).toEqual([]);
    return turn === undefined ? '' : `${turn.transition} ${turn.incident.columns.join('')}`;
  });
}

const calm = {};
const quiet = Array(QUIET_WINDOWS).fill(calm);

describe('an incident', () => {
  it('is opened once, told of new columns once, and resolved after quiet windows', () => {
    const told = watch(
      [{}],
      [calm, { a: 0.5, b: 0.3 }, { a: 0.5 }, { c: 0.9, a: 0.2 }, { b: 0.5 }, ...quiet, calm],
    );
    expect(told).toEqual(['', 'opened ab', '', 'updated cab', '', '', '', 'resolved bca', '']);
  });

  it('neither opens nor ends by a rule that can not answer, and the other rules stand', () => {
    let answer: () => unknown = () => true;
    const asks: AlertRule = { name: 'own', when: () => answer() as boolean };
    const windows = (rules: AlertRule[], ...answers: (() => unknown)[]) => {
      let memory: AlertMemory = NO_MEMORY;
      return answers.map((next, hour) => {
        answer = next;
        const context = { experiment: 'e', model: 'm', segment: null, now: hour * HOUR };
        const stats = statsOf({ a: 0.5 });
        const judged = judge(
          rules,
          { event: 'drift', stats, context, id: `m/${hour}`, seq: hour, since: 0 },
          memory,
        );
        memory = judged.memory;
        return [judged.turns.map(({ transition }) => transition).join(), ...judged.failures];
      });
    };
    const fail = (): never => {
      throw new Error('theirs');
    };
    const failed = 'own failed: theirs';
    expect(
      windows(
        [asks],
        () => true,
        fail,
        fail,
        fail,
        fail,
        () => true,
      ),
    ).toEqual([['opened'], ['', failed], ['', failed], ['', failed], ['', failed], ['']]);
    expect(windows([asks, { name: 'verdict' }], fail)).toEqual([['opened', failed]]);
    for (const wrong of [
      () => Promise.reject(new Error('x')),
      () => 1,
      () => 'X_a',
      () => [1],
      () => undefined,
    ]) {
      expect(windows([asks], wrong)[0]?.[1]).toMatch(/^own failed: when must answer/);
    }
  });

  it('outlives windows in which it is not seen, if they are few', () => {
    const told = watch([{}], [{ a: 0.5 }, calm, calm, { a: 0.5 }, calm, calm, calm, { a: 0.5 }]);
    expect(told).toEqual(['opened a', '', '', '', '', '', 'resolved a', 'opened a']);
  });

  it('is not touched by a window that has too few rows', () => {
    const told = watch([{}], ['few', { a: 0.5 }, calm, 'few', calm, 'few', calm]);
    expect(told).toEqual(['', 'opened a', '', '', '', '', 'resolved a']);
  });

  it('opens only when n of the last m windows hit', () => {
    const rule = { windows: [2, 3] } as const;
    expect(watch([rule], [{ a: 0.5 }, calm, { a: 0.5 }, calm])).toEqual(['', '', 'opened a', '']);
    expect(watch([rule], [{ a: 0.5 }, calm, calm, { a: 0.5 }])).toEqual(['', '', '', '']);
  });

  it('is one for all rules: the columns and the severity of all', () => {
    const rules: AlertRule[] = [
      { name: 'one', columns: ['a'] },
      { name: 'two', columns: ['b'], severity: 'critical' },
    ];
    expect(watch(rules, [{ a: 0.5, b: 0.5 }])).toEqual(['opened ab']);
    // Worse is news, even where the columns are known.
    expect(watch(rules, [{ a: 0.5 }, { a: 0.5, b: 0.2 }, { a: 0.5, b: 0.2 }])).toEqual([
      'opened a',
      'updated ab',
      '',
    ]);
  });

  it('is not opened again by a rule that is cooling down', () => {
    const windows = [{ a: 0.5 }, ...quiet, { a: 0.5 }, calm, { a: 0.5 }];
    expect(watch([{ cooldown: '6h' }], windows)).toEqual([
      'opened a',
      '',
      '',
      'resolved a',
      '',
      '',
      'opened a',
    ]);
    expect(watch([{ cooldown: '5h' }], windows).filter((turn) => turn === 'opened a')).toHaveLength(
      2,
    );
  });

  it('holds on while a score is within the hysteresis', () => {
    const rule = { above: 0.4, hysteresis: 0.2 };
    const told = watch(
      [rule],
      [{ a: 0.3 }, { a: 0.5 }, { a: 0.3 }, { a: 0.3 }, { a: 0.3 }, { a: 0.3 }],
    );
    expect(told).toEqual(['', 'opened a', '', '', '', '']);
    expect(watch([{ above: 0.4 }], [{ a: 0.5 }, { a: 0.3 }, { a: 0.3 }, { a: 0.3 }]).at(-1)).toBe(
      'resolved a',
    );
  });

  it('tells an acknowledged one only of worse, and a snoozed one of nothing, until it is over', () => {
    const rules: AlertRule[] = [{ columns: ['a', 'b'] }, { columns: ['c'], severity: 'critical' }];
    const observe = (memory: AlertMemory, scores: Record<string, number>, hour: number) =>
      judge(
        rules,
        {
          event: 'drift',
          stats: statsOf(scores),
          context: { experiment: 'e', model: 'm', segment: null, now: hour * HOUR },
          id: String(hour),
          seq: hour,
          since: hour * HOUR,
        },
        memory,
      );
    const opened = observe(NO_MEMORY, { a: 0.5 }, 1).memory;
    const withIncident = (more: object): AlertMemory => ({
      ...opened,
      incidents: opened.incidents.map((incident) => ({ ...incident, ...more })),
    });
    const turns = (memory: AlertMemory, scores: Record<string, number>, hour = 2) =>
      observe(memory, scores, hour).turns.map((turn) => turn.transition);
    expect(turns(withIncident({}), { a: 0.5, b: 0.5 })).toEqual(['updated']);
    expect(turns(withIncident({ acknowledgedAt: 1 }), { a: 0.5, b: 0.5 })).toEqual([]);
    expect(turns(withIncident({ acknowledgedAt: 1 }), { a: 0.5, c: 0.5 })).toEqual(['updated']);
    expect(turns(withIncident({ snoozedUntil: 3 * HOUR }), { a: 0.5, c: 0.5 })).toEqual([]);
    expect(turns(withIncident({ snoozedUntil: 3 * HOUR }), { a: 0.5, c: 0.5 }, 3)).toEqual([
      'updated',
    ]);
    expect(turns(withIncident({ snoozedUntil: 9 * HOUR, quiet: QUIET_WINDOWS - 1 }), {})).toEqual([
      'resolved',
    ]);
  });

  it('of a segment is its own', () => {
    const observe = (memory: AlertMemory, segment: string | null) =>
      judge(
        [{ cooldown: '1d' }],
        {
          event: 'drift',
          stats: statsOf({ a: 0.5 }),
          context: { experiment: 'e', model: 'm', segment, now: HOUR },
          id: `m/1/${segment}`,
          seq: 1,
          since: 0,
        },
        memory,
      );
    const first = observe(NO_MEMORY, null);
    const second = observe(first.memory, 'region=north');
    const third = observe(second.memory, 'region=__proto__');
    expect([first, second, third].map(({ turns }) => turns[0]?.transition)).toEqual([
      'opened',
      'opened',
      'opened',
    ]);
    expect(third.memory.incidents.map(({ segment }) => segment)).toEqual([
      null,
      'region=north',
      'region=__proto__',
    ]);
  });

  it('of silence opens while there is silence', () => {
    const rules: AlertRule[] = [
      { name: 'drift' },
      { name: 'silent', event: 'no-data', severity: 'critical' },
    ];
    let memory = NO_MEMORY;
    const observe = (holds: boolean, hour: number) => {
      const context = { experiment: 'e', model: 'm', segment: null, now: hour * HOUR };
      const judged = judge(
        rules,
        { event: 'no-data', holds, context, id: `${hour}`, seq: null, since: 0 },
        memory,
      );
      memory = judged.memory;
      return judged.turns.map(
        ({ transition, incident }) => `${transition} ${incident.rules.join()} ${incident.severity}`,
      );
    };
    expect([false, true, true, false, false].map(observe)).toEqual([
      [],
      ['opened silent critical'],
      [],
      ['resolved silent critical'],
      [],
    ]);
  });
});
