import { shown } from '../errors.js';
import type { ColumnPair } from './column-pair.js';
import type { Finding, Statistic } from './statistic.js';

/** A reason is told in so many characters. */
const LONGEST_REASON = 200;

/**
 * A statistic of a user's so that whatever goes wrong in it is its own failure: a finding that says why in words, which has no say.
 * The rest of the comparison stands.
 */
export function guarded(statistic: Statistic): Statistic {
  const { key, families, decides, weight } = statistic;
  return {
    ...{ key, families, decides },
    ...(weight !== undefined && { weight }),
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
  const { metric, score, pValue, location = null, baseline = null, target = null, matters = false } = finding ?? {};
  const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;
  if (typeof metric !== 'number' || !Number.isFinite(metric)) return failed(key, `metric is ${shown(metric)}`);
  if (!isShare(score)) return failed(key, `score must be in 0…1, got ${shown(score)}`);
  if (pValue !== null && !isShare(pValue)) return failed(key, `pValue must be in 0…1 or null, got ${shown(pValue)}`);
  return { ...finding, statistic: key, location, baseline, target, matters };
}

function failed(statistic: string, reason: string): Finding {
  return {
    ...{ statistic, metric: 0, score: 0, pValue: null, location: null, baseline: null, target: null },
    ...{ matters: false, error: reason.slice(0, LONGEST_REASON) },
  };
}
