export { type CompareOptions, compareProfiles } from './drift/compare-profiles.js';
export type { DriftRow, DriftStats, DriftStatsJson, Outcome } from './drift/drift-stats.js';
export type { StatisticKey } from './drift/statistic.js';
export { describeMovement, describeVerdict, type WordOptions } from './drift/words.js';
export { LeewayError, type LeewayErrorCode } from './errors.js';
export type { ColumnProfile, ColumnType, ValueCounts } from './profile/column-profile.js';
export { Profile } from './profile/profile.js';
export { type ProfileTableOptions, profileTable, type Table } from './profile/profile-table.js';
