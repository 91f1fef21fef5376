import { type Clock, parseDuration } from '../clock.js';
import { LeewayError, shown } from '../errors.js';
import { visibleId } from '../intercept/admission.js';
import { rowsOfList, tableBytes } from '../intercept/decoded-table.js';
import type { Interception } from '../intercept/interception.js';
import { Interceptor } from '../intercept/interceptor.js';
import { nameLimit } from '../intercept/name-limit.js';
import type { Request } from '../intercept/route.js';
import { Sampler } from '../intercept/sampler.js';
import { Taps } from '../intercept/tap.js';
import type { DriftMonitor } from '../monitor/monitor.js';
import type { MonitorState } from '../monitor/state.js';
import type { Drift, DriftStatus, ModelStatus, RecordedByHand } from './drift.js';
import type { Experiment } from './experiment.js';
import type { DriftOptions } from './options.js';
import { recordingReasons } from './recording-reasons.js';
import { type ResolvedOptions, resolveOptions } from './resolved-options.js';
import { Tracker } from './tracker.js';

export type { Interception } from '../intercept/interception.js';

/** The order in which states press. */
const PRESSING: readonly MonitorState[] = ['failing', 'drifting', 'no-data', 'learning', 'healthy'];
const STORE_IS_UNSET =
  'the option store is there and undefined, as an unset variable of the environment is: this process writes to the default SQLite ' +
  'file of its own, which no other replica reads';
const OPTIONS_DIFFER =
  'another replica of this experiment runs with other options (baseline, schedule, rules, minRows, falseAlarms, features or outputs)';

const minuteOf = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/**
 * The composition root: from options to what one host needs. An adapter asks `follow` about each request, follows the
 * interception up, and hands the controls to the host.
 */
export class Service implements Drift {
  readonly experiment: Experiment;
  readonly #options: ResolvedOptions;
  readonly #tracker: Tracker;
  readonly #interceptor: Interceptor;

  /** @throws LeewayError `ERR_LEEWAY_OPTION` where an option is unknown or wrong. */
  constructor(options: DriftOptions, internals: { readonly clock?: Clock; readonly patience?: Clock } = {}) {
    const resolved = resolveOptions(options);
    const tracker = new Tracker(resolved, { ...internals, saysBaselines: true });
    this.#options = resolved;
    this.#tracker = tracker;
    this.experiment = tracker.experiment;
    this.#interceptor = new Interceptor({
      clock: tracker.clock,
      counters: tracker.counters,
      routes: resolved.routes,
      rules: tracker.rules,
      sampler: new Sampler(resolved.sample),
      memory: tracker.memory,
      taps: new Taps(),
      requestId: resolved.requestId,
      version: resolved.version,
      admitModel: (name) => tracker.monitors.admit(name),
      admitVersion: nameLimit(resolved.limits.versions),
      limits: resolved.readingLimits,
      activeRun: () => this.experiment.activeRun,
      choose: (model, rows) => tracker.choose(model, rows),
      record: (recording) => tracker.record(recording),
      say: (line) => tracker.say(line),
      onError: (error) => tracker.report(error),
    });
    if (!resolved.enabled) return;
    if (resolved.storeIsUnset) this.report(new LeewayError('ERR_LEEWAY_OPTION', STORE_IS_UNSET));
    if (typeof resolved.model === 'string') this.monitor(resolved.model);
    tracker.start();
  }

  /**
   * Looks at a request, and where it is a predict call hands what follows it up to `watch`, which hooks it into the
   * framework's objects. Never throws.
   */
  follow(request: Request, watch: (call: Interception) => void): Interception | undefined {
    if (!this.#tracker.open) return undefined;
    let call: Interception | undefined;
    try {
      call = this.#interceptor.begin(request);
      if (call !== undefined) watch(call);
      return call;
    } catch (error) {
      this.#tracker.report(error);
      call?.letGo();
      return undefined;
    }
  }

  /** Counts an error, and reports it. Never throws. */
  report(error: unknown): void {
    this.#tracker.report(error);
  }

  monitor(model?: string): DriftMonitor {
    return this.#tracker.monitors.of(model);
  }

  status(): DriftStatus {
    const models = [...this.#tracker.monitors].map((monitor) => this.#statusOf(monitor));
    const state = PRESSING.find((candidate) => models.some((model) => model.state === candidate)) ?? 'learning';
    const store = this.#tracker.storeStatus;
    const { droppedColumns } = this.#tracker.counters;
    const { unmatched } = this.#interceptor;
    const reasons = models.flatMap((model) =>
      models.length === 1 ? model.reasons : model.reasons.map((reason) => `${model.model}: ${reason}`),
    );
    return {
      ok: this.#tracker.flushes && state !== 'failing',
      state: this.#options.enabled ? state : 'disabled',
      reasons: [
        ...(models.length === 0 ? ['no predict call seen yet'] : reasons),
        ...(unmatched === undefined ? [] : [unmatched]),
        ...recordingReasons(this.#tracker.counters),
        ...(this.#options.storeIsUnset ? [STORE_IS_UNSET] : []),
        ...this.#tracker.complaints,
        ...(this.#tracker.replicasDiffer ? [OPTIONS_DIFFER] : []),
        ...this.#tracker.unmatchedNames,
        ...(droppedColumns > 0 ? [`columns are left out, at least ${droppedColumns}: see limits.columns`] : []),
      ],
      counters: { ...this.#tracker.counters },
      store,
      alerts: this.#tracker.outboxStatus,
      models,
    };
  }

  #statusOf(monitor: DriftMonitor): ModelStatus {
    const status = monitor.status();
    const { next } = monitor.job.status();
    const nextCaptureAt = next !== null && Number.isFinite(next) ? next : null;
    const isWaiting = status.state === 'learning' && status.snapshots === 0 && nextCaptureAt !== null;
    const wait = isWaiting ? [`the next capture is at ${minuteOf(nextCaptureAt)}`] : [];
    return {
      ...status,
      reasons: [...status.reasons, ...wait],
      columns: this.#tracker.columnsOf(status.model),
      nextCaptureAt,
    };
  }

  record(call: RecordedByHand): void {
    if (!this.#tracker.open) return;
    try {
      const { readingLimits: limits, features, outputs } = this.#options;
      const table = (list: readonly unknown[], side: 'X_' | 'Y_', given: readonly string[]) => {
        const rows = Array.isArray(list) ? rowsOfList(list, limits) : undefined;
        return rows === undefined ? undefined : this.#tracker.rules.apply(rows, side, given);
      };
      const X = table(call.X, 'X_', features);
      const Y = table(call.Y, 'Y_', outputs);
      if (X === undefined || Y === undefined || X.rows.length !== Y.rows.length) {
        this.#tracker.counters.undecodable += 1;
        return;
      }
      this.#tracker.record({
        model: this.#tracker.monitors.admit(call.model ?? this.#tracker.monitors.onlyModel()),
        X,
        Y,
        at: this.#tracker.clock.now(),
        latencyMs: Number.NaN,
        status: 0,
        requestId: visibleId(call.id),
        parent: this.experiment.activeRun ?? null,
        bytes: tableBytes(X) + tableBytes(Y),
      });
    } catch (error) {
      this.#tracker.report(error);
    }
  }

  flush(): Promise<boolean> {
    return this.#tracker.flush();
  }

  close(options: { readonly timeout?: string } = {}): Promise<void> {
    const timeoutMs = parseDuration(options.timeout ?? '5s');
    if (timeoutMs === undefined) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `timeout must be a duration such as '5s', got ${shown(options.timeout)}`,
      );
    }
    return this.#tracker.close(timeoutMs);
  }
}
