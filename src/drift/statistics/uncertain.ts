import type { ColumnPair } from './column-pair.js';
import type { Finding } from './statistic.js';

/** From such a share of the values on, those that lost digits may hide a drift that counts. */
const ROUNDED_SHARE = 0.005;

const ROUNDED =
  'whole numbers beyond 2^53 lose their last digits, so different numbers may have become equal';
/** What is said of texts of which nothing could be tested, where there are enough of them. */
export const ONE_FORM: string =
  'all of its values have one form, and nothing else is compared of texts that hardly recur';

/** Why a column without drift is not known to be calm, in words; `undefined` where it is. */
export function doubtOf(
  pair: ColumnPair,
  findings: Iterable<Finding | undefined>,
): string | undefined {
  for (const finding of findings) if (finding?.doubt !== undefined) return finding.doubt;
  const isRounded = [pair.baseline, pair.current].some(({ doubts, present }) =>
    doubts.some(({ about, count }) => about === 'rounded' && count >= ROUNDED_SHARE * present),
  );
  return isRounded ? ROUNDED : undefined;
}
