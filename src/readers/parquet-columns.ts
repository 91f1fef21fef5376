import { isUtf8 } from 'node:buffer';
import type { FileMetaData, ParquetParsers, SchemaElement } from 'hyparquet';
import { shortestHalf } from '../cells/single-precision.js';

/** One column of a Parquet file, as its schema describes it. */
export interface ParquetColumn {
  readonly name: string;
  /** Makes the values that tables have out of the decoder's, of a row group at a time. */
  readonly plain: (values: ArrayLike<unknown>) => unknown[];
  /** The type that the decoder can't read, if so. */
  readonly unsupported: string | undefined;
}

const UNSUPPORTED: ReadonlySet<string> = new Set(['INTERVAL', 'BSON']);
const PER_SECOND: Readonly<Record<string, number>> = { MILLIS: 1e3, MICROS: 1e6, NANOS: 1e9 };

/** Times are kept in whole milliseconds; those before 1970 are rounded the same way. */
export const PARSERS: Partial<ParquetParsers> = {
  timestampFromMicroseconds: (micros) => new Date(flooredBy(micros, 1_000n)),
  timestampFromNanoseconds: (nanos) => new Date(flooredBy(nanos, 1_000_000n)),
  jsonFromBytes: (bytes) => jsonOrText(bytes),
};

const flooredBy = (value: bigint, by: bigint): number =>
  Number((value - (((value % by) + by) % by)) / by);

function jsonOrText(bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined) return undefined;
  const text = Buffer.from(bytes).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The same metadata, with decimals that only a newer annotation marks marked for the decoder too. */
export function completed(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element): SchemaElement => {
    const { logical_type: logical, converted_type: converted } = element;
    if (logical?.type !== 'DECIMAL' || converted !== undefined) return element;
    return { ...element, converted_type: 'DECIMAL', scale: logical.scale };
  });
  return { ...metadata, schema };
}

/** The top columns of a schema; those inside them are parts of their values. Of columns of one name the first counts. */
export function columnsOf({ schema }: FileMetaData): ParquetColumn[] {
  const [root, ...elements] = schema;
  const columns = new Map<string, ParquetColumn>();
  let index = 0;
  const take = (): SchemaElement[] => {
    const element = elements[index];
    index += 1;
    if (element === undefined) return [];
    const parts = [element];
    for (
      let child = 0;
      child < (element.num_children ?? 0) && index < elements.length;
      child += 1
    ) {
      parts.push(...take());
    }
    return parts;
  };
  for (let child = 0; child < (root?.num_children ?? 0) && index < elements.length; child += 1) {
    const parts = take();
    const name = parts[0]?.name ?? '';
    if (!columns.has(name)) columns.set(name, columnOf(name, parts));
  }
  return [...columns.values()];
}

function columnOf(name: string, parts: readonly SchemaElement[]): ParquetColumn {
  const kinds = parts.map(
    ({ converted_type: converted, logical_type: logical }) => converted ?? logical?.type ?? '',
  );
  const bytes = new BytesReader(parts.some(({ type }) => type === 'FIXED_LEN_BYTE_ARRAY'));
  const [first] = parts;
  const leaf = parts.length === 1 && first !== undefined ? leafReader(first) : undefined;
  const decimals = kinds.includes('DECIMAL')
    ? (value: number): number => Number(value.toPrecision(15))
    : undefined;
  return {
    name,
    plain: (values) => {
      bytes.look(values);
      return Array.from(values, (value) => plainValue(value, { bytes, number: leaf ?? decimals }));
    },
    unsupported: kinds.find((kind) => UNSUPPORTED.has(kind)),
  };
}

/** What a number of a column stands for, where that is not the number itself. */
function leafReader(element: SchemaElement): ((value: number) => unknown) | undefined {
  const { converted_type: converted, logical_type: logical, scale = 0 } = element;
  if (converted === 'DECIMAL')
    return (value) => Number(`${Math.round(value * 10 ** scale)}e-${scale}`);
  if (logical?.type === 'FLOAT16') return shortestHalf;
  if (logical?.type === 'TIME') return (value) => timeOfDay(value, PER_SECOND[logical.unit] ?? 1e3);
  if (converted === 'TIME_MILLIS') return (value) => timeOfDay(value, 1e3);
  return converted === 'TIME_MICROS' ? (value) => timeOfDay(value, 1e6) : undefined;
}

/** `12:30:00`, with as many decimals as it takes: as databases write a time of day into text. */
function timeOfDay(value: number, perSecond: number): string {
  const seconds = Math.floor(value / perSecond);
  const two = (part: number): string => String(Math.floor(part)).padStart(2, '0');
  const digits = String(value - seconds * perSecond).padStart(Math.log10(perSecond), '0');
  const decimals = digits.replace(/0+$/, '');
  const clock = `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  return decimals === '' ? clock : `${clock}.${decimals}`;
}

/**
 * Reads bytes that the schema does not call text: as text where all bytes of a column's first row group are, as old
 * writers have it, else as hexadecimal digits.
 */
class BytesReader {
  #hexadecimal: boolean | undefined;

  constructor(fixedLength: boolean) {
    if (fixedLength) this.#hexadecimal = true;
  }

  /** Looks at a row group, and decides unless one before did. */
  look(values: ArrayLike<unknown>): void {
    for (let row = 0; this.#hexadecimal !== true && row < values.length; row += 1) {
      const value = values[row];
      if (!(value instanceof Uint8Array)) continue;
      this.#hexadecimal = !isText(value);
    }
  }

  read(bytes: Uint8Array): string {
    return bufferOf(bytes).toString(this.#hexadecimal === false ? 'utf8' : 'hex');
  }
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Whether bytes are UTF-8 without control characters, but for tabs and ends of lines. */
const isText = (bytes: Uint8Array): boolean =>
  isUtf8(bytes) && bytes.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13);

interface Readers {
  readonly bytes: BytesReader;
  readonly number: ((value: number) => unknown) | undefined;
}

function plainValue(value: unknown, readers: Readers): unknown {
  if (typeof value === 'number')
    return readers.number === undefined ? value : readers.number(value);
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint')
    return readers.number === undefined ? Number(value) : readers.number(Number(value));
  if (typeof value !== 'object' || value instanceof Date) return value;
  if (value instanceof Uint8Array) return readers.bytes.read(value);
  if (ArrayBuffer.isView(value)) {
    return Array.from(value as unknown as ArrayLike<unknown>, (entry) =>
      plainValue(entry, readers),
    );
  }
  if (Array.isArray(value)) return value.map((entry) => plainValue(entry, readers));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, plainValue(inner, readers)]),
  );
}
