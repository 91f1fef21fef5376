import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/tracking/json-value.js';
import { fromStored, toStored } from '../../src/tracking/logged-value.js';

/** What comes back after the value has been through a store, which keeps JSON as text. */
function throughStore(value: unknown, extra?: Record<string, JsonValue>) {
  const { value: json, bytes } = toStored(value, extra);
  return fromStored(JSON.parse(JSON.stringify(json)) as JsonValue, bytes);
}

/** JSON, with the numbers that JSON lacks, and names that are ours. */
const anyData = fc.letrec((tie) => ({
  data: fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.string(),
    fc.double(),
    fc.bigInt(),
    fc.array(tie('data'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('$leeway', '__proto__', 'value')),
      tie('data'),
      { maxKeys: 4 },
    ),
  ),
})).data;

describe('logged values', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(anyData, (value) => {
        expect(throughStore(value)).toEqual({ value, extra: {} });
      }),
    );
  });

  it('come back with what was said beside them', () => {
    fc.assert(
      fc.property(
        anyData,
        fc.dictionary(fc.string({ minLength: 1 }), fc.integer(), { minKeys: 1 }),
        (value, extra) => {
          expect(throughStore(value, extra)).toEqual({ value, extra });
        },
      ),
    );
  });

  it.each([
    new Uint8Array([1, 2, 255]),
    new Float64Array([1.5, Number.NaN, -0]),
    new Float32Array([0.1]),
    new Int16Array([-3]),
    new Uint8Array(0),
  ])('come back as the array that they were: %s', (array) => {
    // Not at the start of its buffer, nor of all of it.
    const shared = new Uint8Array(array.byteLength + 16);
    shared.set(new Uint8Array(array.buffer), 8);
    const view = new (array.constructor as Float64ArrayConstructor)(shared.buffer, 8, array.length);
    expect(throughStore(view).value).toEqual(array);
  });

  it('keep JSON as it is, so that a store shows it as it was', () => {
    expect(toStored({ a: [1, 'x', null], b: { c: true } })).toEqual({
      value: { a: [1, 'x', null], b: { c: true } },
    });
  });

  it('take a Buffer and an ArrayBuffer for bytes, a date for its text, and nested arrays of numbers for lists', () => {
    expect(throughStore(Buffer.from('hi')).value).toEqual(new Uint8Array([104, 105]));
    expect(throughStore(new Uint8Array([7]).buffer).value).toEqual(new Uint8Array([7]));
    expect(throughStore({ at: new Date(0) }).value).toEqual({ at: '1970-01-01T00:00:00.000Z' });
    expect(throughStore({ x: new Float32Array([1, Number.NaN]) }).value).toEqual({
      x: [1, Number.NaN],
    });
  });

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
  ])('refuse %s', (_, value) => {
    expect(() => toStored({ value })).toThrow(/must be data/);
  });

  it('refuse a cycle instead of following it for ever', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => toStored(cycle)).toThrow(/nested/);
  });
});
