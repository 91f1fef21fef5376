export { MISSING_WORDS } from './cells/missing.js';
export type { ColumnRule, CompareOptions } from './drift/compare-options.js';
export { compareProfiles } from './drift/compare-profiles.js';
export type { DriftStats, DriftStatsJson } from './drift/drift-stats.js';
export {
  describeMovement,
  describeVerdict,
  type WordOptions,
} from './drift/show/describe-drift.js';
export type { ColumnPair } from './drift/statistics/column-pair.js';
export {
  EFFECT_GATES,
  type EffectGates,
  type Sensitivity,
} from './drift/statistics/effect-gates.js';
export type { Finding, Statistic, StatisticKey } from './drift/statistics/statistic.js';
export type { DriftRow, Outcome } from './drift/verdict/drift-row.js';
export type { NotCompared, Verdict } from './drift/verdict/not-compared.js';
export { LeewayError, type LeewayErrorCode } from './leaves/errors.js';
export { BaselineTransforms, type ColumnTransform } from './profile/baseline-transforms.js';
export { Block, type BlockColumn } from './profile/block.js';
export { BlockRing } from './profile/block-ring.js';
export type { ColumnDoubt } from './profile/column-doubts.js';
export type { ColumnProfile } from './profile/column-profile.js';
export type { CorrelationMatrix } from './profile/correlations.js';
export type { NumberSummary } from './profile/number-summary.js';
export { Profile } from './profile/profile.js';
export type { ProfileOptions } from './profile/profile-options.js';
export { profileStream } from './profile/profile-stream.js';
export { type ProfileTableOptions, profileTable, type Table } from './profile/profile-table.js';
export type { ColumnFamily, ColumnType, Schema } from './profile/schema.js';
export type { ReadingCounts, ValueCounts } from './profile/value-counts.js';
