import { type AlertRule, checkRules } from '../alert/rule.js';
import type { TrackedModel } from '../experiment/tracked-model.js';
import { defined } from '../leaves/defined.js';
import { checkOptionNames } from '../leaves/option-names.js';
import { parseSchedule, type Schedule } from '../schedule/schedule.js';
import { expectOption, isBaseline } from './expect-option.js';
import type { DriftOptions } from './options.js';
import type { ModelOptions } from './routes.js';

/** What one of several models has of its own; what is left out is as for all. */
export interface ResolvedModel {
  readonly baseline?: Exclude<DriftOptions['baseline'], undefined>;
  readonly outputs: readonly string[];
  /** `null`: it is captured by hand. */
  readonly schedule?: Schedule | null;
  readonly rules?: readonly AlertRule[];
}

const scheduleOf = (
  schedule: Exclude<DriftOptions['schedule'], undefined>,
  timeZone: string | undefined,
): Schedule | null => (schedule === false ? null : parseSchedule(schedule, timeZone));

/** Checks what models have of their own. @throws LeewayError `ERR_LEEWAY_OPTION` */
export function resolveModels({
  models = {},
  outputs = [],
  timeZone,
}: DriftOptions): Map<string, ResolvedModel> {
  return new Map(
    Object.entries(models).map(([name, own]) => {
      const { baseline, schedule, rules } = own;
      if (baseline !== undefined) {
        expectOption(
          `models.${name}.baseline`,
          baseline,
          "'first', a file, a profile or a table",
          isBaseline,
        );
      }
      if (rules !== undefined) checkRules(rules);
      const when = schedule === undefined ? undefined : scheduleOf(schedule, timeZone);
      return [
        name,
        {
          outputs: own.outputs ?? outputs,
          ...defined({ baseline, schedule: when, rules }),
        },
      ];
    }),
  );
}

/**
 * Checks how a model is to be watched.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` naming the option, what was expected, and what came.
 */
export function resolveTrackedModel(
  model: string,
  options: TrackedModel,
  { outputs }: { readonly outputs: readonly string[] },
): ResolvedModel {
  checkOptionNames('track', options, ['baseline', 'schedule', 'rules', 'outputs']);
  const resolved = resolveModels({
    experiment: 'any',
    models: { [model]: options as ModelOptions },
    outputs,
  });
  return resolved.get(model) as ResolvedModel;
}
