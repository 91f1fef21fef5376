import type { Severity, Transition } from '../../alert/alert.js';
import { type AlertMemory, judge, NO_MEMORY } from '../../alert/incident.js';
import { type AlertRule, unmatchedRules } from '../../alert/rule.js';
import type { DriftStats } from '../../drift/drift-stats.js';
import { MONTH_MS } from '../../leaves/time.js';
import type { CalibrationReport } from './calibration-report.js';

/** An alert that the rules would have raised. */
export interface BacktestTurn {
  /** The snapshot, and when its window ended, ISO 8601. */
  readonly seq: number;
  readonly at: string | null;
  readonly transition: Transition;
  readonly severity: Severity;
  readonly rules: readonly string[];
  readonly columns: readonly string[];
}

/** The alerts that rules would have raised about past windows. */
export interface Backtest {
  /** How many windows were replayed, and from when to when. */
  readonly windows: number;
  readonly from: string | null;
  readonly to: string | null;
  /** The alerts, oldest first. */
  readonly turns: readonly BacktestTurn[];
  readonly incidents: number;
  /** The number of incidents in thirty days at this rate; `null` if the windows span no time. */
  readonly incidentsPerMonth: number | null;
  /** Rules that match no column, each with the nearest column. */
  readonly complaints: readonly string[];
  /** For each numeric column, the smallest shift in standard deviations that is detected with this traffic; see `calibration()`. */
  readonly smallestShifts: CalibrationReport['columns'];
}

/** A window as it was judged. */
export interface JudgedWindow {
  readonly seq: number;
  readonly stats: DriftStats;
}

/** Replays windows, oldest first, through rules that remember nothing yet. */
export async function runBacktest(
  rules: readonly AlertRule[],
  windows: AsyncIterable<JudgedWindow>,
  { experiment, model }: { readonly experiment: string; readonly model: string },
): Promise<Omit<Backtest, 'smallestShifts'>> {
  let memory: AlertMemory = NO_MEMORY;
  const turns: BacktestTurn[] = [];
  let count = 0;
  let from: number | null = null;
  let to: number | null = null;
  let columns: readonly string[] = [];
  const failures = new Set<string>();
  for await (const { seq, stats } of windows) {
    const window = stats.windows.current;
    const now = window.to ?? to ?? 0;
    const context = { experiment, model, segment: null, now };
    const observation = {
      event: 'drift',
      stats,
      context,
      id: String(seq),
      seq,
      since: window.from ?? now,
    } as const;
    const judged = judge(rules, observation, memory);
    memory = judged.memory;
    for (const failure of judged.failures) failures.add(failure);
    turns.push(
      ...judged.turns.map(({ transition, incident }) => ({
        seq,
        at: isoOf(window.to),
        transition,
        severity: incident.severity,
        rules: incident.rules,
        columns: incident.columns,
      })),
    );
    count += 1;
    from ??= window.from;
    to = window.to ?? to;
    columns = stats.columns;
  }
  const incidents = turns.filter(({ transition }) => transition === 'opened').length;
  const spanMs = from === null || to === null ? 0 : to - from;
  return {
    windows: count,
    from: isoOf(from),
    to: isoOf(to),
    turns,
    incidents,
    incidentsPerMonth: spanMs > 0 ? (incidents * MONTH_MS) / spanMs : null,
    complaints: [...unmatchedRules(rules, columns), ...failures],
  };
}

const isoOf = (time: number | null): string | null =>
  time === null ? null : new Date(time).toISOString();
