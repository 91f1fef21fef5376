import { type CheckedRestored, headAfter } from '../check-restored.js';
import { holdExperiment, insertParts, writePlaced } from './append.js';
import { writeCut, writeDelivery, writeMonitor } from './commit.js';
import type { SqliteDriver } from './driver.js';

/** Writes a piece of another store's log. Inside a transaction. */
export async function writeRestored(
  driver: SqliteDriver,
  name: string,
  restored: CheckedRestored,
): Promise<void> {
  const { entries, folded, folds, cuts, monitors, deliveries } = restored;
  const experiment = await holdExperiment(driver, name);
  await writePlaced(driver, experiment, entries, {
    head: headAfter(name, experiment, restored),
    folded,
  });
  await insertParts(driver, experiment.id, folds);
  for (const cut of cuts) await writeCut(driver, experiment.id, cut);
  for (const monitor of monitors) await writeMonitor(driver, experiment.id, monitor);
  for (const delivery of deliveries) await writeDelivery(driver, experiment.id, delivery);
}
