import type { DriftStats } from '../drift/drift-stats.js';
import { DOUBT_WORDS } from '../profile/column-doubts.js';
import type { RuleInput } from './alerting/alert-desk.js';

/** Columns that can't be read are reported one by one, up to so many. */
const DOUBTS_TOLD = 5;

/** Columns that can't be read with certainty, without any of their values. */
export function doubtfulColumns(stats: DriftStats): string[] {
  const doubts = stats.columns.flatMap((column) => stats.current(column).profile.doubts);
  const told = doubts.filter(({ about }) => about !== 'not-numbers').slice(0, DOUBTS_TOLD);
  return told.map(({ column, about, count }) => `${column}: ${count} values ${DOUBT_WORDS[about]}`);
}

/** Statistics that failed, with the first reason of each. */
export function failedStatistics(stats: DriftStats): string[] {
  const failed = new Map<string, string>();
  for (const { statistic, column, error } of stats.failed) {
    if (failed.has(statistic)) continue;
    failed.set(
      statistic,
      `the statistic ${JSON.stringify(statistic)} failed on ${JSON.stringify(column)}: ${error}`,
    );
  }
  return [...failed.values()];
}

type CommonInput = Pick<RuleInput, 'seq' | 'version' | 'since' | 'now'>;

/** What a verdict means to rules: for the whole, and where that is quiet, for each segment. */
export function ruleInputsOf(
  stats: DriftStats,
  common: CommonInput,
  uncalibrated: boolean,
): RuleInput[] {
  const input = { ...common, uncalibrated, modelVersion: stats.windows.current.version ?? null };
  const isQuiet = stats.drifted.length === 0;
  const segments = [...stats.segments].map(
    ([segment, own]): RuleInput => ({ ...input, event: 'drift', stats: own, segment }),
  );
  return [
    { ...input, event: 'drift', stats },
    // What moves everywhere is one thing, and was told.
    ...(isQuiet ? segments : []),
    // Where there is a verdict there is data, and the monitor works.
    ...(['no-data', 'failing'] as const).map(
      (event): RuleInput => ({ ...common, event, holds: false }),
    ),
  ];
}
