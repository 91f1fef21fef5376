export type { MissingWords } from './cells/missing.js';
export { MISSING_WORDS } from './cells/missing.js';
export type { DecimalMark } from './cells/number-text.js';
export type { TimeUnit } from './cells/time-text.js';
export type { ColumnRule, CompareOptions } from './drift/compare-options.js';
export { compareProfiles } from './drift/compare-profiles.js';
export type { DriftStats } from './drift/drift-stats.js';
export type {
  ComparedProfiles,
  DriftStatsJson,
  FailedStatistic,
} from './drift/drift-stats-json.js';
export type { ColumnStats } from './drift/show/column-stats.js';
export type { Comparison } from './drift/show/comparison.js';
export {
  describeMovement,
  describeVerdict,
  type WordOptions,
} from './drift/show/describe-drift.js';
export type { ColumnPlotKind, ColumnPlotOptions } from './drift/show/plot.js';
export type { PlotKind, PlotOptions, RowSelection } from './drift/show/plot-comparison.js';
export type { ColumnPair, PairRows } from './drift/statistics/column-pair.js';
export {
  EFFECT_GATES,
  type EffectGates,
  type Sensitivity,
} from './drift/statistics/effect-gates.js';
export type { RankCorrelations } from './drift/statistics/joint.js';
export type { PairNumbers } from './drift/statistics/pair-numbers.js';
export type { Finding, Statistic, StatisticKey } from './drift/statistics/statistic.js';
export { STATISTIC_KEYS } from './drift/statistics/statistic.js';
export type { DriftRow, Outcome, Window } from './drift/verdict/drift-row.js';
export type { NotCompared, Verdict } from './drift/verdict/not-compared.js';
export { LeewayError, type LeewayErrorCode } from './leaves/errors.js';
export type { AnonymiseOptions } from './profile/anonymise.js';
export type { TransformsState } from './profile/baseline-transforms.js';
export { BaselineTransforms, type ColumnTransform } from './profile/baseline-transforms.js';
export { Block, type BlockColumn } from './profile/block.js';
export type { BlockRingState } from './profile/block-ring.js';
export { BlockRing } from './profile/block-ring.js';
export type { ColumnDoubt } from './profile/column-doubts.js';
export type { ColumnProfile } from './profile/column-profile.js';
export type { ColumnState } from './profile/column-state.js';
export type { CorrelationMatrix } from './profile/correlations.js';
export type { Cycle } from './profile/cycle.js';
export type { DateOrdersState } from './profile/date-orders.js';
export type { DressedNumbersState } from './profile/dressed-numbers.js';
export type { JointSample, JointSampleState } from './profile/joint-sample.js';
export type { ListMeasure, ListSummaryState } from './profile/list-summary.js';
export { LIST_MEASURES } from './profile/list-summary.js';
export type { NumberSummary, NumberSummaryState } from './profile/number-summary.js';
export { Profile } from './profile/profile.js';
export type { ProfileOptions } from './profile/profile-options.js';
export type { StreamItem } from './profile/profile-stream.js';
export { profileStream } from './profile/profile-stream.js';
export { type ProfileTableOptions, profileTable, type Table } from './profile/profile-table.js';
export type { ColumnSet, ProfiledColumns } from './profile/profiled-columns.js';
export type { RisingNumbersState } from './profile/rising-numbers.js';
export type { SampledCell } from './profile/row-sample.js';
export type { ColumnFamily, ColumnType, Schema } from './profile/schema.js';
export type { Season } from './profile/season.js';
export type { TextMeasure, TextSummaryState } from './profile/text-summary.js';
export { TEXT_MEASURES } from './profile/text-summary.js';
export type { ReadingCounts, ValueCounts } from './profile/value-counts.js';
export type { VectorSummary, VectorSummaryState } from './profile/vector-summary.js';
export type { JsonNumber } from './sketch/encoding.js';
export type {
  FrequentItems,
  FrequentItemsJson,
  FrequentItemsState,
} from './sketch/frequent-items.js';
export type { Moments, MomentsJson, MomentsState } from './sketch/moments.js';
export type {
  QuantileSketch,
  QuantileSketchJson,
  QuantileSketchState,
} from './sketch/quantile-sketch.js';
export type { WeightedSample } from './stats/weighted.js';
