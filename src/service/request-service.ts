import type { Experiment } from '../experiment/experiment.js';
import type { Clock } from '../leaves/clock.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { formatCount } from '../leaves/text.js';
import { formatMinute, parseDuration } from '../leaves/time.js';
import type { DriftMonitor } from '../monitor/monitor.js';
import type { MonitorState } from '../monitor/status/state.js';
import { visibleId } from '../watch/admission.js';
import type { Interception } from '../watch/interception.js';
import { Interceptor } from '../watch/interceptor.js';
import type { Request } from '../watch/route.js';
import { Taps } from '../watch/tap.js';
import { rowsOfList, tableBytes } from '../wire/decoded-table.js';
import { nameLimit } from '../wire/name-limit.js';
import type { Drift, DriftStatus, ModelStatus, RecordedByHand } from './middleware-controls.js';
import type { DriftOptions } from './options.js';
import { failsCalls, recordingReasons } from './recording-reasons.js';
import { type ResolvedOptions, resolveDriftOptions } from './resolved-options.js';
import { Tracker } from './tracker.js';

export type { Interception } from '../watch/interception.js';

/** The order in which states press. */
const PRESSING: readonly MonitorState[] = ['failing', 'drifting', 'no-data', 'learning', 'healthy'];
const STORE_IS_UNSET =
  'the option store is set to undefined, as by an environment variable that is not set: this process writes to a default SQLite ' +
  'file of its own, which no other replica reads';
const TURNED_OFF =
  'leeway is turned off, by enabled: false or LEEWAY_DISABLED: nothing is recorded';
const NO_SAMPLE = 'the option sample is 0: no call is recorded';
const NO_COLUMN =
  'no column is recorded: the calls have none, or the options redact, include and exclude leave none';
const OPTIONS_DIFFER =
  'another replica of this experiment runs with other options (baseline, schedule, rules, minRows, falseAlarms, features or outputs)';

/**
 * The composition root: from options to what one host needs. An adapter asks `follow` about each request, follows the
 * interception up, and hands the controls to the host.
 */
export class Service implements Drift {
  readonly experiment: Experiment;
  readonly #options: ResolvedOptions;
  readonly #tracker: Tracker;
  readonly #interceptor: Interceptor;
  /** Requests and calls by hand that came while it was off or closed. */
  #missedCalls = 0;

  /** @throws LeewayError `ERR_LEEWAY_OPTION` where an option is unknown or wrong. */
  constructor(
    options: DriftOptions,
    internals: { readonly clock?: Clock; readonly patience?: Clock } = {},
  ) {
    const resolved = resolveDriftOptions(options);
    const tracker = new Tracker(resolved, { ...internals, saysBaselines: true });
    this.#options = resolved;
    this.#tracker = tracker;
    this.experiment = tracker.experiment;
    this.#interceptor = new Interceptor({
      clock: tracker.clock,
      pipeline: tracker.pipeline,
      routes: resolved.routes,
      taps: new Taps(),
      requestId: resolved.requestId,
      version: resolved.version,
      admitModel: (name) => tracker.monitors.admit(name),
      admitVersion: nameLimit(resolved.limits.versions),
      limits: resolved.readingLimits,
      activeRun: () => this.experiment.activeRun,
      say: (line) => tracker.reporter.info(line),
      onError: (error) => tracker.reporter.error(error),
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
    if (!this.#tracker.isOpen) {
      this.#missedCalls += 1;
      return undefined;
    }
    let call: Interception | undefined;
    try {
      call = this.#interceptor.begin(request);
      if (call !== undefined) watch(call);
      return call;
    } catch (error) {
      this.reportLost(error);
      call?.letGo();
      return undefined;
    }
  }

  /** Counts an error, and reports it. Never throws. */
  report(error: unknown): void {
    this.#tracker.reporter.error(error);
  }

  /** Counts and reports an error that keeps a call from being recorded. Never throws. */
  reportLost(error: unknown): void {
    this.#tracker.pipeline.lost.add(error);
    this.report(error);
  }

  monitor(model?: string): DriftMonitor {
    return this.#tracker.monitors.of(model);
  }

  status(): DriftStatus {
    const models = [...this.#tracker.monitors].map((monitor) => this.#statusOf(monitor));
    const state =
      PRESSING.find((candidate) => models.some((model) => model.state === candidate)) ?? 'learning';
    const { health, deliveries, pipeline, replicas, unmatched: names, closedAt } = this.#tracker;
    const { counters, lost } = pipeline;
    const store = health.status;
    const alerts = deliveries.status;
    const { enabled } = this.#options;
    const { droppedColumns } = counters;
    const isDelivering = alerts.lastError === null;
    const { unmatched } = this.#interceptor;
    const reasons = models.flatMap((model) =>
      models.length === 1
        ? model.reasons
        : model.reasons.map((reason) => `${model.model}: ${reason}`),
    );
    return {
      ok: this.#works && isDelivering && state !== 'failing',
      state: enabled ? state : 'disabled',
      reasons: [
        ...(enabled ? [] : [TURNED_OFF]),
        ...(closedAt === undefined ? [] : [this.#afterClose(closedAt)]),
        ...(models.length === 0 && enabled && counters.failed === 0
          ? ['no predict call seen yet']
          : reasons),
        ...(unmatched === undefined ? [] : [unmatched]),
        ...(this.#options.sample === 0 ? [NO_SAMPLE] : []),
        ...recordingReasons(counters, lost.why),
        ...(isDelivering
          ? []
          : [`alerts are not delivered, ${alerts.waiting} of them wait: ${alerts.lastError}`]),
        ...(this.#options.storeIsUnset ? [STORE_IS_UNSET] : []),
        ...health.complaints,
        ...(replicas.differ ? [OPTIONS_DIFFER] : []),
        ...names.reasons,
        ...(droppedColumns > 0
          ? [`columns are left out, at least ${droppedColumns}: see limits.columns`]
          : []),
      ],
      counters: { ...counters },
      store,
      alerts,
      models,
    };
  }

  /** Whether calls become rows in the log. */
  get #works(): boolean {
    const { health, closedAt, pipeline } = this.#tracker;
    return health.flushes && closedAt === undefined && !failsCalls(pipeline.counters);
  }

  #afterClose(closedAt: number): string {
    const calls = formatCount(this.#missedCalls);
    const at = new Date(closedAt).toISOString();
    return `leeway was closed at ${at}; requests since then, which are not recorded: ${calls}`;
  }

  #statusOf(monitor: DriftMonitor): ModelStatus {
    const status = monitor.status();
    const { next } = monitor.job.status();
    const nextCaptureAt = next !== null && Number.isFinite(next) ? next : null;
    const isWaiting =
      status.state === 'learning' && status.snapshots === 0 && nextCaptureAt !== null;
    const wait = isWaiting ? [`the next capture is at ${formatMinute(nextCaptureAt)}`] : [];
    const columns = this.#tracker.pipeline.columnsOf(status.model);
    const isBare = columns?.length === 0;
    return {
      ...status,
      reasons: [...status.reasons, ...wait, ...(isBare ? [NO_COLUMN] : [])],
      columns: columns ?? [],
      nextCaptureAt,
    };
  }

  record(call: RecordedByHand): void {
    if (!this.#tracker.isOpen) {
      this.#missedCalls += 1;
      return;
    }
    try {
      const { readingLimits: limits, features, outputs } = this.#options;
      const table = (list: readonly unknown[], side: 'X_' | 'Y_', given: readonly string[]) => {
        const rows = Array.isArray(list) ? rowsOfList(list, limits) : undefined;
        return rows === undefined
          ? undefined
          : this.#tracker.pipeline.rules.apply(rows, side, given);
      };
      const X = table(call.X, 'X_', features);
      const Y = table(call.Y, 'Y_', outputs);
      if (X === undefined || Y === undefined || X.rows.length !== Y.rows.length) {
        this.#tracker.pipeline.counters.undecodable += 1;
        return;
      }
      this.#tracker.pipeline.accept({
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
      this.reportLost(error);
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
