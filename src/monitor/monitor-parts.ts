import { DEFAULT_RULES } from '../alert/rule.js';
import { AlertDesk } from './alerting/alert-desk.js';
import { BaselineGrowth } from './baseline/baseline-growth.js';
import { BaselineNotes } from './baseline/baseline-notes.js';
import { Baselines } from './baseline/baselines.js';
import { ModelVersions } from './baseline/model-versions.js';
import { Capturer } from './capturer.js';
import { Judge } from './judge.js';
import { MonitorLog } from './log/monitor-log.js';
import type { LoggedState } from './log/monitor-state.js';
import type { MonitorOptions } from './monitor-options.js';
import type { LiveStatus } from './status/live-status.js';
import { LiveStatusReader } from './status/live-status-reader.js';
import { DataSource } from './window/data-source.js';
import { ModelSource } from './window/model-source.js';
import { SnapshotTaker } from './window/snapshot-taker.js';
import { type Snapshot, WindowReader } from './window/window.js';

/** What a monitor is made of. */
export interface MonitorParts {
  readonly log: MonitorLog;
  readonly windows: WindowReader;
  readonly notes: BaselineNotes;
  readonly baselines: Baselines;
  readonly versions: ModelVersions;
  readonly desk: AlertDesk;
  readonly live: LiveStatus;
  readonly liveReader: LiveStatusReader;
  readonly capturer: Capturer;
  readonly taker: SnapshotTaker;
  readonly judge: Judge;
}

/**
 * Puts a monitor together.
 *
 * @param live what this process knows of it
 * @throws LeewayError `ERR_LEEWAY_OPTION` where a rule is wrong.
 */
export function monitorParts(options: MonitorOptions, live: LiveStatus): MonitorParts {
  const { model, kind = 'model', log: events, store, clock, profileAs, notes: ownNotes } = options;
  const {
    comparison = {},
    choice = 'first',
    minRows,
    falseAlarmRate,
    route,
    periodMs,
    prepare,
  } = options;
  const { experiment } = events;
  const onCleared = (): void => {
    windows.forget();
    growth.forget();
  };
  const log = new MonitorLog({ model, log: events, store, clock, notes: ownNotes, onCleared });
  const ownKeys = (comparison.statistics ?? []).map(({ key }) => key);
  const desk = new AlertDesk({ log, rules: options.rules ?? DEFAULT_RULES, ownKeys, route });
  const source =
    kind === 'data'
      ? new DataSource(log, profileAs)
      : new ModelSource({ store, experiment, model, profileAs, onError: options.onError });
  const logEnd = async (): Promise<number> => (await store.head(experiment)).pos;
  const windows = new WindowReader({ log, source, kind, logEnd });
  const versions = new ModelVersions(log);
  const notes = new BaselineNotes(log);
  const baselines = new Baselines({
    log,
    notes,
    windows,
    choice,
    pinned: options.baseline,
    profileAs,
  });
  const drifts = (baseline: Snapshot, window: Snapshot): boolean =>
    judge.compare(baseline, window).drift;
  const growth = new BaselineGrowth({ log, windows, baselines, notes, periodMs, drifts });
  const judge = new Judge({
    log,
    windows,
    baselines,
    versions,
    comparison,
    falseAlarmRate,
    minRows,
    profileAs,
  });
  return {
    log,
    windows,
    notes,
    baselines,
    versions,
    desk,
    live,
    liveReader: new LiveStatusReader({
      log,
      windows,
      baselines,
      desk,
      live,
      clock,
      comparison,
      periodMs,
      prepare,
    }),
    capturer: new Capturer({ log, windows, baselines, growth, judge, desk, live, options }),
    taker: new SnapshotTaker({
      kind,
      model,
      store,
      clock,
      profileAs,
      experiment,
      windows,
      isBaseline: (seq, state: LoggedState) => seq === baselines.firstCompared(state) - 1,
    }),
    judge,
  };
}
