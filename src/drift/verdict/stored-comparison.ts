/** Fields by the names under which comparisons and alerts were stored first, with the names that they have now. */
const RENAMED: Readonly<Record<string, string>> = {
  target: 'current',
  seqFrom: 'baselineSeq',
  seqTo: 'currentSeq',
  dtFrom: 'baselineEnd',
  dtTo: 'currentEnd',
};

/** Windows by their former names. */
const WINDOWS: Readonly<Record<string, string>> = { from: 'baseline', to: 'current' };

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** Renames the fields that have a former name. What has none is given back as it is. */
function renamed<T>(value: T, names: Readonly<Record<string, string>>): T {
  if (!isObject(value) || !Object.keys(names).some((name) => Object.hasOwn(value, name)))
    return value;
  const fields = Object.entries(value).map(([name, field]) => [names[name] ?? name, field]);
  return Object.fromEntries(fields) as T;
}

/** A row of a comparison, or an alert, that may have been stored by former names, under those of today. */
export const readStoredFields = <T>(fields: T): T => renamed(fields, RENAMED);

/**
 * A comparison that may have been stored by former names, under those of today: its windows, its rows, and those of its segments.
 * O(rows). What is no comparison is given back as it is.
 */
export function readStoredComparison<T>(json: T): T {
  if (!isObject(json)) return json;
  const { rows, windows, segments } = json;
  return {
    ...json,
    windows: renamed(windows, WINDOWS),
    rows: Array.isArray(rows) ? rows.map(readStoredFields) : rows,
    ...(Array.isArray(segments) && {
      segments: segments.map(readStoredSegment),
    }),
  };
}

const readStoredSegment = (segment: unknown): unknown =>
  Array.isArray(segment) ? [segment[0], readStoredComparison(segment[1])] : segment;
