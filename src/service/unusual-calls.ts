import type { Profile } from '../profile/profile.js';
import type { Recording } from '../record/recording.js';
import { type UnusualCall, UsualInputs } from '../record/usual-inputs.js';

/** What the look at calls needs from the outside. */
export interface UnusualCallsOptions {
  readonly baselineOf: (model: string) => Promise<Profile | undefined>;
  /** A model's baseline that is there from the start. */
  readonly pinned: (model: string) => Profile | undefined;
  readonly features: readonly string[];
  readonly tell: (call: UnusualCall) => unknown;
  readonly onError: (error: unknown) => void;
}

/** Tells of calls whose inputs the baseline has nothing like. A first baseline is looked for once a minute until it is there. */
export class UnusualCalls {
  readonly #options: UnusualCallsOptions;
  readonly #usual = new Map<string, UsualInputs | undefined>();

  constructor(options: UnusualCallsOptions) {
    this.#options = options;
  }

  /** Looks at a call that was answered. Never throws. */
  look({ model, X, requestId, status, aborted }: Recording): void {
    const { features, tell, onError } = this.#options;
    try {
      if (X === undefined || aborted === true) return;
      const found = this.#usualOf(model)?.look(X, features);
      if (found === undefined || found.count === 0) return;
      Promise.resolve(tell({ model, requestId, status, ...found })).catch(onError);
    } catch (error) {
      onError(error);
    }
  }

  /** Looks for baselines that were not there yet. */
  async refresh(): Promise<void> {
    for (const [model, usual] of this.#usual) {
      if (usual !== undefined) continue;
      const baseline = await this.#options.baselineOf(model);
      if (baseline !== undefined) this.#usual.set(model, new UsualInputs(baseline));
    }
  }

  #usualOf(model: string): UsualInputs | undefined {
    if (!this.#usual.has(model)) {
      const pinned = this.#options.pinned(model);
      this.#usual.set(model, pinned === undefined ? undefined : new UsualInputs(pinned));
      // One that an earlier life of this process made is there already.
      if (pinned === undefined) this.refresh().catch(this.#options.onError);
    }
    return this.#usual.get(model);
  }
}
