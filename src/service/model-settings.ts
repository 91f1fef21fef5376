import type { AlertRule } from '../alert/rule.js';
import type { Profile } from '../profile/profile.js';
import type { ProfileOptions } from '../profile/profile-options.js';
import type { Schedule } from '../schedule/schedule.js';
import { pinnedBaseline } from './baseline.js';
import type { ResolvedOptions } from './options.js';

/** How one model is watched: by the options for all, or by its own. */
export interface ModelSettings {
  /** The pinned baseline, if there is one. */
  readonly baseline: Profile | undefined;
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
export function settleModels(resolved: ResolvedOptions): (model: string) => ModelSettings {
  // A sample of rows is rows: a host that keeps none gets none of it.
  const samples = resolved.retain === 'profiles' ? { reservoir: 0, joint: 0 } : {};
  const settle = (options: Pick<ResolvedOptions, 'baseline' | 'outputs' | 'schedule' | 'rules'>): ModelSettings => {
    const baseline = pinnedBaseline({ ...options, retain: resolved.retain });
    return {
      baseline,
      profileAs: { schema: baseline?.schema, maxColumns: resolved.limits.columns, ...samples },
      schedule: options.schedule,
      rules: options.rules,
    };
  };
  const common = settle(resolved);
  const own = new Map(
    [...resolved.models].map(([model, { baseline, outputs, schedule, rules }]) => {
      const settled = settle({
        baseline: baseline ?? resolved.baseline,
        outputs,
        schedule: schedule === undefined ? resolved.schedule : (schedule ?? undefined),
        rules: rules ?? resolved.rules,
      });
      return [model, settled];
    }),
  );
  return (model) => own.get(model) ?? common;
}
