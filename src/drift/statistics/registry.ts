import { BINNED_STATISTICS } from './binned.js';
import { CATEGORICAL_STATISTICS } from './categorical.js';
import { DERIVED_STATISTICS } from './derived.js';
import { DIRECTION_STATISTICS } from './direction-statistic.js';
import { JOINT_STATISTICS } from './joint-statistic.js';
import { NUMERIC_STATISTICS } from './numeric.js';
import { PRESENCE_STATISTICS } from './presence.js';
import { REPEATED_STATISTICS } from './repeated-statistic.js';
import { RESIDUAL_STATISTICS } from './residual-statistic.js';
import { RETURNING_STATISTICS } from './returning-names.js';
import type { Statistic } from './statistic.js';

/** Every statistic, in the order in which rows list them. */
export const STATISTICS: readonly Statistic[] = [
  ...NUMERIC_STATISTICS,
  ...REPEATED_STATISTICS,
  ...CATEGORICAL_STATISTICS,
  ...RESIDUAL_STATISTICS,
  ...RETURNING_STATISTICS,
  ...DERIVED_STATISTICS,
  ...DIRECTION_STATISTICS,
  ...BINNED_STATISTICS,
  ...PRESENCE_STATISTICS,
  ...JOINT_STATISTICS,
];
