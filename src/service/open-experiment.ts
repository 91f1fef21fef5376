import type { Experiment } from '../experiment/experiment.js';
import type { Clock } from '../leaves/clock.js';
import { defined } from '../leaves/defined.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { checkOptionNames } from '../leaves/option-names.js';
import type { TrackingStore } from '../tracking/store.js';
import { resolveDriftOptions } from './resolved-options.js';
import { Tracker } from './tracker.js';

/** How an experiment is opened. */
export interface ExperimentOptions {
  /** `'memory:'`, `'sqlite:FILE'`, `'postgres://…'`, or a store. @default SQLite in ./.leeway/ */
  readonly store?: string | TrackingStore;
  /** Said of every event. @default '' */
  readonly userid?: string;
  /** `false`: wrapped models log nothing by themselves. @default true */
  readonly autotrack?: boolean;
  /** `true`: what the log held before is dropped, at the first use. @default false */
  readonly recreate?: boolean;
  readonly clock?: Clock;
}

/**
 * Opens an experiment: to log to it, to wrap models, or to read what a server logged.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where the name or an option is wrong.
 *
 * @example
 * const exp = experiment('housing', { store: 'sqlite:./leeway.db' });
 * await exp.logMetric('rmse', 0.52);
 * const calls = await exp.data({ event: 'predict', since: '1d' });
 */
export function experiment(name: string, options: ExperimentOptions = {}): Experiment {
  checkOptionNames('experiment', options, ['store', 'userid', 'autotrack', 'recreate', 'clock']);
  const { store, userid, autotrack = true, recreate = false, clock } = options;
  for (const [option, value] of Object.entries({ autotrack, recreate })) {
    if (typeof value === 'boolean') continue;
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `${option} must be true or false, got ${shown(value)}`,
    );
  }
  const resolved = resolveDriftOptions({ experiment: name, ...defined({ store }) });
  const internals = {
    autotrack,
    recreate,
    ...defined({ userid, clock }),
  };
  return new Tracker(resolved, internals).experiment;
}
