import type { Profile } from '../profile/profile.js';
import type { Profiling } from '../profile/profiling.js';
import type { Recording } from '../record/recording.js';
import { type UnusualCall, UsualInputs } from '../record/usual-inputs.js';

/** What the look at calls needs from the outside. */
export interface UnusualCallsOptions {
  readonly baselineOf: (model: string) => Promise<Profile | undefined>;
  /** How a model is profiled whose baseline is there from the start. */
  readonly pinned: (model: string) => Promise<Profiling> | undefined;
  readonly features: readonly string[];
  readonly tell: (call: UnusualCall) => unknown;
  readonly onError: (error: unknown) => void;
}

/** Tells of calls whose inputs the baseline has nothing like. A first baseline is looked for once a minute until it is there. */
export class UnusualCalls {
  readonly #options: UnusualCallsOptions;
  readonly #usual = new Map<string, UsualInputs | undefined>();
  /** Pinned baselines that are being read: the calls of these moments wait for them. */
  readonly #loading = new Map<string, Promise<void>>();

  constructor(options: UnusualCallsOptions) {
    this.#options = options;
  }

  /** Looks at a call that was answered. Never throws. */
  look(recording: Recording): void {
    const { model, X, aborted } = recording;
    if (X === undefined || aborted === true) return;
    if (!this.#usual.has(model)) this.#begin(model);
    const usual = this.#usual.get(model);
    if (usual !== undefined) this.#tellOf(recording, usual);
    else this.#loading.get(model)?.then(() => this.#lookAgain(recording));
  }

  #begin(model: string): void {
    const { pinned, onError } = this.#options;
    this.#usual.set(model, undefined);
    const given = pinned(model);
    if (given === undefined) {
      // A baseline that an earlier life of this process made is there already.
      this.refresh().catch(onError);
      return;
    }
    const read = given.then(({ baseline }) => {
      if (baseline !== undefined) this.#usual.set(model, new UsualInputs(baseline));
    });
    this.#loading.set(
      model,
      read.catch(onError).finally(() => this.#loading.delete(model)),
    );
  }

  /** Looks for baselines that were not there yet. */
  async refresh(): Promise<void> {
    for (const [model, usual] of this.#usual) {
      if (usual !== undefined) continue;
      const baseline = await this.#options.baselineOf(model);
      if (baseline !== undefined) this.#usual.set(model, new UsualInputs(baseline));
    }
  }

  #lookAgain(recording: Recording): void {
    const usual = this.#usual.get(recording.model);
    if (usual !== undefined) this.#tellOf(recording, usual);
  }

  #tellOf({ model, X, requestId, status }: Recording, usual: UsualInputs): void {
    const { features, tell, onError } = this.#options;
    try {
      const found = X === undefined ? undefined : usual.look(X, features);
      if (found === undefined || found.count === 0) return;
      Promise.resolve(tell({ model, requestId, status, ...found })).catch(onError);
    } catch (error) {
      onError(error);
    }
  }
}
