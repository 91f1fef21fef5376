export type { Alert, AlertEvent, Severity, Transition } from './alert/alert.js';
export type { Incident } from './alert/incident.js';
export type { OutboxStatus } from './alert/outbox.js';
export type { AlertRule, RuleContext } from './alert/rule.js';
export type { AlertSink } from './alert/sink.js';
export { callback, emitter } from './alert/sinks/callback.js';
export { type EmailOptions, email, type MailTransport } from './alert/sinks/email.js';
export { logLine, type WriteLine } from './alert/sinks/log-line.js';
export { verifyWebhook, type WebhookOptions, webhook } from './alert/sinks/webhook.js';
export type { Cell } from './cells/cell.js';
export type { ColumnRule, ComparisonSettings } from './drift/compare-options.js';
export type { DriftStats } from './drift/drift-stats.js';
export type {
  ComparedProfiles,
  DescribedColumn,
  DriftStatsJson,
  FailedStatistic,
} from './drift/drift-stats-json.js';
export type { Explanation, MovedPart } from './drift/explain.js';
export type { ColumnDescription, ColumnStats } from './drift/show/column-stats.js';
export type { DescribedSnapshotColumn } from './drift/show/describe-column.js';
export type { ColumnPlotKind, ColumnPlotOptions } from './drift/show/plot.js';
export type { PlotKind, PlotOptions, RowSelection } from './drift/show/plot-comparison.js';
export type { ColumnPair, PairRows } from './drift/statistics/column-pair.js';
export type { EffectGates, Sensitivity } from './drift/statistics/effect-gates.js';
export type { RankCorrelations } from './drift/statistics/joint.js';
export type { PairNumbers } from './drift/statistics/pair-numbers.js';
export type { Finding, Statistic, StatisticKey } from './drift/statistics/statistic.js';
export { STATISTIC_KEYS } from './drift/statistics/statistic.js';
export type { ColumnKind, DriftRow, Outcome, Window } from './drift/verdict/drift-row.js';
export type { NotCompared, Verdict } from './drift/verdict/not-compared.js';
export type { ErasableRow, Erased, ErasureQuery } from './experiment/erasure-query.js';
export type { Experiment, TrackOptions } from './experiment/experiment.js';
export type { JobRecord } from './experiment/job-records.js';
export type { BaselineOption, TrackedModel } from './experiment/tracked-model.js';
export type { LatencySummary, ModelUsage, UsageQuery } from './experiment/usage.js';
export type { Clock } from './leaves/clock.js';
export { LeewayError, type LeewayErrorCode } from './leaves/errors.js';
export type { DriftRowFilter } from './monitor/alerting/rule-narrowing.js';
export type { BaselineChoice } from './monitor/baseline/baseline-choice.js';
export type { BaselineDescription } from './monitor/baseline/baselines.js';
export type { MonitorKind } from './monitor/log/monitor-kind.js';
export type { Proposal } from './monitor/log/version-records.js';
export type {
  CaptureQuery,
  CaptureResult,
  DriftMonitor,
  MonitorExplanation,
} from './monitor/monitor.js';
export type { Backtest, BacktestTurn } from './monitor/read/backtest.js';
export type { CalibrationReport } from './monitor/read/calibration-report.js';
export type { CompareQuery, GivenData } from './monitor/read/comparisons.js';
export type { MonitorEventQuery } from './monitor/readable-monitor.js';
export type { MonitorState, MonitorStatus } from './monitor/status/state.js';
export type { DescribedSnapshot } from './monitor/window/described-snapshots.js';
export type { SnapshotQuery } from './monitor/window/snapshot-query.js';
export type { Data, DataInHand } from './monitor/window/tables.js';
export type { Redaction } from './record/column-rules.js';
export type { Counters } from './record/counters.js';
export type { SeenColumn, SeenType } from './record/seen-columns.js';
export type { UnusualCall, UnusualInput } from './record/usual-inputs.js';
export type { ReportFormat } from './report/report.js';
export type { Job, JobContext, JobRun, JobStatus, JobStep } from './schedule/job.js';
export type { EveryRows, ScheduleSpec } from './schedule/schedule.js';
export type {
  Drift,
  DriftStatus,
  ModelStatus,
  RecordedByHand,
  StoreStatus,
} from './service/middleware-controls.js';
export { type ExperimentOptions, experiment } from './service/open-experiment.js';
export type { CodecOption, DriftOptions, Limits, ModelOptions } from './service/options.js';
export type { CodecName } from './service/routes.js';
export type { EventKind } from './tracking/event.js';
export type { EventLog, EventLogOptions, LogOptions, RunStatus } from './tracking/event-log.js';
export type { DataQuery, RunRange } from './tracking/event-query.js';
export type { EventRow, EventTable } from './tracking/event-table.js';
export type { LogSummary, MetricSummary } from './tracking/log-summary.js';
export type { Extra } from './tracking/logged-value.js';
export type { DataPiece, RestoreQuery } from './tracking/restore.js';
export type * from './tracking/store.js';
export { memoryStore } from './tracking/stores/memory/store.js';
export type { PgClient, PgPool, PgQuery } from './tracking/stores/postgres/driver.js';
export { type PostgresStoreOptions, postgresStore } from './tracking/stores/postgres/store.js';
export type { SqlRow, SqlValue } from './tracking/stores/sql/rows.js';
export { type SqliteStoreOptions, sqliteStore } from './tracking/stores/sqlite/store.js';
export type { Headers, Match } from './watch/matcher.js';
export type { Request } from './watch/route.js';
export type { Call, DecodedCall, OwnCodec } from './wire/codec.js';
export type { PathMapping, PathSpec } from './wire/codecs/paths.js';
