import { Buffer } from 'node:buffer';

/** One call as it went over the wire. */
export interface WireCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly answerHeaders: Readonly<Record<string, string>>;
  readonly answer: Buffer;
}

type Scalar = string | number | boolean | null;
/** Columns that say nothing are left out, as nothing tells them from those that are not there. */
export type Row = ReadonlyMap<string, Cell>;
type Cell = Scalar | readonly number[];
type Json = Readonly<Record<string, unknown>>;

/** A call that is not of the format. */
export class Unread extends Error {}

/**
 * A second reading of the wire formats, from their documentation alone: it shares no line with `src/wire/codecs`.
 *
 * @throws Unread
 */
export type Reading = (call: WireCall) => {
  readonly X: readonly Row[];
  readonly Y: readonly Row[];
};

const unread = (why: string): never => {
  throw new Unread(why);
};
const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
const own = (object: unknown, name: string): unknown =>
  isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined;

/** JSON in which numbers may also be NaN and infinities, as Python writes them. */
function parse(bytes: Buffer): Json {
  const text = bytes
    .toString()
    .replace(/("(?:[^"\\]|\\.)*")|-?\bInfinity\b|\bNaN\b/g, (found, string) => {
      if (string !== undefined) return string;
      return found === 'NaN' ? 'null' : found.replace('Infinity', '1e999');
    });
  const value = JSON.parse(text);
  return isObject(value) ? value : unread('no object');
}

/** A value under its path, as docs/columns.md says: objects by what lies in them, a list as one value. */
function put(row: Map<string, Cell>, path: readonly string[], value: unknown): void {
  if (Array.isArray(value)) putList(row, path, value.flat(9));
  else if (value !== null && typeof value === 'object') {
    for (const [name, inner] of Object.entries(value)) put(row, [...path, name], inner);
  } else if (value !== null && value !== undefined && !Number.isNaN(value)) {
    row.set(path.join('.'), typeof value === 'string' ? value.slice(0, 1_024) : (value as Scalar));
  }
}

/** A list of numbers, of objects, or of texts: their distinct ones in order. */
function putList(row: Map<string, Cell>, path: readonly string[], list: readonly unknown[]): void {
  const present = list.filter((entry) => entry !== null && entry !== undefined);
  if (list.length > 0 && list.every(isObject)) {
    const names = new Set(list.flatMap((object) => Object.keys(object as object)));
    for (const name of names) {
      const values = list
        .filter((object) => Object.hasOwn(object as object, name))
        .map((object) => own(object, name));
      put(row, [...path, name], values);
    }
  } else if (present.length > 0 && present.every((entry) => typeof entry === 'number')) {
    const numbers = list.map((entry) => (typeof entry === 'number' ? entry : Number.NaN));
    row.set(path.join('.'), numbers);
  } else {
    const texts = new Set(present.filter((entry) => typeof entry !== 'object').map(String));
    if (texts.size > 0) row.set(path.join('.'), [...texts].sort().join(', ').slice(0, 1_024));
  }
}

const rowOf = (fill: (row: Map<string, Cell>) => void): Row => {
  const row = new Map<string, Cell>();
  fill(row);
  return row;
};

/** Rows as objects by name; as lists or tensors numbered through; as scalars the column 0. */
function rowsOf(list: unknown): readonly Row[] {
  if (!Array.isArray(list)) return unread('no list');
  return list.map((each) =>
    rowOf((row) => {
      if (isObject(each)) put(row, [], each);
      else for (const [place, value] of [each].flat(9).entries()) put(row, [String(place)], value);
    }),
  );
}

/** Columns side by side; one of a single value holds for all rows. */
function columnsOf(columns: readonly (readonly [name: string, values: unknown])[]): readonly Row[] {
  const lists = columns.map(
    ([name, values]) => [name, Array.isArray(values) ? values : [values]] as const,
  );
  const count = Math.max(0, ...lists.map(([, values]) => values.length));
  if (lists.some(([, { length }]) => length !== count && length !== 1))
    unread('columns differ in length');
  return Array.from({ length: count }, (_, place) =>
    rowOf((row) => {
      for (const [name, values] of lists) put(row, [name], values[values.length === 1 ? 0 : place]);
    }),
  );
}

const listOrColumns = (value: unknown): readonly Row[] =>
  isObject(value) ? columnsOf(Object.entries(value)) : rowsOf(value);

export const tfserving: Reading = ({ body, answer }) => {
  const sent = parse(body);
  const answered = parse(answer);
  const { outputs, predictions } = answered;
  const scalar = outputs !== undefined && (outputs === null || typeof outputs !== 'object');
  return {
    X: sent.instances === undefined ? listOrColumns(sent.inputs) : rowsOf(sent.instances),
    Y:
      predictions === undefined ? listOrColumns(scalar ? [outputs] : outputs) : rowsOf(predictions),
  };
};

/** The top half of a number of 32 bits, rounded to the nearest, in a tie to the even one. */
function halfOf(value: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(Math.fround(value));
  const bits = bytes.readUInt32BE();
  return Math.floor((bits + 0x7fff + (Math.floor(bits / 65_536) % 2)) / 65_536);
}

/** The decimal with the fewest digits that is stored as this number. */
function shortest(value: number, stored: (value: number) => number): number {
  for (let digits = 1; Number.isFinite(value) && digits < 17; digits += 1) {
    const decimal = Number(value.toPrecision(digits));
    if (stored(decimal) === stored(value)) return decimal;
  }
  return value;
}

const ELEMENTS: Readonly<
  Record<string, readonly [size: number, read: (bytes: Buffer, at: number) => Scalar]>
> = {
  BOOL: [1, (bytes, at) => bytes[at] !== 0],
  UINT8: [1, (bytes, at) => bytes.readUInt8(at)],
  INT8: [1, (bytes, at) => bytes.readInt8(at)],
  UINT16: [2, (bytes, at) => bytes.readUInt16LE(at)],
  INT16: [2, (bytes, at) => bytes.readInt16LE(at)],
  UINT32: [4, (bytes, at) => bytes.readUInt32LE(at)],
  INT32: [4, (bytes, at) => bytes.readInt32LE(at)],
  UINT64: [8, (bytes, at) => Number(bytes.readBigUInt64LE(at))],
  INT64: [8, (bytes, at) => Number(bytes.readBigInt64LE(at))],
  BF16: [
    2,
    (bytes, at) =>
      shortest(Buffer.from([0, 0, bytes[at] ?? 0, bytes[at + 1] ?? 0]).readFloatLE(0), halfOf),
  ],
  FP32: [4, (bytes, at) => bytes.readFloatLE(at)],
  FP64: [8, (bytes, at) => bytes.readDoubleLE(at)],
};

function elements(type: unknown, bytes: Buffer): Scalar[] {
  const values: Scalar[] = [];
  if (type === 'BYTES') {
    for (let at = 0; at < bytes.length; ) {
      const end =
        at + 4 + (at + 4 <= bytes.length ? bytes.readUInt32LE(at) : Number.POSITIVE_INFINITY);
      if (end > bytes.length) unread('a text is cut');
      values.push(bytes.subarray(at + 4, end).toString());
      at = end;
    }
    return values;
  }
  const [size, read] = ELEMENTS[String(type)] ?? unread(`no type ${type}`);
  if (bytes.length % size !== 0) unread('an element is cut');
  for (let at = 0; at < bytes.length; at += size) values.push(read(bytes, at));
  return values;
}

function tensorsOf(
  body: Buffer,
  headers: WireCall['headers'],
  side: 'inputs' | 'outputs',
): readonly Row[] {
  const length = Number(headers['inference-header-content-length'] ?? body.length);
  let rest = body.subarray(length);
  const list = parse(body.subarray(0, length))[side];
  if (!Array.isArray(list) || list.length === 0) return unread('no tensors');
  const tensors = list.map(({ name, shape, datatype, data, parameters }) => {
    const size = parameters?.binary_data_size;
    const values =
      size === undefined ? (data as unknown[]).flat(9) : elements(datatype, rest.subarray(0, size));
    if (size > rest.length) unread('bytes are missing');
    rest = rest.subarray(size ?? 0);
    const [rows, ...inner] = shape as number[];
    const width = inner.reduce((product, each) => product * each, 1);
    if (values.length !== (rows ?? 1) * width) unread('data do not fit the shape');
    return { name, rows: rows ?? 1, width, values };
  });
  const count = Math.max(...tensors.map(({ rows }) => rows));
  if (tensors.some(({ rows }) => rows !== count && rows !== 1)) unread('rows differ');
  return Array.from({ length: count }, (_, place) =>
    rowOf((row) => {
      for (const { name, rows, width, values } of tensors) {
        for (let column = 0; column < width; column += 1) {
          const inTensor = tensors.length === 1 ? [String(column)] : [name, String(column)];
          const path = width === 1 ? [name] : inTensor;
          put(row, path, values[(rows === 1 ? 0 : place) * width + column]);
        }
      }
    }),
  );
}

export const oip: Reading = ({ body, headers, answer, answerHeaders }) => ({
  X: tensorsOf(body, headers, 'inputs'),
  Y: tensorsOf(answer, answerHeaders, 'outputs'),
});

/** RFC 4180, letter by letter. */
function csvOf(text: string): string[][] {
  const rows: string[][] = [[]];
  let field = '';
  let quoted = false;
  const end = (): unknown => rows.at(-1)?.push(field);
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] as string;
    if (quoted && letter === '"' && text[at + 1] === '"') {
      field += letter;
      at += 1;
    } else if (letter === '"') quoted = !quoted;
    else if (quoted || !/[,\r\n]/.test(letter)) field += letter;
    else if (letter !== '\r') {
      end();
      field = '';
      if (letter === '\n') rows.push([]);
    }
  }
  end();
  if (rows.at(-1)?.join('') === '' && text.endsWith('\n')) rows.pop();
  const width = rows[0]?.length ?? 0;
  return rows.filter((row) => width === 1 || row.length > 1 || row[0] !== '');
}

const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

function csvRows(text: string): readonly Row[] {
  const [names = [], ...rows] = csvOf(text);
  if (rows.some(({ length }) => length > names.length)) unread('more fields than names');
  const value = (field: string): Scalar => {
    if (field === '') return null;
    return NUMBER.test(field) ? Number(field) : field;
  };
  return rows.map((fields) =>
    rowOf((row) => {
      for (const [place, field] of fields.entries()) put(row, [names[place] ?? ''], value(field));
    }),
  );
}

/** Rows as lists, named apart. */
function namedRows(names: unknown, data: unknown): readonly Row[] {
  if (!Array.isArray(names) || !Array.isArray(data)) return unread('no names or no rows');
  return data.map((values) => {
    if (!Array.isArray(values) || values.length > names.length)
      return unread('more values than names');
    return rowOf((row) => {
      for (const [place, value] of values.entries()) put(row, [String(names[place])], value);
    });
  });
}

export const mlflow: Reading = ({ body, headers, answer }) => {
  const Y = listOrColumns(parse(answer).predictions);
  if (headers['content-type']?.startsWith('text/csv')) return { X: csvRows(body.toString()), Y };
  const { dataframe_split: split, dataframe_records: records, instances, inputs } = parse(body);
  if (split !== undefined) return { X: namedRows(own(split, 'columns'), own(split, 'data')), Y };
  return { X: listOrColumns(records ?? instances ?? inputs), Y };
};

export const omega: Reading = ({ body, answer }) => {
  const { columns, data } = parse(body);
  const Y = rowsOf(parse(answer).result);
  if (Array.isArray(data))
    return { X: data.every(Array.isArray) ? namedRows(columns, data) : rowsOf(data), Y };
  const names = columns as readonly string[];
  const cells = names.map((name) => own(data, name));
  if (cells.every(Array.isArray))
    return { X: columnsOf(names.map((name, place) => [name, cells[place]])), Y };
  const labels = [...new Set(cells.flatMap((column) => Object.keys(column as object)))];
  return {
    X: namedRows(
      names,
      labels.map((label) => cells.map((column) => own(column, label))),
    ),
    Y,
  };
};
