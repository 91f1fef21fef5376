import type { Random } from '../../src/leaves/random.js';
import { pick } from './requests.js';
import type { WireCall } from './wire-reading.js';

/** Text that stands in JSON as it is. */
class Literal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const NAMES = [
  'age',
  'café',
  'a b',
  '',
  '0',
  '7',
  'a.b',
  '__proto__',
  'constructor',
  'length',
  '\u0000',
  '名前',
  'data',
];
const LITERALS = [
  '-0',
  '1e400',
  'NaN',
  '-Infinity',
  'Infinity',
  '9007199254740993',
  '1E3',
  '1.0',
].map((text) => new Literal(text));
const TEXTS = [
  'a',
  '',
  'Zürich',
  '1.5',
  'true',
  'NaN',
  '😀',
  '\ud800',
  'x'.repeat(1_025),
  'two\nlines',
  '"q", w',
];
const KINDS: Readonly<Record<string, (random: Random) => unknown>> = {
  number: (random) => (random() < 0.4 ? pick(random, LITERALS) : Math.round(random() * 1e4) / 1e3),
  whole: (random) => Math.floor(random() * 1e3),
  boolean: (random) => random() < 0.5,
  text: (random) => pick(random, TEXTS),
  nothing: () => null,
};
const SHAPES = [[], [], [], [1], [3], [2, 2], [0]];

/** JSON with literals, and maps as objects, so that any name may stand in it. */
function written(value: unknown): string {
  if (value instanceof Literal) return value.text;
  if (Array.isArray(value)) return `[${value.map(written)}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${written(inner)}`)}}`;
}

const several = <T>(count: number, each: (place: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => each(at));

function tensor(random: Random, [size, ...rest]: readonly number[], kind: string): unknown {
  if (size !== undefined) return several(size, () => tensor(random, rest, kind));
  return random() < 0.1 ? null : (KINDS[kind] as (typeof KINDS)[string])(random);
}

const namesOf = (random: Random, count: number): string[] => [
  ...new Set(
    several(count, () => (random() < 0.5 ? pick(random, NAMES) : `f${Math.floor(random() * 30)}`)),
  ),
];

interface Frame {
  readonly names: readonly string[];
  readonly rows: readonly Map<string, unknown>[];
}

function frame(random: Random, rows: number): Frame {
  const columns = namesOf(random, 1 + Math.floor(random() * 5)).map((name) => ({
    name,
    kind: pick(random, Object.keys(KINDS)),
    shape: pick(random, SHAPES),
  }));
  const row = (): Map<string, unknown> =>
    new Map(columns.map(({ name, kind, shape }) => [name, tensor(random, shape, kind)]));
  return { names: columns.map(({ name }) => name), rows: several(rows, row) };
}

const listsOf = ({ rows }: Frame): unknown[][] => rows.map((row) => [...row.values()]);
const columnsOf = ({ names, rows }: Frame): Map<string, unknown> =>
  new Map(names.map((name) => [name, rows.map((row) => row.get(name))]));

/** Rows as a format may write them: named, by position, bare. */
function list(random: Random, rows: number): unknown[] {
  const kind = pick(random, Object.keys(KINDS));
  const shape = pick(random, SHAPES);
  return random() < 0.5
    ? [...frame(random, rows).rows]
    : several(rows, () => tensor(random, shape, kind));
}

const rowsOf = (random: Random): number => pick(random, [0, 1, 1, 2, 3, 8]);
/** Now and then one more than there should be. */
const about = (random: Random, rows: number): number => (random() < 0.05 ? rows + 1 : rows);
const listOrColumns = (random: Random, rows: number): unknown =>
  random() < 0.5 ? list(random, rows) : columnsOf(frame(random, rows));

function call(
  path: string,
  body: unknown,
  answer: unknown,
  more: Partial<WireCall> = {},
): WireCall {
  const json = { 'content-type': 'application/json' };
  const sides = { body: Buffer.from(written(body)), answer: Buffer.from(written(answer)) };
  return { method: 'POST', path, headers: json, answerHeaders: json, ...sides, ...more };
}

function tfserving(random: Random): WireCall {
  const rows = rowsOf(random);
  const body =
    random() < 0.5 ? { instances: list(random, rows) } : { inputs: listOrColumns(random, rows) };
  const many = about(random, rows);
  const outputs = { outputs: random() < 0.05 ? 0.5 : listOrColumns(random, many) };
  return call(
    '/v1/models/m:predict',
    body,
    random() < 0.5 ? { predictions: list(random, many) } : outputs,
  );
}

const BYTES_OF: Readonly<Record<string, number>> = {
  BOOL: 1,
  INT8: 1,
  UINT8: 1,
  INT16: 2,
  UINT16: 2,
  BF16: 2,
  INT32: 4,
  UINT32: 4,
  FP32: 4,
  INT64: 8,
  UINT64: 8,
  FP64: 8,
};

/** Tensors of one side, and the bytes behind them. */
function tensors(
  random: Random,
  rows: number,
  binary: boolean,
): [json: Map<string, unknown>[], rest: Buffer] {
  const rest: Buffer[] = [];
  const list = namesOf(random, pick(random, [1, 1, 2, 4])).map((name) => {
    const datatype = pick(random, ['BYTES', ...Object.keys(BYTES_OF)]);
    const shape = [random() < 0.05 ? 1 : about(random, rows), ...pick(random, SHAPES)];
    const count = shape.reduce((product, size) => product * size, 1);
    const said = new Map<string, unknown>([...Object.entries({ name, shape, datatype })]);
    if (!binary && datatype !== 'BF16') {
      const kinds = { BYTES: 'text', BOOL: 'boolean' } as const;
      const kind = kinds[datatype as keyof typeof kinds] ?? 'number';
      return said.set(
        'data',
        tensor(random, random() < 0.5 ? shape : [about(random, count)], kind),
      );
    }
    const text = (): Buffer => {
      const bytes = Buffer.from(pick(random, ['', 'a', 'Zürich', '😀']));
      return Buffer.concat([Buffer.from(Uint32Array.of(bytes.length).buffer), bytes]);
    };
    const size = BYTES_OF[datatype];
    const content =
      size === undefined
        ? several(count, text)
        : several(count * size, () => Buffer.of(random() * 256));
    rest.push(Buffer.concat(content));
    return said.set('parameters', { binary_data_size: rest.at(-1)?.length });
  });
  return [list, Buffer.concat(rest)];
}

function oip(random: Random): WireCall {
  const rows = rowsOf(random);
  const side = (name: string): [Buffer, Record<string, string>] => {
    const binary = random() < 0.4;
    const [list, rest] = tensors(random, rows, binary);
    const json = Buffer.from(written({ id: '42', [name]: list }));
    const length = { 'inference-header-content-length': String(json.length) };
    const type = {
      'content-type': rest.length > 0 ? 'application/octet-stream' : 'application/json',
    };
    return [Buffer.concat([json, rest]), rest.length > 0 ? { ...type, ...length } : type];
  };
  const [body, headers] = side('inputs');
  const [answer, answerHeaders] = side('outputs');
  return { method: 'POST', path: '/v2/models/m/infer', headers, body, answerHeaders, answer };
}

function mlflow(random: Random): WireCall {
  const rows = rowsOf(random);
  const input = frame(random, rows);
  const predictions = listOrColumns(random, about(random, rows));
  const bodies: (() => unknown)[] = [
    () => ({ dataframe_split: { columns: input.names, data: listsOf(input) } }),
    () => ({ dataframe_records: input.rows }),
    () => ({ instances: list(random, rows) }),
    () => ({ inputs: columnsOf(input) }),
  ];
  if (random() < 0.7) return call('/invocations', pick(random, bodies)(), { predictions });
  const quoted = (text: string): string =>
    /[",\n]/.test(text) || random() < 0.2 ? `"${text.replaceAll('"', '""')}"` : text;
  const field = (): string =>
    quoted(pick(random, [...TEXTS.filter((text) => text !== '\ud800'), '-3e2', '.5', '+7']));
  const lines = [['first', 'b c'].map(quoted), ...several(rows, () => [field(), field()])].map(
    (line) => line.join(','),
  );
  const text = lines.join(pick(random, ['\n', '\r\n'])) + pick(random, ['', '\n', '\n\n']);
  return call(
    '/invocations',
    '',
    { predictions },
    { headers: { 'content-type': 'text/csv' }, body: Buffer.from(text) },
  );
}

function omega(random: Random): WireCall {
  const rows = rowsOf(random);
  const input = frame(random, rows);
  const labels = several(rows, (place) => (random() < 0.5 ? `r${place}` : String(place)));
  const labelled = (name: string): Map<string, unknown> =>
    new Map(labels.map((label, place) => [label, input.rows[place]?.get(name)]));
  const data = pick<() => unknown>(random, [
    () => listsOf(input),
    () => input.rows,
    () => columnsOf(input),
    () => new Map(input.names.map((name) => [name, labelled(name)])),
  ])();
  const body = { columns: input.names, data, shape: null };
  return call(
    '/api/v1/model/m/predict',
    body,
    { model: 'm', result: list(random, rows) },
    { method: 'PUT' },
  );
}

/** Calls of each format, some of them not quite. */
export const CASES: Readonly<Record<string, (random: Random) => WireCall>> = {
  tfserving,
  oip,
  mlflow,
  omega,
};
