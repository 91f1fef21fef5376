import type { AlertRule } from '../alert/rule.js';
import type { BaselineChoice } from '../monitor/baseline/baseline-choice.js';
import type { Profile } from '../profile/profile.js';
import type { Table } from '../profile/profile-table.js';
import type { ScheduleSpec } from '../schedule/schedule.js';

/** What windows can be compared with: own snapshots, the file of a profile, a profile, or rows. */
export type BaselineOption = BaselineChoice | (string & {}) | Profile | Table;

/** How one model is monitored. Whatever is left out is as for all models. */
export interface TrackedModel {
  /** What this model's windows are compared with. */
  readonly baseline?: BaselineOption;
  /** When this model is captured. */
  readonly schedule?: ScheduleSpec | false;
  /** When alerts are raised about this model. */
  readonly rules?: readonly AlertRule[];
  /** Names for the positions of a list of outputs. */
  readonly outputs?: readonly string[];
}
