import type { Recording } from '../record/recording.js';
import { type Cell, encodeChunk } from '../tracking/chunk.js';
import type { EventLog } from '../tracking/event-log.js';
import {
  type DecodedTable,
  type DecodeLimits,
  rowOfObject,
  rowsOfList,
  tableBytes,
} from '../wire/decoded-table.js';
import type { FollowCall } from './wrap.js';

/** What calls of a wrapped model are turned into. */
export interface WrappedCallOptions {
  /** The model's name. */
  readonly model: string;
  readonly log: EventLog;
  readonly limits: DecodeLimits;
  readonly now: () => number;
  readonly record: (recording: Recording) => void;
  /** Turns a table into what may be kept. */
  readonly permit: (table: DecodedTable, side: 'X_' | 'Y_') => DecodedTable;
  /** Counts a call that is no table, or whose X and Y differ in rows. */
  readonly undecodable: () => void;
  /** Whether rows may be stored. */
  readonly keepsRows: boolean;
  readonly onError: (error: unknown) => void;
}

/**
 * Follows the calls of one wrapped model: what predicts is recorded like a request, what fits is logged with its rows, what
 * scores is logged as a metric. Rows are lists or objects, a list of scalars is one column, or one row where there is one answer.
 */
export function followCalls(options: WrappedCallOptions): FollowCall {
  const { model, log, now, record, onError, undecodable } = options;
  return (kind, method, args) => {
    const at = now();
    const guard = (work: () => unknown): void => {
      try {
        Promise.resolve(work()).catch(onError);
      } catch (error) {
        onError(error);
      }
    };
    let X: DecodedTable | undefined;
    let Y: DecodedTable | undefined;
    guard(() => {
      X = tableOf(args[0], options.limits);
      Y = kind === 'predict' ? undefined : tableOf(args[1], options.limits);
    });
    return (answer, latencyMs) =>
      guard(() => {
        if (kind === 'score') {
          return typeof answer === 'number'
            ? log.logMetric(`${model}/${method}`, answer)
            : undefined;
        }
        const answered = kind === 'predict' ? tableOf(answer, options.limits) : Y;
        const pair = X === undefined ? undefined : paired(X, answered);
        if (pair === undefined) return undecodable();
        const sides = {
          X: options.permit(pair.X, 'X_'),
          Y: pair.Y && options.permit(pair.Y, 'Y_'),
        };
        if (kind === 'fit') return logFit(options, method, sides, at, latencyMs);
        return record({
          model,
          ...sides,
          at,
          latencyMs,
          status: 0,
          requestId: null,
          parent: log.activeRun ?? null,
          bytes: tableBytes(sides.X) + (sides.Y === undefined ? 0 : tableBytes(sides.Y)),
        });
      });
  };
}

function tableOf(value: unknown, limits: DecodeLimits): DecodedTable | undefined {
  if (value === null || value === undefined) return undefined;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return rowsOfList(Array.from(value as unknown as ArrayLike<number>), limits);
  }
  if (Array.isArray(value)) {
    const lists = value.map((row) =>
      ArrayBuffer.isView(row) ? Array.from(row as unknown as ArrayLike<number>) : row,
    );
    return rowsOfList(lists, limits);
  }
  return typeof value === 'object' ? rowOfObject(value, limits) : rowsOfList([value], limits);
}

/** X with as many rows as Y: a list of scalars that got one answer was one row. */
function paired(
  X: DecodedTable,
  Y: DecodedTable | undefined,
): { readonly X: DecodedTable; readonly Y: DecodedTable | undefined } | undefined {
  if (Y === undefined || X.rows.length === Y.rows.length) return { X, Y };
  const isList = X.names === undefined && X.rows.every((row) => row.length === 1);
  if (!isList || Y.rows.length !== 1) return undefined;
  return { X: { names: undefined, rows: [X.rows.map((row) => row[0] as Cell)] }, Y };
}

async function logFit(
  { model, log, keepsRows }: WrappedCallOptions,
  method: string,
  { X, Y }: { readonly X: DecodedTable; readonly Y: DecodedTable | undefined },
  at: number,
  latencyMs: number,
): Promise<void> {
  const rows = X.rows.length;
  const call = { rows, at, latencyMs, status: 0, requestId: null, parent: log.activeRun ?? null };
  const columns = new Map([...columnsOf('X_', X), ...(Y === undefined ? [] : columnsOf('Y_', Y))]);
  const entry = log.entry('fit', model, { method, rows });
  const kept = keepsRows ? { rows, bytes: encodeChunk({ calls: [call], rows, columns }) } : {};
  await log.append([{ ...entry, ...kept }]);
}

function columnsOf(prefix: string, { names, rows }: DecodedTable): [string, Cell[]][] {
  const width = names?.length ?? rows.reduce((most, row) => Math.max(most, row.length), 0);
  return Array.from({ length: width }, (_, index) => [
    `${prefix}${names?.[index] ?? index}`,
    rows.map((row) => row[index] ?? null),
  ]);
}
