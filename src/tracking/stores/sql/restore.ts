import { type CheckedRestored, headAfter } from '../check-restored.js';
import { insertParts, writePlaced } from './append.js';
import { writeCut, writeDeliveries, writeMonitor } from './commit.js';
import type { SqlDriver } from './dialect.js';
import { countBytes, holdExperiment } from './experiment.js';

/** Writes a piece of another store's log. Inside a transaction. */
export async function writeRestored(
  driver: SqlDriver,
  name: string,
  restored: CheckedRestored,
): Promise<void> {
  const { entries, folded, folds, cuts, monitors, deliveries } = restored;
  const experiment = await holdExperiment(driver, name);
  const head = headAfter(name, experiment, restored);
  await writePlaced(driver, experiment, entries, { head, folded });
  await insertParts(driver, experiment.id, folds);
  const size = folds.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  await countBytes(driver, experiment.id, size);
  for (const cut of cuts) await writeCut(driver, experiment.id, cut);
  for (const monitor of monitors) await writeMonitor(driver, experiment.id, monitor);
  await writeDeliveries(driver, experiment.id, deliveries, head.run);
}
