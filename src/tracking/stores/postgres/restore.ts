import { type CheckedRestored, headAfter } from '../check-restored.js';
import { addBytes, holdExperiment, insertParts, writePlaced } from './append.js';
import { writeCut, writeDelivery, writeMonitor } from './commit.js';
import type { PgDriver } from './driver.js';

/** Writes a piece of another store's log. Inside a transaction. */
export async function writeRestored(
  driver: PgDriver,
  name: string,
  restored: CheckedRestored,
): Promise<void> {
  const { entries, folded, folds, cuts, monitors, deliveries } = restored;
  const experiment = await holdExperiment(driver, name);
  const head = headAfter(name, experiment, restored);
  await writePlaced(driver, experiment, entries, { head, folded });
  await insertParts(driver, experiment.id, folds);
  await addBytes(
    driver,
    experiment.id,
    folds.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
  );
  for (const cut of cuts) await writeCut(driver, experiment.id, cut);
  for (const monitor of monitors) await writeMonitor(driver, experiment.id, monitor);
  for (const [place, delivery] of deliveries.entries()) {
    await writeDelivery(driver, experiment.id, delivery, { pos: head.run, place });
  }
}
