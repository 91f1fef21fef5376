import type { Codec } from '../codec.js';
import {
  type DecodedTable,
  type DecodeLimits,
  rowsOfColumns,
  rowsOfList,
} from '../decoded-table.js';
import { TextBody } from '../wire.js';
import { csvRows } from './csv-rows.js';
import { rowsUnderNames } from './named-rows.js';
import { objectOf } from './reserved-route.js';

/**
 * MLflow's scoring protocol: `dataframe_split`, `dataframe_records`, `instances`, `inputs` or CSV → `{"predictions":…}` as
 * a list, records, or an object of lists. Reserves `POST /invocations`, of the model `default`.
 */
export const mlflow: Codec = {
  name: 'mlflow',
  route: (method, path) =>
    method === 'POST' && /(?:^|\/)invocations$/.test(path) ? { model: 'default' } : undefined,
  inputs(body, limits, request) {
    if (body instanceof TextBody) {
      const isCsv = /\bcsv\b/i.test(request?.header('content-type') ?? '');
      return isCsv ? csvTable(body.text, limits) : undefined;
    }
    const given = objectOf(body);
    if (given === undefined) return undefined;
    const { dataframe_split: split, dataframe_records: records, instances, inputs } = given;
    if (split !== undefined) return splitTable(split, limits);
    if (Array.isArray(records)) return rowsOfList(records, limits);
    if (Array.isArray(instances)) return rowsOfList(instances, limits);
    return Array.isArray(inputs) ? rowsOfList(inputs, limits) : columns(inputs, limits);
  },
  claims(body) {
    const { dataframe_split: split, dataframe_records: records } = objectOf(body) ?? {};
    return split !== undefined || records !== undefined;
  },
  outputs(response, _rows, limits) {
    const predictions = objectOf(response)?.predictions;
    return Array.isArray(predictions)
      ? rowsOfList(predictions, limits)
      : columns(predictions, limits);
  },
};

function columns(value: unknown, limits: DecodeLimits): DecodedTable | undefined {
  const lists = objectOf(value);
  return lists === undefined ? undefined : rowsOfColumns(lists, limits);
}

function splitTable(value: unknown, limits: DecodeLimits): DecodedTable | undefined {
  const split = objectOf(value);
  if (!Array.isArray(split?.data)) return undefined;
  return Array.isArray(split.columns)
    ? rowsUnderNames(split.columns, split.data, limits)
    : rowsOfList(split.data, limits);
}

/** The first row names the columns of the others. */
function csvTable(text: string, limits: DecodeLimits): DecodedTable | undefined {
  const [names, ...rows] = csvRows(text, limits.cells) ?? [];
  return names === undefined
    ? undefined
    : rowsUnderNames(
        names.map((name) => name ?? ''),
        rows,
        limits,
      );
}
