export { LeewayError, type LeewayErrorCode } from './errors.js';
export { type ReadProgress, type ReadTableOptions, readTable, type TableFormat } from './readers/read-table.js';
export type { BadRow, TableBatch } from './readers/table-batch.js';
