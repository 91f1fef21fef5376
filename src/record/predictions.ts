import { isNumbers } from '../cells/cell.js';
import { defined } from '../leaves/defined.js';
import type { Cell, Chunk } from '../tracking/chunk.js';
import type { JsonValue } from '../tracking/json-value.js';
import type { NewPrediction } from '../tracking/prediction.js';

/** Ids are names from strangers; a longer one is no id to find a call by. */
const MAX_ID_LENGTH = 256;

/** What labels that come late will be asked for: the outputs of each call of a chunk that has an id. */
export function predictionsOf(chunk: Chunk): NewPrediction[] {
  const outputs = [...chunk.columns].filter(([name]) => name.startsWith('Y_'));
  const predictions: NewPrediction[] = [];
  let from = 0;
  for (const [offset, { rows, at, requestId, version }] of chunk.calls.entries()) {
    if (requestId !== null && requestId.length <= MAX_ID_LENGTH) {
      const value = Array.from({ length: rows }, (_, row) => rowOf(outputs, from + row));
      predictions.push({
        id: requestId,
        offset,
        value,
        dt: at,
        ...defined({ version }),
      });
    }
    from += rows;
  }
  return predictions;
}

function rowOf(
  columns: readonly [string, readonly Cell[]][],
  row: number,
): Record<string, JsonValue> {
  return Object.fromEntries(
    columns.map(([name, cells]) => [name.slice('Y_'.length), jsonOf(cells[row] ?? null)]),
  );
}

const jsonOf = (cell: Cell): JsonValue =>
  isNumbers(cell) ? cell.map((value) => (Number.isFinite(value) ? value : null)) : cell;
