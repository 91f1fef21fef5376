import { shortestBrain, shortestHalf } from '../../cells/single-precision.js';
import type { Codec } from '../codec.js';
import { columnName } from '../column-name.js';
import type { DecodedTable, DecodeLimits } from '../decoded-table.js';
import { type HeaderOf, parseJson } from '../wire.js';
import { objectOf, reservedRoute } from './reserved-route.js';
import { flattenTensor, type Tensor, tableOfTensors, tensorSizeOf } from './tensor.js';

/** Bytes of a value, and how it is read out of the binary extension. */
const BINARY: Readonly<
  Record<string, readonly [bytes: number, read: (view: DataView, at: number) => unknown]>
> = {
  BOOL: [1, (view, at) => view.getUint8(at) !== 0],
  UINT8: [1, (view, at) => view.getUint8(at)],
  UINT16: [2, (view, at) => view.getUint16(at, true)],
  UINT32: [4, (view, at) => view.getUint32(at, true)],
  UINT64: [8, (view, at) => Number(view.getBigUint64(at, true))],
  INT8: [1, (view, at) => view.getInt8(at)],
  INT16: [2, (view, at) => view.getInt16(at, true)],
  INT32: [4, (view, at) => view.getInt32(at, true)],
  INT64: [8, (view, at) => Number(view.getBigInt64(at, true))],
  FP16: [2, (view, at) => shortestHalf(halfFloat(view.getUint16(at, true)))],
  BF16: [2, (view, at) => shortestBrain(brainFloat(view.getUint16(at, true)))],
  FP32: [4, (view, at) => view.getFloat32(at, true)],
  FP64: [8, (view, at) => view.getFloat64(at, true)],
};

/**
 * KServe's V2 or Open Inference Protocol, of Triton, MLServer and others: `{"inputs":[{name, shape, datatype, data}]}` →
 * `{"outputs":[…]}`, data flat or nested, also with the tensors' bytes behind the JSON (the binary extension).
 * Whole numbers of 64 bits are rounded to what a float64 holds. Reserves `POST …/v2/models/<model>[/versions/<v>]/infer`.
 */
export const oip: Codec = {
  name: 'oip',
  route: reservedRoute(
    'POST',
    /\/v2\/models\/(?<model>[^/]{1,256})(?:\/versions\/(?<version>[^/]{1,64}))?\/infer$/,
  ),
  inputs: (body, limits, request) => tensorsOf(body, 'inputs', limits, request?.header),
  outputs: (response, _rows, limits, answer) =>
    tensorsOf(response, 'outputs', limits, answer?.header),
  claims(body) {
    const { inputs, outputs } = objectOf(body) ?? {};
    const list = Array.isArray(inputs) ? inputs : outputs;
    if (!Array.isArray(list) || list.length === 0) return false;
    return list.every((entry) => Array.isArray(objectOf(entry)?.shape) && 'datatype' in entry);
  },
};

function tensorsOf(
  body: unknown,
  side: 'inputs' | 'outputs',
  limits: DecodeLimits,
  header: HeaderOf | undefined,
): DecodedTable | undefined {
  const { json, rest } =
    body instanceof Uint8Array ? split(body, header) : { json: body, rest: new Uint8Array() };
  const list = objectOf(json)?.[side];
  if (!Array.isArray(list) || list.length === 0 || list.length > limits.columns) return undefined;
  const tensors: Tensor[] = [];
  let at = 0;
  for (const entry of list) {
    const tensor = objectOf(entry);
    const size = tensorSizeOf(tensor?.shape, limits);
    if (tensor === undefined || size === undefined || typeof tensor.datatype !== 'string')
      return undefined;
    const count = size.rows * size.width;
    const bytes = objectOf(tensor.parameters)?.binary_data_size;
    let values: unknown[] | undefined;
    if (Number.isInteger(bytes) && (bytes as number) >= 0) {
      values = binaryValues(rest.subarray(at, at + (bytes as number)), tensor.datatype, count);
      at += bytes as number;
    } else values = flattenTensor(tensor.data, count);
    const name = columnName(tensor.name);
    if (values?.length !== count || name === undefined) return undefined;
    tensors.push({ name, ...size, values });
  }
  return tableOfTensors(tensors, limits);
}

/** The JSON before the bytes; its length stands in a header. */
function split(
  body: Uint8Array,
  header: HeaderOf | undefined,
): { json: unknown; rest: Uint8Array } {
  const length = Number(header?.('inference-header-content-length') ?? body.length);
  if (!Number.isInteger(length) || length < 0 || length > body.length)
    return { json: undefined, rest: body };
  try {
    const json = parseJson(Buffer.from(body.subarray(0, length)).toString('utf8'));
    return { json, rest: body.subarray(length) };
  } catch {
    return { json: undefined, rest: body };
  }
}

function binaryValues(bytes: Uint8Array, datatype: string, count: number): unknown[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (datatype === 'BYTES') return lengthPrefixed(view, count);
  const [width, read] = (Object.hasOwn(BINARY, datatype) ? BINARY[datatype] : undefined) ?? [
    0,
    () => undefined,
  ];
  if (width === 0 || bytes.length !== width * count) return undefined;
  return Array.from({ length: count }, (_, index) => read(view, index * width));
}

function lengthPrefixed(view: DataView, count: number): string[] | undefined {
  const values: string[] = [];
  let at = 0;
  while (values.length < count) {
    if (at + 4 > view.byteLength) return undefined;
    const length = view.getUint32(at, true);
    at += 4;
    if (at + length > view.byteLength) return undefined;
    values.push(Buffer.from(view.buffer, view.byteOffset + at, length).toString('utf8'));
    at += length;
  }
  return values;
}

/** IEEE 754 binary16: one bit of sign, five of exponent, ten of fraction. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The upper half of a binary32. */
function brainFloat(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}
