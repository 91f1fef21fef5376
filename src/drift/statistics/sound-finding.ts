import { defined } from '../../leaves/defined.js';
import { shown } from '../../leaves/errors.js';
import type { ColumnPair } from './column-pair.js';
import type { Finding, Statistic } from './statistic.js';

/** A reason is cut after this many characters. */
const LONGEST_REASON = 200;
/** A share beyond 0 or 1 by no more than this is one up to rounding. */
const ROUNDING = 1e-9;

/**
 * A statistic whose findings are always sound: finite numbers, scores and p-values in 0…1. Whatever goes wrong in it is its own
 * failure, a finding that gives the reason in words (`error`) and takes no part in the verdict. The rest of the comparison stands.
 */
export function guarded(statistic: Statistic): Statistic {
  const { key, families, decides, weight } = statistic;
  return {
    key,
    families,
    decides,
    ...defined({ weight }),
    compare(pair: ColumnPair): Finding | undefined {
      try {
        const finding = statistic.compare(pair);
        if (finding instanceof Promise) {
          finding.catch(() => undefined);
          return failed(key, 'it returned a promise, and must answer at once');
        }
        return finding === undefined ? undefined : checked(key, finding);
      } catch (error) {
        return failed(key, error instanceof Error ? error.message : shown(error));
      }
    },
  };
}

function checked(key: string, finding: Finding): Finding {
  const { metric, score, pValue, reach = 0, location = null, matters = false } = finding ?? {};
  const { baseline = null, current = null } = finding ?? {};
  if (typeof metric !== 'number' || !Number.isFinite(metric))
    return failed(key, `metric is ${shown(metric)}`);
  if (!isShare(score)) return failed(key, `score must be in 0…1, got ${shown(score)}`);
  if (pValue !== null && !isShare(pValue))
    return failed(key, `pValue must be in 0…1 or null, got ${shown(pValue)}`);
  if (Number.isNaN(reach)) return failed(key, 'reach is NaN');
  return {
    ...finding,
    statistic: key,
    score: within(score),
    pValue: pValue === null ? null : within(pValue),
    location,
    matters,
    baseline: numberOf(baseline),
    current: numberOf(current),
  };
}

const isShare = (value: unknown): boolean =>
  typeof value === 'number' && value >= -ROUNDING && value <= 1 + ROUNDING;

const within = (share: number): number => Math.min(1, Math.max(0, share));

/** What a side is summarised by is there to be read: where it is no number, it is not known. */
const numberOf = (value: number | null): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

function failed(statistic: string, reason: string): Finding {
  return {
    statistic,
    metric: 0,
    score: 0,
    pValue: null,
    location: null,
    baseline: null,
    current: null,
    matters: false,
    error: reason.slice(0, LONGEST_REASON),
  };
}
