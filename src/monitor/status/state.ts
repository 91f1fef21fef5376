import { shorten } from '../../chart/svg.js';
import type { NotCompared, Verdict } from '../../drift/verdict/not-compared.js';
import { formatCount, joinWithAnd } from '../../leaves/text.js';
import type { Silence } from '../alerting/silence.js';

/** The state of a monitor in one word. */
export type MonitorState = 'learning' | 'healthy' | 'drifting' | 'no-data' | 'failing';

/** A monitor's state, synchronous and cheap to read. */
export interface MonitorStatus {
  readonly model: string;
  readonly state: MonitorState;
  /** The reasons as text: `learning baseline: 312 of 1,000 rows`. */
  readonly reasons: readonly string[];
  /** Whether the rate of false alarms also holds for dependent rows and seasons. */
  readonly calibrated: boolean;
  /** The number of snapshots. */
  readonly snapshots: number;
  /** Rows since the last cut, as far as this process knows. */
  readonly windowRows: number;
  /** The columns that drifted in the latest comparison. */
  readonly drifted: readonly string[];
  /** The segments that drifted in the latest comparison. */
  readonly driftedSegments: readonly string[];
  /** Versions of the model that wait for `accept` or `reject`. */
  readonly pendingVersions: readonly string[];
  /** When the latest comparison was made, epoch ms. */
  readonly comparedAt: number | null;
}

/** What determines the state. */
export interface StateInputs {
  readonly loaded: boolean;
  readonly hasBaseline: boolean;
  readonly pinned: boolean;
  readonly compared: boolean;
  /** Whether the latest window had something to be compared with. */
  readonly hadBaseline: boolean;
  /** What the latest comparison concluded, and the columns that it did not compare. */
  readonly verdict: Verdict;
  readonly notCompared: readonly NotCompared[];
  readonly drifted: readonly string[];
  readonly driftedSegments: readonly string[];
  /** What the baseline lacks until verdicts are calibrated. */
  readonly uncalibrated: readonly string[];
  readonly windowRows: number;
  /** Rows that the next cut needs. */
  readonly neededRows: number;
  readonly failure: string | undefined;
  /** Why captures do not happen, where none did for over two periods, or the log can't be read. */
  readonly stuck: string | undefined;
  /** Why there is no data to speak of, where there is none. */
  readonly silence: Silence | undefined;
}

/** So many columns that were not compared are named. */
const MOST_NAMED = 5;

/** The state and its reasons. */
export function stateOf(inputs: StateInputs): { state: MonitorState; reasons: string[] } {
  const { windowRows, neededRows } = inputs;
  const progress = `${formatCount(Math.min(windowRows, neededRows))} of ${formatCount(neededRows)} rows`;
  if (inputs.failure !== undefined)
    return { state: 'failing', reasons: [`the last capture failed: ${inputs.failure}`] };
  if (inputs.stuck !== undefined) return { state: 'failing', reasons: [inputs.stuck] };
  if (!inputs.loaded) return { state: 'learning', reasons: ['reading the log'] };
  if (inputs.silence !== undefined) return { state: 'no-data', reasons: [inputs.silence.reason] };
  if (!inputs.hasBaseline)
    return { state: 'learning', reasons: [`learning baseline: ${progress}`] };
  if (!inputs.hadBaseline)
    return { state: 'learning', reasons: ['there is no earlier window like the latest yet'] };
  if (!inputs.compared) {
    const baseline = inputs.pinned ? 'baseline pinned' : 'baseline taken';
    return { state: 'learning', reasons: [`${baseline}; first window: ${progress}`] };
  }
  // A verdict was made and is told as such, but with what it is worth.
  const worth =
    inputs.uncalibrated.length === 0 ? [] : [`uncalibrated: ${inputs.uncalibrated.join('; ')}`];
  const where = [
    ...(inputs.drifted.length > 0 ? [`drift in ${inputs.drifted.join(', ')}`] : []),
    ...inputs.driftedSegments.map((name) => `drift in segment ${shorten(name, 60)}`),
  ];
  const silent = inputs.notCompared.map(
    ({ column, reason }) => `${shorten(column, 60)} (${reason})`,
  );
  const asides = silent.length === 0 ? [] : [`not compared: ${joinWithAnd(silent, MOST_NAMED)}`];
  if (where.length > 0) return { state: 'drifting', reasons: [...where, ...asides, ...worth] };
  if (inputs.verdict === 'none') {
    return {
      state: 'learning',
      reasons: ['nothing could be compared in the latest window', ...asides],
    };
  }
  return { state: 'healthy', reasons: ['no drift in the latest window', ...asides, ...worth] };
}
