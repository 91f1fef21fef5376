import { defined } from '../../../leaves/defined.js';
import type { Prediction, PredictionFilter } from '../../prediction.js';
import type { PlacedEntry } from '../assign-positions.js';

interface StoredPrediction {
  readonly key: string;
  readonly id: string;
  readonly run: number;
  readonly json: string;
  readonly dt: number;
  readonly version: string | undefined;
}

/** What a prediction costs beside its texts, roughly. */
const OVERHEAD_BYTES = 192;

const sizeOf = ({ id, json, version }: StoredPrediction): number =>
  OVERHEAD_BYTES + 2 * (id.length + json.length + (version?.length ?? 0));

/** The predictions of one experiment: found by id, walked by run. */
export class MemoryPredictions {
  /** What it holds, in bytes. */
  size = 0;
  /** Oldest first. */
  readonly #all: Set<StoredPrediction> = new Set();
  readonly #byId: Map<string, StoredPrediction[]> = new Map();

  static sizeOf(entry: PlacedEntry): number {
    return entry.predictions.reduce(
      (sum, made) => sum + sizeOf({ ...made, key: entry.key, run: 0 }),
      0,
    );
  }

  add({ key, run, predictions }: PlacedEntry): void {
    for (const { id, offset, json, dt, version } of predictions) {
      const prediction = { key, id, run: run + offset, json, dt, version };
      const earlier = this.#byId.get(id)?.find((other) => other.run === prediction.run);
      if (earlier !== undefined) this.#remove(earlier);
      this.#all.add(prediction);
      this.size += sizeOf(prediction);
      const sameId = this.#byId.get(id);
      if (sameId === undefined) this.#byId.set(id, [prediction]);
      else sameId.push(prediction);
    }
  }

  find({
    keys,
    ids,
    runFrom = 1,
    runTo = Number.POSITIVE_INFINITY,
  }: PredictionFilter): Prediction[] {
    const candidates =
      ids === undefined
        ? [...this.#all]
        : [...new Set(ids)].flatMap((id) => this.#byId.get(id) ?? []);
    return candidates
      .filter(
        ({ key, run }) =>
          (keys === undefined || keys.includes(key)) && runFrom <= run && run <= runTo,
      )
      .sort((left, right) => left.run - right.run)
      .map(({ json, version, ...rest }) => ({
        ...rest,
        value: JSON.parse(json),
        ...defined({ version }),
      }));
  }

  /** Removes predictions; answers how many. */
  remove(
    doomed: (prediction: {
      readonly id: string;
      readonly run: number;
      readonly dt: number;
    }) => boolean,
  ): number {
    let removed = 0;
    for (const prediction of this.#all) {
      if (!doomed(prediction)) continue;
      this.#remove(prediction);
      removed += 1;
    }
    return removed;
  }

  /** Removes the oldest until so many bytes are freed; answers how many were. */
  removeOldest(bytes: number): number {
    const before = this.size;
    for (const prediction of this.#all) {
      if (before - this.size >= bytes) break;
      this.#remove(prediction);
    }
    return before - this.size;
  }

  #remove(prediction: StoredPrediction): void {
    this.#all.delete(prediction);
    this.size -= sizeOf(prediction);
    const sameId = (this.#byId.get(prediction.id) ?? []).filter((other) => other !== prediction);
    if (sameId.length === 0) this.#byId.delete(prediction.id);
    else this.#byId.set(prediction.id, sameId);
  }
}
