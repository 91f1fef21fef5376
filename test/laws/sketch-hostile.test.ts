import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeewayError } from '../../src/leaves/errors.js';
import { encodeFrame } from '../../src/leaves/frame.js';
import { seededRandom } from '../../src/leaves/random.js';
import { FrequentItems } from '../../src/sketch/frequent-items.js';
import { Moments } from '../../src/sketch/moments.js';
import { NormalScoreProducts } from '../../src/sketch/normal-score-products.js';
import { QuantileSketch } from '../../src/sketch/quantile-sketch.js';
import { Reservoir } from '../../src/sketch/reservoir.js';
import { cpuMs } from '../fixtures/cpu-time.js';

interface Sketch {
  toBytes(): Uint8Array;
  toJSON(): unknown;
}

const quantiles = new QuantileSketch({ capacity: 128 });
const moments = new Moments();
const items = new FrequentItems();
const products = new NormalScoreProducts({ columns: 3 });
const reservoir = new Reservoir<unknown>({ capacity: 20 });
const random = seededRandom(1);
for (let index = 0; index < 3000; index += 1) {
  quantiles.update(random());
  moments.update(random());
  items.update(`name ${Math.floor(2000 * random() ** 2)}`);
  products.update([random(), random(), index % 3 === 0 ? Number.NaN : random()]);
  reservoir.update({ x: random(), name: `row ${index}`, when: new Date(index) });
}
const bytesOf = (sketch: { toBytes(): Uint8Array }): Uint8Array => sketch.toBytes();

const kinds: Record<
  string,
  { sketch: Sketch; kind: number; bytes: (b: Uint8Array) => Sketch; json: (j: unknown) => Sketch }
> = {
  QuantileSketch: {
    sketch: quantiles,
    kind: 16,
    bytes: QuantileSketch.fromBytes,
    json: QuantileSketch.fromJSON,
  },
  FrequentItems: {
    sketch: items,
    kind: 17,
    bytes: FrequentItems.fromBytes,
    json: FrequentItems.fromJSON,
  },
  Moments: { sketch: moments, kind: 18, bytes: Moments.fromBytes, json: Moments.fromJSON },
  NormalScoreProducts: {
    sketch: products,
    kind: 19,
    bytes: NormalScoreProducts.fromBytes,
    json: NormalScoreProducts.fromJSON,
  },
  Reservoir: { sketch: reservoir, kind: 20, bytes: Reservoir.fromBytes, json: Reservoir.fromJSON },
};

/** Either a sound sketch, which can be written again, or the one error there is; and within 50 ms. */
function expectSound(decode: () => Sketch): void {
  let tookMs = Number.POSITIVE_INFINITY;
  // Decoding again takes as long again; what a busy machine adds does not come each time.
  for (let attempt = 0; attempt < 20 && tookMs > 50; attempt += 1) {
    const start = cpuMs();
    const sketch = decodedOrRefused(decode);
    tookMs = cpuMs() - start;
    if (sketch !== undefined) expect(sketch.toBytes().length).toBeGreaterThan(0);
  }
  expect(tookMs).toBeLessThanOrEqual(50);
}

function decodedOrRefused(decode: () => Sketch): Sketch | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof LeewayError && error.code === 'ERR_LEEWAY_FORMAT') return undefined;
    throw error;
  }
}

describe.each(Object.entries(kinds))('%s', (_, { sketch, kind, bytes, json }) => {
  const sound = sketch.toBytes();
  const text = JSON.stringify(sketch);

  it('survives its encodings to the byte', () => {
    expect(Buffer.from(bytesOf(bytes(sound))).equals(sound)).toBe(true);
    expect(Buffer.from(bytesOf(json(JSON.parse(text)))).equals(sound)).toBe(true);
    expect(JSON.stringify(json(JSON.parse(text)))).toBe(text);
  });

  it('takes damaged, cut and arbitrary bytes for nothing but a format error', () => {
    const damage = fc.array(fc.tuple(fc.nat({ max: sound.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(damage, fc.option(fc.nat({ max: sound.length })), (changes, cut) => {
        const damaged = sound.slice(0, cut ?? sound.length);
        for (const [place, byte] of changes) if (place < damaged.length) damaged[place] = byte;
        expectSound(() => bytes(damaged));
      }),
      { numRuns: 400 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => expectSound(() => bytes(noise))),
      { numRuns: 200 },
    );
  });

  it('takes arbitrary headers and JSON for nothing but a format error', () => {
    const fields = JSON.parse(text) as Record<string, unknown>;
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(
        -1,
        0,
        0.5,
        1e9,
        2 ** 53,
        1e308,
        '1',
        'NaN',
        [],
        {},
        [[]],
        [['a', 1, -1]],
        [null],
        null,
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(fields)), value, (key, replacement) => {
        expectSound(() => json({ ...fields, [key]: replacement }));
        const { [key]: _gone, ...without } = fields;
        expectSound(() => json(without));
        expectSound(() => json(replacement));
        expectSound(() =>
          bytes(encodeFrame(kind, 1, { ...fields, [key]: replacement }, [new Float64Array(40)])),
        );
        expectSound(() => bytes(encodeFrame(kind, 1, replacement, [])));
      }),
      { numRuns: 300 },
    );
  });

  it('refuses another kind and a newer version by name', () => {
    expect(() => bytes(sound.with(4, 99))).toThrow(/kind 99/);
    expect(() => bytes(sound.with(5, 2))).toThrow(/version 2/);
    expect(() => json({ ...JSON.parse(text), version: 2 })).toThrow(/version/);
    expect(() => json({ ...JSON.parse(text), kind: 'chunk' })).toThrow(/another kind/);
  });
});

describe('Apache DataSketches bytes', () => {
  const sound = quantiles.toDataSketches();

  it('are taken, damaged or made up, for nothing but a format error', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 80 }), fc.nat({ max: 255 })), { maxLength: 4 }),
        fc.nat(),
        (changes, cut) => {
          const damaged = sound.slice(0, cut % 3 === 0 ? cut % sound.length : sound.length);
          for (const [place, byte] of changes) if (place < damaged.length) damaged[place] = byte;
          expectSound(() => QuantileSketch.fromDataSketches(damaged));
        },
      ),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
        const dressed = Uint8Array.from(noise);
        dressed.set([5, 1, 15, 0, 200, 0, 8, 0].slice(0, dressed.length));
        expectSound(() => QuantileSketch.fromDataSketches(dressed));
      }),
      { numRuns: 500 },
    );
  });

  it('allocate no more than they pay for, whatever they claim', () => {
    // 61 levels of a k of 65,535, and one value.
    const claims = sound.slice(0, 20 + 4 * 61 + 24);
    claims.set([0xff, 0xff], 4);
    claims.set([0xff, 0xff], 16);
    claims[18] = 61;
    const before = process.memoryUsage().arrayBuffers;
    for (let time = 0; time < 1000; time += 1)
      expectSound(() => QuantileSketch.fromDataSketches(claims));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1000 * claims.length);
  });
});
