import type { Codec } from '../codec.js';
import { type DecodedTable, type DecodeLimits, rowsOfColumns, rowsOfList } from '../decoded-table.js';
import { TextBody } from '../wire.js';
import { csvRows } from './csv-rows.js';
import { objectOf } from './reserved-route.js';

/**
 * MLflow's scoring protocol: `dataframe_split`, `dataframe_records`, `instances`, `inputs` or CSV → `{"predictions":…}` as
 * a list, records, or an object of lists. Reserves `POST /invocations`, of the model `default`.
 */
export const mlflow: Codec = {
  name: 'mlflow',
  route: (method, path) => (method === 'POST' && /(?:^|\/)invocations$/.test(path) ? { model: 'default' } : undefined),
  inputs(body, limits, request) {
    if (body instanceof TextBody) {
      const isCsv = /\bcsv\b/i.test(request?.header('content-type') ?? '');
      return isCsv ? namedTable(csvRows(body.text, limits.cells), limits) : undefined;
    }
    const given = objectOf(body);
    if (given === undefined) return undefined;
    const { dataframe_split: split, dataframe_records: records, instances, inputs } = given;
    if (split !== undefined) return splitTable(split, limits);
    if (Array.isArray(records)) return rowsOfList(records, limits);
    if (Array.isArray(instances)) return rowsOfList(instances, limits);
    return Array.isArray(inputs) ? rowsOfList(inputs, limits) : columns(inputs, limits);
  },
  outputs(response, _rows, limits) {
    const predictions = objectOf(response)?.predictions;
    return Array.isArray(predictions) ? rowsOfList(predictions, limits) : columns(predictions, limits);
  },
};

function columns(value: unknown, limits: DecodeLimits): DecodedTable | undefined {
  const lists = objectOf(value);
  return lists === undefined ? undefined : rowsOfColumns(lists, limits);
}

function splitTable(value: unknown, limits: DecodeLimits): DecodedTable | undefined {
  const split = objectOf(value);
  if (!Array.isArray(split?.data)) return undefined;
  if (!Array.isArray(split.columns)) return rowsOfList(split.data, limits);
  return namedTable([split.columns, ...split.data], limits);
}

/** The first row names the columns of the others. */
function namedTable(rows: readonly unknown[] | undefined, limits: DecodeLimits): DecodedTable | undefined {
  const [names, ...data] = rows ?? [];
  if (!Array.isArray(names) || data.length === 0) return undefined;
  const table = rowsOfList(data, limits);
  if (table === undefined || table.names !== undefined) return undefined;
  return { names: names.slice(0, limits.columns).map((name) => String(name).slice(0, 256)), rows: table.rows };
}
