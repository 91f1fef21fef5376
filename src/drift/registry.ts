import { categoricalJensenShannon, categoricalPsi, chiSquare, unseen } from './categorical.js';
import { kolmogorovSmirnov, numericJensenShannon, numericPsi, wasserstein } from './numeric.js';
import { missing, typeChange } from './presence.js';
import type { Statistic } from './statistic.js';

/** Every statistic, in the order in which rows list them. */
export const STATISTICS: readonly Statistic[] = [
  kolmogorovSmirnov,
  wasserstein,
  chiSquare,
  numericJensenShannon,
  categoricalJensenShannon,
  numericPsi,
  categoricalPsi,
  unseen,
  missing,
  typeChange,
];
