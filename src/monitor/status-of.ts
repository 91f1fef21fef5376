import { formatCount } from '../leaves/text.js';
import { silenceOf, stuckOf } from './alerting/silence.js';
import { pendingVersions } from './baseline/model-versions.js';
import { UNREAD } from './log/monitor-state.js';
import type { MonitorOptions } from './monitor-options.js';
import type { MonitorParts } from './monitor-parts.js';
import { type MonitorStatus, stateOf } from './status/state.js';
import type { WindowReader } from './window/window.js';

/** The state of a monitor, from what this process knows: synchronous and cheap. */
export function statusOf(
  { log, baselines, windows, desk, live, capturer }: MonitorParts,
  { model, clock, periodMs }: MonitorOptions,
  isTicking: boolean,
): MonitorStatus {
  const now = clock.now();
  const { head } = log;
  const known = log.state ?? UNREAD;
  const seq = head?.seq ?? -1;
  const neededRows = capturer.neededRows(known, seq);
  live.comeBackTo(now);
  const { windowRows, drifted, driftedSegments, uncalibrated, comparedAt } = live;
  const { lastRowAt, thinSince, settledAt, trouble } = live;
  const first = baselines.firstCompared(known);
  const pinned = baselines.isPinned(known);
  const compared = (head?.captured ?? -1) >= first && live.hadBaseline;
  const { state, reasons } = stateOf({
    loaded: head !== undefined,
    hasBaseline: pinned || seq >= first - 1,
    pinned,
    compared,
    hadBaseline: live.hadBaseline,
    verdict: live.verdict,
    notCompared: live.notCompared,
    drifted,
    driftedSegments,
    uncalibrated,
    windowRows,
    neededRows,
    failure: live.failure,
    stuck: stuckOf({ settledAt, trouble, tickMs: isTicking ? periodMs : undefined }, now),
    silence: silenceOf({ lastRowAt, thinSince, windowRows, neededRows, periodMs }, now),
  });
  const pending = pendingVersions(known.versions);
  const waiting = pending.map(
    (version) =>
      `version ${JSON.stringify(version)} is new: accept or reject its own baseline (mon.proposals())`,
  );
  return {
    model,
    state,
    reasons: [...reasons, ...waiting, ...damageOf(windows), ...desk.complaints, ...live.complaints],
    calibrated: compared && uncalibrated.length === 0,
    snapshots: seq + 1,
    windowRows,
    drifted,
    driftedSegments,
    pendingVersions: pending,
    comparedAt,
  };
}

/** How many rows the next cut takes, as of the last look at the log. */
export function neededRowsOf({ log, capturer }: MonitorParts): number {
  return capturer.neededRows(log.state ?? UNREAD, log.head?.seq ?? -1);
}

/** What of the log could not be read, in words. */
function damageOf({ leftOut, damagedSnapshots }: WindowReader): string[] {
  const rows = leftOut === 0 ? [] : [`${formatCount(leftOut)} rows are damaged and in no window`];
  const lost =
    damagedSnapshots.length === 0 ? [] : [`damaged snapshots: ${damagedSnapshots.join(', ')}`];
  return [...rows, ...lost];
}
