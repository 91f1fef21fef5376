import { createHash } from 'node:crypto';
import { Lazy } from '../leaves/async.js';
import type { TrackingStore } from '../tracking/store.js';
import type { ModelSettings } from './model-settings.js';
import type { ResolvedOptions } from './resolved-options.js';

/** A replica that was not seen for so long is gone. */
const SEEN_FOR_MS = 180_000;

/**
 * A short name for the options that have to be alike on all replicas of one experiment: those that say what a window is
 * compared with, when, and by which rules.
 */
export async function sealOf(
  options: ResolvedOptions,
  settingsOf: (model: string) => ModelSettings,
): Promise<string> {
  const {
    experiment,
    features,
    outputs,
    models,
    comparison,
    falseAlarmsPerMs,
    minRows,
    groupby,
    missing,
  } = options;
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify([
      experiment,
      features,
      outputs,
      falseAlarmsPerMs,
      minRows,
      comparison,
      groupby,
      missing,
    ]),
  );
  // A name that no model has stands for all that have nothing of their own.
  for (const model of ['', ...[...models.keys()].sort()]) {
    const { schedule, rules, choice, profiling } = settingsOf(model);
    const { baseline } = await profiling();
    const timing =
      schedule === undefined ? null : [schedule.periodMs, schedule.next(0), schedule.next(1e12)];
    hash.update(JSON.stringify([model, timing, rules ?? null, choice]));
    if (baseline !== undefined) hash.update(baseline.toBytes());
  }
  return hash.digest('base64url').slice(0, 16);
}

/**
 * Sees whether all replicas on a store run with the same options. Two leases do it, whose owner is the options' seal
 * instead of a process: the first is held by all who have the seal that came first, the second by one of those who do not.
 */
export class Replicas {
  readonly #store: TrackingStore;
  readonly #name: string;
  readonly #seal: Lazy<string>;
  #differ = false;

  constructor(store: TrackingStore, experiment: string, seal: () => Promise<string>) {
    this.#store = store;
    this.#name = `options/${experiment}`;
    this.#seal = new Lazy(seal);
  }

  /** Whether another replica was seen, at the last look, whose options are not ours. */
  get differ(): boolean {
    return this.#differ;
  }

  /** Shows our seal and looks for others. To be called about once a minute. */
  async look(): Promise<void> {
    const others = `${this.#name}/others`;
    const seal = await this.#seal.get();
    if (await this.#store.takeLease(this.#name, seal, SEEN_FOR_MS)) {
      // Who has the first seal only looks, and gives the second lease back at once.
      const free = await this.#store.takeLease(others, seal, 1);
      if (free) await this.#store.releaseLease(others, seal);
      this.#differ = !free;
    } else {
      await this.#store.takeLease(others, seal, SEEN_FOR_MS);
      this.#differ = true;
    }
  }
}
