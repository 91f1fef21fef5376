import { BINNED_STATISTICS } from './binned.js';
import { CATEGORICAL_STATISTICS } from './categorical.js';
import { JOINT_STATISTICS } from './joint.js';
import { NUMERIC_STATISTICS } from './numeric.js';
import { PRESENCE_STATISTICS } from './presence.js';
import type { Statistic } from './statistic.js';

/** Every statistic, in the order in which rows list them. */
export const STATISTICS: readonly Statistic[] = [
  ...NUMERIC_STATISTICS,
  ...CATEGORICAL_STATISTICS,
  ...BINNED_STATISTICS,
  ...PRESENCE_STATISTICS,
  ...JOINT_STATISTICS,
];

/** The statistics whose p-values make the verdict. */
export const DECIDING: ReadonlySet<string> = new Set(
  STATISTICS.filter((statistic) => statistic.decides).map((statistic) => statistic.key),
);
