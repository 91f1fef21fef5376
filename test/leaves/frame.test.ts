import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '../../src/leaves/frame.js';

const bytes = encodeFrame(7, 2, { name: 'ü' }, [
  Float64Array.of(1, -0, Number.NaN),
  Uint32Array.of(5),
  Float64Array.of(2),
]);

describe('a frame', () => {
  it('gives back header and blocks, also out of a Buffer that shares its memory with others', () => {
    const pooled = Buffer.concat([Buffer.from('xyz'), bytes]).subarray(3);
    for (const given of [bytes, pooled]) {
      const frame = decodeFrame(given, 7, 2, 'thing');
      expect(frame.header).toEqual({ name: 'ü' });
      expect(frame.takeFloat64(3)).toEqual(Float64Array.of(1, -0, Number.NaN));
      expect(frame.takeUint32(1)).toEqual(Uint32Array.of(5));
      const last = frame.takeFloat64(1);
      given.fill(0, given.length - 8);
      expect(last).toEqual(Float64Array.of(2));
      given.set(new Uint8Array(Float64Array.of(2).buffer), given.length - 8);
    }
  });

  it.each([
    [bytes.slice(0, 11), /not a leeway thing: only 11 bytes/],
    [bytes.with(0, 0), /does not begin with "leew"/],
    [bytes.with(4, 8), /of kind 8, not 7/],
    [bytes.with(5, 3), /of version 3, and this leeway reads 1 to 2/],
    [bytes.with(5, 0), /of version 0/],
    [bytes.with(11, 255), /header is cut short/],
    [bytes.with(12, 0xff), /header is not JSON/],
  ])('refuses what is none, saying why', (damaged, message) => {
    expect(() => decodeFrame(damaged, 7, 2, 'thing')).toThrow(message);
  });

  it('hands out no block that is not there, and allocates nothing for one', () => {
    const frame = decodeFrame(bytes, 7, 2, 'thing');
    for (const length of [1e9, -1, 0.5, Number.NaN, 7]) {
      expect(() => frame.takeFloat64(length)).toThrow(/does not fit in it/);
    }
  });
});
