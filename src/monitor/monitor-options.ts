import type { Alert } from '../alert/alert.js';
import type { AlertRule } from '../alert/rule.js';
import type { ComparisonSettings } from '../drift/compare-options.js';
import type { Clock } from '../leaves/clock.js';
import { defined } from '../leaves/defined.js';
import type { Profiling } from '../profile/profiling.js';
import type { EventLog } from '../tracking/event-log.js';
import type { NewEntry } from '../tracking/log-entry.js';
import type { TrackingStore } from '../tracking/store.js';
import type { BaselineChoice } from './baseline/baseline-choice.js';
import type { MonitorKind } from './log/monitor-kind.js';

/** What a monitor is made of, once its engine is loaded. */
export interface MonitorOptions extends Profiling {
  readonly model: string;
  /** `model`: of calls, X and Y; `data`: of data that was logged under its name, or is handed in. @default 'model' */
  readonly kind?: MonitorKind;
  readonly log: EventLog;
  readonly store: TrackingStore;
  readonly clock: Clock;
  /** Which snapshots are the baseline, where none is from elsewhere. @default 'first' */
  readonly choice?: BaselineChoice;
  readonly rules?: readonly AlertRule[];
  /** What the user says of how windows are compared. @default nothing */
  readonly comparison?: ComparisonSettings;
  /** Names of those who are to be told of an alert. */
  readonly route: (alert: Alert) => readonly string[];
  /** The chance per capture that a table without drift is called drifting. */
  readonly falseAlarmRate: () => number;
  /** Fewer rows than this make no window. */
  readonly minRows: number;
  /** How often captures are planned, ms. */
  readonly periodMs?: number;
  /** Brings what this process has buffered into the log; called before a cut. */
  readonly prepare: () => Promise<void>;
  /** What else is to be written in one piece with a snapshot, for a monitor of this name. @default nothing */
  readonly notes?: (name: string) => Promise<readonly NewEntry[]>;
  /** Delivers the alerts that were committed. */
  readonly notify: () => Promise<void>;
  /** Hears of what went wrong without stopping anything. */
  readonly onError: (error: unknown) => void;
}

/** What a monitor is made of. */
export interface DriftMonitorOptions extends Omit<MonitorOptions, keyof Profiling> {
  /** Gives how rows are profiled. It is asked when the engine is loaded. */
  readonly profiling: () => Promise<Profiling>;
}

/** What a snapshot's event says of how it is judged, for who has the log alone and is to say the same. Functions can't be logged. */
export interface LoggedSettings {
  readonly falseAlarmRate: number;
  readonly minRows: number;
  readonly periodMs?: number;
  readonly choice?: BaselineChoice;
  readonly comparison?: Omit<ComparisonSettings, 'statistics'>;
}

/** How a monitor judges, as plain data. */
export function loggedSettings(options: MonitorOptions): LoggedSettings {
  const { statistics: _functions, ...comparison } = options.comparison ?? {};
  const { falseAlarmRate, minRows, periodMs, choice = 'first' } = options;
  return {
    falseAlarmRate: falseAlarmRate(),
    minRows,
    ...defined({ periodMs }),
    ...(choice !== 'first' && { choice }),
    ...(Object.keys(comparison).length > 0 && { comparison }),
  };
}
