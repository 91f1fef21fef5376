import { adjustPValues } from '../stats/adjust.js';
import { DECIDING } from './registry.js';
import type { Finding } from './statistic.js';

/** The verdict on one column. */
export interface ColumnVerdict {
  readonly drift: boolean;
  /** The column's p-value, corrected for its own tests and for all columns; 1 where nothing could be tested. */
  readonly pValue: number;
  /** The finding that weighs most: the one that decided, else the one with the smallest p-value. */
  readonly decisive: Finding | undefined;
}

/**
 * Judges all columns of a table together, so that the chance of one or more false verdicts in the whole table is at most
 * `alpha`: Bonferroni over the deciding tests of a column, Holm over the columns. A column drifts only on a finding that also
 * passes its effect gate.
 *
 * Source: Holm, "A simple sequentially rejective multiple test procedure" (1979).
 */
export function decide(columns: readonly (readonly Finding[])[], alpha: number): ColumnVerdict[] {
  const judged = columns.map((findings) => {
    const tests = findings.filter((finding) => DECIDING.has(finding.statistic));
    const byWeight = tests.toSorted((a, b) => Number(b.matters) - Number(a.matters) || pOf(a) - pOf(b));
    const smallest = tests.toSorted((a, b) => pOf(a) - pOf(b))[0];
    const gated = byWeight[0]?.matters ? byWeight[0] : undefined;
    return {
      decisive: gated ?? smallest,
      gatedP: Math.min(1, (gated === undefined ? 1 : pOf(gated)) * Math.max(1, tests.length)),
      ungatedP: Math.min(1, (smallest === undefined ? 1 : pOf(smallest)) * Math.max(1, tests.length)),
    };
  });
  if (judged.length === 0) return [];
  const gated = adjustPValues(
    judged.map((column) => column.gatedP),
    'holm',
  );
  const ungated = adjustPValues(
    judged.map((column) => column.ungatedP),
    'holm',
  );
  return judged.map(({ decisive }, index) => {
    const drift = (gated[index] as number) <= alpha;
    return { drift, pValue: (drift ? gated : ungated)[index] as number, decisive };
  });
}

const pOf = (finding: Finding): number => finding.pValue ?? 1;
