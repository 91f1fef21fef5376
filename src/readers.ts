export { LeewayError, type LeewayErrorCode } from './leaves/errors.js';
export type { EncodingNote } from './readers/encoding.js';
export {
  type ReadProgress,
  type ReadTableOptions,
  readTable,
  type TableFormat,
} from './readers/read-table.js';
export type { BadRow, SkippedColumn, TableBatch } from './readers/table-batch.js';
