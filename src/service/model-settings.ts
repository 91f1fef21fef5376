import type { AlertRule } from '../alert/rule.js';
import { type BaselineChoice, baselineChoice } from '../monitor/baseline/baseline-choice.js';
import type { Profile } from '../profile/profile.js';
import type { ProfileOptions } from '../profile/profile-options.js';
import type { Schedule } from '../schedule/schedule.js';
import { pinnedBaseline } from './pinned-profile.js';
import type { ResolvedModel, ResolvedOptions } from './resolved-options.js';

/** How one model is watched: by the options for all, or by its own. */
export interface ModelSettings {
  /** The pinned baseline, if there is one. */
  readonly baseline: Profile | undefined;
  /** Else which snapshots are the baseline. */
  readonly choice: BaselineChoice;
  /** How rows are profiled: with a pinned baseline, by its schema. */
  readonly profileAs: ProfileOptions;
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
    const { groupby, missing, columnRules } = resolved;
    const baseline =
      choice === undefined
        ? pinnedBaseline({ ...options, groupby, missing, columnRules, retain: resolved.retain })
        : undefined;
    return {
      baseline,
      choice: choice ?? 'first',
      profileAs: {
        groupby,
        missing: missing ?? baseline?.options.missing,
        schema: baseline?.schema,
        maxColumns: resolved.limits.columns,
        ...samples,
      },
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

/** How each model is watched. */
export interface ModelSettingsBook {
  readonly of: (model: string) => ModelSettings;
  /** Settles how a model is watched that the options did not name. */
  readonly set: (model: string, settings: ResolvedModel) => void;
}
