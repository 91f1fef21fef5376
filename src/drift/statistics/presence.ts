import { chiSquareTest } from '../../stats/chi-square.js';
import { attainedFisherPValue, fisherExactTest } from '../../stats/fisher.js';
import { chanceOfAll } from '../../stats/hypergeometric.js';
import { deflated } from '../calibration/inflation.js';
import type { ColumnPair } from './column-pair.js';
import type { Finding, Statistic } from './statistic.js';

/** Above so many on the smallest margin, chi-square is as good as the exact test and much cheaper. */
const EXACT_UP_TO = 2_000;

/** Beside the tests of what the values are, these have little say: what they look for is rare by itself, and then plain. */
const WEIGHTS = { missing: 0.6, type: 0.3 } as const;

/** So many of the rows. */
export interface Share {
  readonly part: number;
  readonly rows: number;
}

/** p-value of a change in a share: `part` of `rows`, before and now. */
export function shareChange(before: Share, now: Share): number {
  const yes = before.part + now.part;
  const no = before.rows - before.part + now.rows - now.part;
  if (yes === 0 || no === 0) return 1;
  const table: [[number, number], [number, number]] = [
    [before.part, before.rows - before.part],
    [now.part, now.rows - now.part],
  ];
  return Math.min(yes, no, before.rows, now.rows) <= EXACT_UP_TO
    ? fisherExactTest(table).pValue
    : chiSquareTest(table, { method: 'conditional' }).pValue;
}

/** The smallest p-value that these margins allow: all of the rarer kind on the side that is the less likely. */
export function leastPresencePValue(before: Share, now: Share): number {
  const total = before.rows + now.rows;
  const parts = before.part + now.part;
  const rarer = Math.min(parts, total - parts);
  if (rarer === 0) return 1;
  // More than fit on one side go to the other: rarer still, but for very unequal windows.
  return Math.min(
    chanceOfAll(rarer, now.rows, before.rows),
    chanceOfAll(rarer, before.rows, now.rows),
  );
}

/** Of more than so many of the rarer kind there are p-values near every level. */
const FEW = 30;

/** The largest p-value up to a level that these margins allow; `undefined` where there are many. */
function attainedPValue(before: Share, now: Share): ((level: number) => number) | undefined {
  const total = before.rows + now.rows;
  const parts = before.part + now.part;
  if (Math.min(parts, total - parts) > FEW) return undefined;
  return (level) => attainedFisherPValue(level, before.rows, parts, total);
}

function finding(
  statistic: 'missing' | 'type',
  pair: ColumnPair,
  before: Share,
  now: Share,
): Finding {
  const baseline = before.part / before.rows;
  const current = now.part / now.rows;
  const score = Math.abs(current - baseline);
  const { shares, degrees } =
    (statistic === 'missing' ? pair.likeHours?.inflation : undefined) ?? pair.inflation;
  return {
    statistic,
    metric: current - baseline,
    score,
    pValue: deflated(shareChange(before, now), shares, degrees),
    location: null,
    baseline,
    current,
    matters: score >= pair.gates[statistic],
    reach: leastPresencePValue(before, now),
    attains:
      shares === 1 && degrees === Number.POSITIVE_INFINITY
        ? attainedPValue(before, now)
        : undefined,
  };
}

/** Whether the share of rows without a value changed. Fisher's exact test; chi-square where counts are large. */
const missing: Statistic = {
  key: 'missing',
  decides: true,
  weight: WEIGHTS.missing,
  families: ['numeric', 'categorical', 'text', 'embedding'],
  compare(pair) {
    const { rows, baseline, current, likeHours } = pair;
    if (likeHours !== undefined)
      return finding('missing', pair, likeHours.baseline, likeHours.current);
    if (rows.baseline === 0 || rows.current === 0) return undefined;
    const before = { part: rows.baseline - baseline.present, rows: rows.baseline };
    return finding('missing', pair, before, {
      part: rows.current - current.present,
      rows: rows.current,
    });
  },
};

/** Whether values turned up that can't be read as the column's type: text among numbers, numbers among names, infinities. */
const typeChange: Statistic = {
  key: 'type',
  decides: true,
  weight: WEIGHTS.type,
  families: ['numeric', 'categorical', 'text', 'embedding'],
  compare(pair) {
    const { baseline, current } = pair;
    if (baseline.present === 0 || current.present === 0) return undefined;
    const before = { part: baseline.misfits(), rows: baseline.present };
    return finding('type', pair, before, {
      part: current.misfits(baseline.type),
      rows: current.present,
    });
  },
};

/** Statistics of every column: which values are there at all, and of what sort. */
export const PRESENCE_STATISTICS: readonly Statistic[] = [missing, typeChange];
