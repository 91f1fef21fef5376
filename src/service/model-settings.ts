import type { AlertRule } from '../alert/rule.js';
import { Lazy } from '../leaves/async.js';
import { type BaselineChoice, baselineChoice } from '../monitor/baseline/baseline-choice.js';
import type { Profile } from '../profile/profile.js';
import type { Profiling } from '../profile/profiling.js';
import type { Schedule } from '../schedule/schedule.js';
import { type GivenBaseline, permittedProfile, readBaseline } from './given-baseline.js';
import type { ResolvedModel } from './resolved-models.js';
import type { ResolvedOptions } from './resolved-options.js';

/** How one model is watched: by the options for all, or by its own. */
export interface ModelSettings {
  /** Whether the options pin a baseline. */
  readonly isPinned: boolean;
  /** Else which snapshots are the baseline. */
  readonly choice: BaselineChoice;
  /** Gives how rows are profiled: with a pinned baseline, by its schema. */
  readonly profiling: () => Promise<Profiling>;
  readonly schedule: Schedule | undefined;
  readonly rules: readonly AlertRule[] | undefined;
}

/**
 * Settles how each model is watched. Models that the options do not name are watched as all are.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION`, `ERR_LEEWAY_FORMAT` where a baseline can't be read.
 */
export function settleModels(resolved: ResolvedOptions): ModelSettingsBook {
  // A sample of rows is rows: a host that keeps none gets none of it.
  const samples = resolved.retain === 'profiles' ? { reservoir: 0, joint: 0 } : {};
  const settle = (
    options: Pick<ResolvedOptions, 'baseline' | 'outputs' | 'schedule' | 'rules'>,
  ): ModelSettings => {
    const choice = baselineChoice(options.baseline);
    const { groupby, missing } = resolved;
    let given = choice === undefined ? readBaseline(options) : undefined;
    const common = { groupby, maxColumns: resolved.limits.columns, ...samples };
    const pinned = async (baseline: GivenBaseline): Promise<Profiling> => {
      const profile = await profileOf(baseline, resolved);
      const { schema, options: own } = profile;
      const profileAs = { ...common, missing: missing ?? own.missing, schema };
      // A table is large, and the profile is all that is needed of it.
      given = undefined;
      return { baseline: profile, profileAs };
    };
    const profiling = new Lazy(
      async (): Promise<Profiling> =>
        given === undefined ? { profileAs: { ...common, missing } } : pinned(given),
    );
    return {
      isPinned: given !== undefined,
      choice: choice ?? 'first',
      profiling: () => profiling.get(),
      schedule: options.schedule,
      rules: options.rules,
    };
  };
  const common = settle(resolved);
  const withDefaults = ({ baseline, outputs, schedule, rules }: ResolvedModel): ModelSettings =>
    settle({
      baseline: baseline ?? resolved.baseline,
      outputs,
      schedule: schedule === undefined ? resolved.schedule : (schedule ?? undefined),
      rules: rules ?? resolved.rules,
    });
  const own = new Map(
    [...resolved.models].map(([model, settings]) => [model, withDefaults(settings)]),
  );
  return {
    of: (model) => own.get(model) ?? common,
    set: (model, settings) => own.set(model, withDefaults(settings)),
  };
}

/** Where the user has made a profile, the code of profiles is loaded already. */
async function profileOf(given: GivenBaseline, resolved: ResolvedOptions): Promise<Profile> {
  if ('profile' in given) return permittedProfile(given.profile, resolved);
  const { pinnedProfile } = await import('./pinned-profile.js');
  return pinnedProfile(given, resolved);
}

/** How each model is watched. */
export interface ModelSettingsBook {
  readonly of: (model: string) => ModelSettings;
  /** Settles how a model is watched that the options did not name. */
  readonly set: (model: string, settings: ResolvedModel) => void;
}
