import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { randomNormal, seededRandom } from '../../src/leaves/random.js';
import { kllCapacity, kllRankError } from '../../src/sketch/data-sketches-kll.js';
import { QuantileSketch } from '../../src/sketch/quantile-sketch.js';

interface Answers {
  readonly name: string;
  readonly k: number;
  readonly n: number;
  readonly retained: number;
  readonly rank_error: number;
  readonly min?: number;
  readonly max?: number;
  readonly quantiles?: readonly [rank: number, value: number][];
  readonly ranks?: readonly [value: number, inclusive: number, exclusive: number][];
  readonly bytes: string;
}

interface Reference extends Answers {
  readonly estimation_mode: boolean;
  readonly pmf_error: number;
}

const cases = <T>(file: string): T[] =>
  JSON.parse(readFileSync(new URL(`../fixtures/sketch/${file}`, import.meta.url), 'utf8')).cases;
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
/** Bytes as text, which compare in no time and read well where they differ. */
const text = (bytes: Uint8Array | Float64Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
const references = cases<Reference>('kll.json');
const read = (name: string): QuantileSketch =>
  QuantileSketch.fromDataSketches(bytesOf(references.find((one) => one.name === name)!.bytes));

function lastTwoExchanged(bytes: Uint8Array): Uint8Array {
  const exchanged = bytes.slice(0, -16);
  return Uint8Array.from([...exchanged, ...bytes.slice(-8), ...bytes.slice(-16, -8)]);
}

function expectAnswers(sketch: QuantileSketch, answers: Answers): void {
  expect(sketch.count).toBe(answers.n);
  expect(sketch.retained).toBe(answers.retained);
  // With ==, for which the library's 0 and −0 are one value, as everywhere else.
  const same = (ours: number, theirs: number | undefined): void =>
    expect(ours === theirs, `${ours} ${theirs}`).toBe(true);
  if (answers.n === 0) {
    expect(sketch.min).toBeNaN();
    expect(sketch.valueAtRank(0.5)).toBeNaN();
    expect(sketch.rank(0)).toBeNaN();
    return;
  }
  same(sketch.min, answers.min);
  same(sketch.max, answers.max);
  for (const [rank, value] of answers.quantiles!) same(sketch.valueAtRank(rank), value);
  for (const [value, inclusive, exclusive] of answers.ranks!) {
    same(sketch.rank(value), inclusive);
    same(sketch.rank(value, false), exclusive);
  }
}

describe('reading what the C++ library wrote', () => {
  it.each(references)('gives its answers: $name', (reference) => {
    const sketch = QuantileSketch.fromDataSketches(bytesOf(reference.bytes));
    expectAnswers(sketch, reference);
    expect(sketch.k).toBe(reference.k);
    expect(sketch.exact).toBe(!reference.estimation_mode);
    expect(kllRankError(sketch.k)).toBeCloseTo(reference.rank_error, 15);
    expect(kllRankError(sketch.k, true)).toBeCloseTo(reference.pmf_error, 15);
    if (reference.estimation_mode) expect(sketch.rankError()).toBe(kllRankError(reference.k));
    else expect(sketch.rankError()).toBe(0);
  });

  it.each(references)(
    'writes the same bytes again, also by way of its own encodings: $name',
    (reference) => {
      const sketch = QuantileSketch.fromDataSketches(bytesOf(reference.bytes));
      const ways = [
        sketch,
        sketch.clone(),
        QuantileSketch.fromBytes(sketch.toBytes()),
        QuantileSketch.fromJSON(JSON.parse(JSON.stringify(sketch))),
      ];
      for (const way of ways) expect(text(way.toDataSketches())).toBe(reference.bytes);
    },
  );

  it('says that level 0 is sorted as long as it is', () => {
    const bytes = new QuantileSketch({ k: 200 });
    bytes.updateMany([3, 2, 1]);
    const sorted = bytes.toDataSketches().with(3, 2);
    const read = (): QuantileSketch => QuantileSketch.fromDataSketches(sorted);
    const flags = (sketch: QuantileSketch): number => sketch.toDataSketches()[3]!;
    expect(flags(read())).toBe(2);
    const changes = [
      (sketch: QuantileSketch) => sketch.update(4),
      (sketch: QuantileSketch) => sketch.updateMany([4]),
      (sketch: QuantileSketch) => sketch.merge(read()),
    ];
    for (const change of changes) {
      const sketch = read();
      change(sketch);
      expect(flags(sketch)).toBe(0);
    }
  });

  it('goes on within the room of its k, and within its error', () => {
    const sketch = read('thousand-normal');
    const random = seededRandom(11);
    for (let index = 0; index < 99_000; index += 1) sketch.update(randomNormal(random));
    const again = QuantileSketch.fromDataSketches(sketch.toDataSketches());
    expect(again.count).toBe(100_000);
    expect(again.k).toBe(200);
    expect(again.retained).toBeLessThanOrEqual(kllCapacity(200, 12));
    expect(Math.abs(again.rank(0) - 0.5)).toBeLessThan(2 * again.rankError());
    expect(Math.abs(again.rank(1) - 0.841345)).toBeLessThan(2 * again.rankError());
  });

  it('merges with sketches of leeway, either way, at the worse error', () => {
    const random = seededRandom(12);
    const ours = new QuantileSketch();
    for (let index = 0; index < 100_000; index += 1) ours.update(randomNormal(random));
    const theirs = read('hundred-thousand-normal-merged-of-ten');
    for (const [into, from] of [
      [ours.clone(), theirs],
      [theirs.clone(), ours],
    ] as const) {
      into.merge(from);
      expect(into.count).toBe(200_000);
      expect(into.rankError()).toBe(kllRankError(200));
      expect(Math.abs(into.rank(0) - 0.5)).toBeLessThan(kllRankError(200));
      expect(QuantileSketch.fromDataSketches(into.toDataSketches()).rankError()).toBe(
        kllRankError(200),
      );
    }
    const exact = new QuantileSketch();
    exact.merge(read('hundred-normal'));
    expect(exact.rankError()).toBe(0);
  });

  it('reads a view of a larger buffer', () => {
    const { bytes, n } = references.at(-1)!;
    const padded = Buffer.concat([Buffer.from('xyz'), bytesOf(bytes), Buffer.from('abc')]);
    expect(QuantileSketch.fromDataSketches(padded.subarray(3, padded.length - 3)).count).toBe(n);
  });

  it.each([
    ['too short', (bytes: Uint8Array) => bytes.subarray(0, 7), /only 7 bytes/],
    ['cut short', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 8), /levels/],
    [
      'not of whole values',
      (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 3),
      /whole number/,
    ],
    ['another family', (bytes: Uint8Array) => bytes.with(2, 8), /family 8/],
    ['the updatable form', (bytes: Uint8Array) => bytes.with(1, 3), /version 3/],
    ['another m', (bytes: Uint8Array) => bytes.with(6, 4), /m is 4/],
    ['k below 8', (bytes: Uint8Array) => bytes.with(4, 7).with(5, 0), /k is 7/],
    ['another count', (bytes: Uint8Array) => bytes.with(8, bytes[8]! ^ 1), /add up/],
    ['no levels', (bytes: Uint8Array) => bytes.with(18, 0), /0 levels/],
    ['a smallest k above k', (bytes: Uint8Array) => bytes.with(17, 9), /smallest k/],
    ['a value that is NaN', (bytes: Uint8Array) => bytes.with(-1, 0x7f).with(-2, 0xff), /out of/],
    ['a value below the minimum', (bytes: Uint8Array) => bytes.with(-1, 0xc0), /out of/],
    ['a level out of order', lastTwoExchanged, /out of order/],
    [
      'a level 0 said to be sorted that is not',
      (bytes: Uint8Array) => bytes.with(3, 2),
      /out of order/,
    ],
  ])('refuses %s', (_, damage, message) => {
    const bytes = bytesOf(references.find(({ name }) => name === 'ten-thousand-lognormal')!.bytes);
    expect(() => QuantileSketch.fromDataSketches(damage(bytes))).toThrow(message);
    expect(() => QuantileSketch.fromDataSketches(damage(bytes))).toThrow(
      expect.objectContaining({ code: 'ERR_LEEWAY_FORMAT' }),
    );
  });
});

describe('writing for the library', () => {
  // Written by us, read by its C++ library (commit in the file): these are the answers it gave.
  it.each(cases<Answers>('written.json'))('is what it read: $name', (answers) => {
    const sketch = QuantileSketch.fromDataSketches(bytesOf(answers.bytes));
    expectAnswers(sketch, answers);
    expect(sketch.exact ? kllRankError(sketch.k) : sketch.rankError()).toBeCloseTo(
      answers.rank_error,
      15,
    );
  });

  it.each(cases<Answers & { seed: number; capacity: number }>('written.json'))(
    'still writes: $name',
    (answers) => {
      const random = seededRandom(answers.seed);
      const sketch = new QuantileSketch({ capacity: answers.capacity });
      for (let index = 0; index < answers.n; index += 1) sketch.update(randomNormal(random));
      expectAnswers(sketch, answers);
      expect(text(sketch.toDataSketches())).toBe(answers.bytes);
    },
  );

  it('always has room in a sketch of the k it names', () => {
    const random = seededRandom(13);
    for (const capacity of [64, 100, 2048, 5000]) {
      const sketch = new QuantileSketch({ capacity });
      for (let index = 0; index < 40; index += 1) {
        for (let step = 0; step < 2 ** (index % 12); step += 1)
          sketch.update(random(), index % 3 === 0 ? 1 + index : 1);
        const bytes = sketch.toDataSketches();
        const levels = sketch.toState().sizes.length;
        const k = bytes[4]! + 256 * bytes[5]!;
        expect(sketch.retained).toBeLessThanOrEqual(kllCapacity(k, levels));
        const again = QuantileSketch.fromDataSketches(bytes);
        expect(text(again.weightedValues().values)).toBe(text(sketch.weightedValues().values));
        expect(text(again.weightedValues().weights)).toBe(text(sketch.weightedValues().weights));
        expect(text(again.toDataSketches())).toBe(text(bytes));
      }
    }
  });

  it('refuses to write more values than a sketch of the largest k has room for', () => {
    const sketch = new QuantileSketch({ capacity: 1 << 20 });
    sketch.updateMany(Float64Array.from({ length: 70_000 }, (_, index) => index));
    expect(() => sketch.toDataSketches()).toThrow(/65535/);
  });
});
