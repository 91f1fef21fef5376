export type { Alert, AlertEvent, Severity, Transition } from './alert/alert.js';
export type { Incident } from './alert/incident.js';
export type { OutboxStatus } from './alert/outbox.js';
export type { AlertRule, RuleContext } from './alert/rule.js';
export type { AlertSink } from './alert/sink.js';
export { callback, emitter } from './alert/sinks/callback.js';
export { type EmailOptions, email, type MailTransport } from './alert/sinks/email.js';
export { logLine, type WriteLine } from './alert/sinks/log-line.js';
export { verifyWebhook, type WebhookOptions, webhook } from './alert/sinks/webhook.js';
export type { Clock } from './clock.js';
export type { ColumnPair } from './drift/column-pair.js';
export type { ColumnRule } from './drift/compare-options.js';
export type { DescribedSnapshotColumn } from './drift/describe.js';
export type { ColumnKind, DriftRow, Outcome } from './drift/drift-row.js';
export type { DescribedColumn, DriftStats, DriftStatsJson } from './drift/drift-stats.js';
export type { EffectGates, Sensitivity } from './drift/effect-gates.js';
export type { Explanation, MovedPart } from './drift/explain.js';
export type { Finding, Statistic, StatisticKey } from './drift/statistic.js';
export { LeewayError, type LeewayErrorCode } from './errors.js';
export type { Call, DecodedCall, OwnCodec } from './intercept/codec.js';
export type { Redaction } from './intercept/column-rules.js';
export type { Counters } from './intercept/counters.js';
export type { UnusualCall, UnusualInput } from './intercept/usual-inputs.js';
export type { Backtest, BacktestTurn } from './monitor/backtest.js';
export type { BaselineChoice, BaselineDescription } from './monitor/baselines.js';
export type { CalibrationReport } from './monitor/calibration-report.js';
export type { CompareQuery, GivenData } from './monitor/comparisons.js';
export type { Proposal } from './monitor/deployments.js';
export type { DescribedSnapshot } from './monitor/described-snapshots.js';
export type {
  CaptureQuery,
  CaptureResult,
  DriftMonitor,
  MonitorEventQuery,
  MonitorExplanation,
} from './monitor/monitor.js';
export type { SnapshotQuery } from './monitor/snapshot-query.js';
export type { MonitorState, MonitorStatus } from './monitor/state.js';
export type { Data, DataInHand } from './monitor/tables.js';
export type { JobContext, JobRun, JobStatus, JobStep } from './schedule/job.js';
export type { EveryRows, ScheduleSpec } from './schedule/schedule.js';
export type { Drift, DriftStatus, RecordedByHand, StoreStatus } from './service/drift.js';
export type { ErasableRow, Erased, ErasureQuery } from './service/erasure-query.js';
export type { Experiment, TrackOptions } from './service/experiment.js';
export type { JobRecord } from './service/job-records.js';
export { type ExperimentOptions, experiment } from './service/open-experiment.js';
export type { CodecOption, DriftOptions, Limits, ModelOptions } from './service/options.js';
export type { LatencySummary, ModelUsage, UsageQuery } from './service/usage.js';
export type { EventKind } from './tracking/event.js';
export type { LogOptions, RunStatus } from './tracking/event-log.js';
export type { DataQuery, RunRange } from './tracking/event-query.js';
export type { EventRow, EventTable } from './tracking/event-table.js';
export type { LogSummary, MetricSummary } from './tracking/log-summary.js';
export type { Extra } from './tracking/logged-value.js';
export type { DataPiece, RestoreQuery } from './tracking/restore.js';
export type * from './tracking/store.js';
export { memoryStore } from './tracking/stores/memory.js';
export { type PostgresStoreOptions, postgresStore } from './tracking/stores/postgres.js';
export { type SqliteStoreOptions, sqliteStore } from './tracking/stores/sqlite.js';
