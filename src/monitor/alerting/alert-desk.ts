import type { Alert, AlertEvent } from '../../alert/alert.js';
import { alertOf } from '../../alert/alert-of.js';
import { type AlertMemory, type Incident, judge, NO_MEMORY } from '../../alert/incident.js';
import { type AlertRule, checkRules, unmatchedRules } from '../../alert/rule.js';
import type { DriftStats } from '../../drift/drift-stats.js';
import { defined } from '../../leaves/defined.js';
import { LeewayError } from '../../leaves/errors.js';
import type { JsonValue } from '../../tracking/json-value.js';
import type { NewEntry } from '../../tracking/log-entry.js';
import type { MonitorLog } from '../log/monitor-log.js';
import { INCIDENT_NOTES } from '../log/monitor-state.js';

/** Whose alerts these are, and who is told of them. */
export interface AlertDeskOptions {
  readonly log: MonitorLog;
  readonly rules: readonly AlertRule[];
  /** Keys of the user's own statistics. @default none */
  readonly ownKeys?: readonly string[];
  /** Names of those who are to be told of an alert. */
  readonly route: (alert: Alert) => readonly string[];
}

/** What a capture found, as rules are asked about it. */
export interface RuleInput {
  readonly event: AlertEvent;
  readonly stats?: DriftStats;
  /** Of events other than drift: whether it is so now, and why. */
  readonly holds?: boolean;
  readonly reason?: string;
  /** Of drift: whether the baseline's history does not yet tell how much windows vary by themselves. */
  readonly uncalibrated?: boolean;
  /** The snapshot that was judged, or the latest. */
  readonly seq: number;
  /** Unique among what this monitor commits. */
  readonly version: number;
  /** The version of the model that was judged, where one is known. @default none */
  readonly modelVersion?: string | null;
  /** The segment it is about. @default the whole */
  readonly segment?: string;
  /** Start of the window, epoch ms. */
  readonly since: number;
  readonly now: number;
}

/** What is to be committed with a capture. */
export interface AlertWork {
  readonly alerts: readonly Alert[];
  readonly entries: readonly NewEntry[];
  readonly deliveries: readonly { readonly id: string; readonly payload: JsonValue }[];
}

/** The same, with the rules that could not answer, and why. */
export interface JudgedAlerts extends AlertWork {
  readonly failures: readonly string[];
}

/** A message in the outbox: an alert, and who is to be told. */
export interface AlertMessage {
  readonly alert: Alert;
  readonly sink: string;
}

/**
 * Applies the rules of one monitor to what captures find. What is remembered of incidents is committed in one piece with what it
 * follows from, so that restarts and other replicas go on with the same.
 */
export class AlertDesk {
  readonly rules: readonly AlertRule[];
  readonly #options: AlertDeskOptions;
  #columns: readonly string[] = [];

  /** @throws LeewayError `ERR_LEEWAY_OPTION` where a rule is wrong. */
  constructor(options: AlertDeskOptions) {
    checkRules(options.rules, options.ownKeys);
    this.#options = options;
    this.rules = options.rules;
  }

  /** @throws LeewayError `ERR_LEEWAY_OPTION` where one of other rules is wrong. */
  check(rules: readonly AlertRule[]): void {
    checkRules(rules, this.#options.ownKeys);
  }

  /** Whether a rule asks for what is no comparison. */
  wants(event: AlertEvent): boolean {
    return this.rules.some((rule) => rule.event === event);
  }

  /** What is wrong with rules, as far as the columns met so far tell. */
  get complaints(): string[] {
    return unmatchedRules(this.rules, this.#columns);
  }

  /** Notes the columns that a window has, for `complaints`. */
  noteColumns(columns: readonly string[]): void {
    this.#columns = columns;
  }

  /**
   * Applies the rules. Inputs about events that no rule asks for have no effect.
   *
   * @param rules other rules for this once: then nothing is remembered.
   */
  judge(
    inputs: readonly RuleInput[],
    memory: AlertMemory,
    rules?: readonly AlertRule[],
  ): JudgedAlerts {
    const { name, model, experiment } = this.#options.log;
    const alerts: Alert[] = [];
    const failures = new Set<string>();
    let after = rules === undefined ? memory : NO_MEMORY;
    for (const input of inputs) {
      const { event, stats, holds, reason, uncalibrated = false, seq, version, since, now } = input;
      const { segment = null, modelVersion = null } = input;
      if (stats !== undefined && segment === null) this.noteColumns(stats.columns);
      const observation = {
        event,
        ...defined({ stats, holds }),
        context: { experiment, model, segment, now },
        id: `${name}/${version}${segment === null ? '' : `/${segment}`}`,
        seq,
        since,
      };
      const judged = judge(rules ?? this.rules, observation, after);
      after = judged.memory;
      for (const failure of judged.failures) failures.add(failure);
      const context = {
        experiment,
        model,
        version: modelVersion,
        now,
        seq,
        uncalibrated,
        ...defined({ reason }),
      };
      alerts.push(...judged.turns.map((turn) => alertOf(turn, stats, context)));
    }
    const isNews = rules === undefined && JSON.stringify(after) !== JSON.stringify(memory);
    return {
      ...this.#work(alerts, inputs.at(-1)?.seq ?? 0, isNews ? after : undefined),
      failures: [...failures],
    };
  }

  /**
   * An incident after somebody did something about it.
   *
   * @throws LeewayError `ERR_LEEWAY_STATE` where no incident that is open has this id.
   */
  changed(memory: AlertMemory, id: string, change: Partial<Incident>): AlertWork {
    if (!memory.incidents.some((incident) => incident.id === id)) {
      const open = memory.incidents.map((incident) => incident.id).join(', ') || 'none';
      throw new LeewayError(
        'ERR_LEEWAY_STATE',
        `no incident ${JSON.stringify(id)} is open; open: ${open}`,
      );
    }
    const incidents = memory.incidents.map((incident) =>
      incident.id === id ? { ...incident, ...change } : incident,
    );
    return this.#work([], 0, { ...memory, incidents });
  }

  #work(alerts: readonly Alert[], seq: number, memory: AlertMemory | undefined): AlertWork {
    const { log, route } = this.#options;
    const entries = alerts.map((alert) => log.entry('alert', seq, alert));
    const remembered = memory === undefined ? [] : [log.note(INCIDENT_NOTES, memory)];
    const deliveries = alerts.flatMap((alert) =>
      route(alert).map((sink) => ({
        id: `${alert.id}/${sink}`,
        payload: { alert, sink } as unknown as JsonValue,
      })),
    );
    return { alerts, entries: [...entries, ...remembered], deliveries };
  }
}
