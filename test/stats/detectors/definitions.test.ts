import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/leaves/random.js';
import { Adwin } from '../../../src/stats/detectors/adwin.js';
import { Cusum } from '../../../src/stats/detectors/cusum.js';
import { Ddm } from '../../../src/stats/detectors/ddm.js';
import type { StreamDetector } from '../../../src/stats/detectors/detector.js';
import { HddmA } from '../../../src/stats/detectors/hddm-a.js';
import { HddmW } from '../../../src/stats/detectors/hddm-w.js';
import { Kswin } from '../../../src/stats/detectors/kswin.js';
import { PageHinkley } from '../../../src/stats/detectors/page-hinkley.js';

/** A stream of 0s and 1s whose rate changes from one stretch to the next. */
function bits(
  seed: number,
  ...stretches: readonly (readonly [length: number, rate: number])[]
): number[] {
  const random = seededRandom(seed);
  return stretches.flatMap(([length, rate]) =>
    Array.from({ length }, () => (random() < rate ? 1 : 0)),
  );
}

/** The first value at or after `from` that drifts. */
function firstDrift(detector: StreamDetector, values: readonly number[], from = 0): number {
  return values.findIndex((x, index) => detector.update(x) && index >= from);
}

function drifts(detector: StreamDetector, values: readonly number[]): number {
  return values.filter((x) => detector.update(x)).length;
}

/** HDDM-W from its formulas: each moving average summed anew over all its values. */
function warningsUntilDrift(
  values: readonly number[],
  lambda: number,
  confidence: number,
  first?: number,
): string {
  const average = (part: readonly number[]) => {
    const all = first === undefined ? part : [first, ...part];
    const weights = all.map(
      (_, index) => (index === 0 ? 1 : lambda) * (1 - lambda) ** (all.length - 1 - index),
    );
    const mean = all.reduce((sum, x, index) => sum + x * (weights[index] as number), 0);
    return { mean, weight: weights.reduce((sum, weight) => sum + weight ** 2, 0) };
  };
  const bound = (weight: number, alpha: number) => Math.sqrt((weight * Math.log(1 / alpha)) / 2);
  let said = '';
  let cut = 0;
  let least = Infinity;
  for (let size = 1; size <= values.length; size += 1) {
    const whole = average(values.slice(0, size));
    const upper = whole.mean + bound(whole.weight, confidence);
    if (upper < least) {
      least = upper;
      cut = size;
    }
    const before = average(values.slice(0, cut));
    const after = cut < size ? average(values.slice(cut, size)) : before;
    const exceeds = (alpha: number) =>
      after.mean - before.mean > bound(before.weight + after.weight, alpha);
    const warned = exceeds(0.3) ? 'w' : '.';
    const found = exceeds(1e-6) ? 'D' : warned;
    said += size < 30 ? '.' : found;
    if (said.endsWith('D')) break;
  }
  return said;
}

describe('Adwin', () => {
  it('lowers its flag after the value that cut, unless told to keep it', () => {
    const values = bits(1, [1000, 0.1], [500, 0.6]);
    const plain = new Adwin();
    const keeping = new Adwin({ keepDrift: true });
    const cuts = values.map((x) => plain.update(x));
    const kept = values.map((x) => keeping.update(x));
    expect(cuts.indexOf(true)).toBe(kept.indexOf(true));
    expect(cuts.at(-1)).toBe(false);
    expect(kept.slice(kept.indexOf(true)).every((flag) => flag)).toBe(true);
  });

  it('finds a change no later by the definition of the paper', () => {
    for (let seed = 0; seed < 10; seed += 1) {
      const values = bits(seed, [800, 0.2], [800, 0.5]);
      const peer = firstDrift(new Adwin({ clock: 1 }), values, 800);
      expect(
        firstDrift(new Adwin({ clock: 1, definition: 'paper' }), values, 800),
      ).toBeLessThanOrEqual(peer);
    }
  });

  it('rarely cuts a stationary stream, by either definition', () => {
    for (const definition of ['peer', 'paper'] as const) {
      let cuts = 0;
      for (let seed = 0; seed < 40; seed += 1)
        cuts += drifts(new Adwin({ definition }), bits(seed, [2000, 0.3]));
      expect(cuts).toBeLessThanOrEqual(2);
    }
  });

  it('describes exactly the values that are left in its window', () => {
    const values = bits(3, [1000, 0.1], [1000, 0.5], [1000, 0.2]).map(
      (bit, index) => bit - (index % 7) / 3,
    );
    const adwin = new Adwin({ clock: 1 });
    values.forEach((x, index) => {
      adwin.update(x);
      if (index % 100 !== 99) return;
      const window = values.slice(index + 1 - adwin.width, index + 1);
      const total = window.reduce((sum, value) => sum + value, 0);
      const variance = window.reduce((sum, value) => sum + (value - total / window.length) ** 2, 0);
      expect(adwin.total).toBeCloseTo(total, 8);
      expect(adwin.variance).toBeCloseTo(variance, 7);
      expect(adwin.mean).toBeCloseTo(total / window.length, 10);
    });
    expect(adwin.width).toBeLessThan(2000);
  });

  it('takes negative values, which the peer refuses', () => {
    const adwin = new Adwin();
    const values = bits(4, [500, 0.5], [500, 0.5]).map((bit, index) =>
      index < 500 ? bit : -3 - bit,
    );
    expect(firstDrift(adwin, values)).toBeGreaterThanOrEqual(500);
  });
});

describe('Ddm', () => {
  it('drifts at the first error after a faultless start, as frouros, unless it must have seen errors', () => {
    const values = [...new Array<number>(40).fill(0), 1, ...bits(5, [300, 0.02])];
    expect(firstDrift(new Ddm(), values)).toBe(40);
    expect(firstDrift(new Ddm({ minNumErrors: 5 }), values)).toBe(-1);
  });
});

describe('PageHinkley', () => {
  it('answers a late change as fast as an early one by the definition of the paper only', () => {
    const late = bits(6, [20_000, 0.1], [3000, 0.6]);
    const peer = firstDrift(new PageHinkley(), late);
    const paper = firstDrift(new PageHinkley({ definition: 'paper' }), late);
    expect(paper).toBeGreaterThan(20_000);
    expect(paper).toBeLessThan(20_200);
    expect(peer).toBeGreaterThan(paper + 50);
  });

  it('is the CUSUM chart when it forgets nothing and tests above its minimum', () => {
    const values = bits(7, [2000, 0.2], [1000, 0.4]);
    const test = new PageHinkley({ alpha: 1, definition: 'paper', lambda: 20 });
    const chart = new Cusum({ lambda: 20 });
    for (const x of values) expect(test.update(x)).toBe(chart.update(x));
    expect(test.drift).toBe(true);
  });
});

describe('Hddm', () => {
  it('sees a fall only when two-sided', () => {
    const values = bits(8, [1000, 0.6], [1000, 0.1]);
    for (const Detector of [HddmA, HddmW]) {
      expect(firstDrift(new Detector(), values, 1000)).toBe(-1);
      const found = firstDrift(new Detector({ twoSidedTest: true }), values, 1000);
      expect(found).toBeGreaterThanOrEqual(1000);
      expect(found).toBeLessThan(1200);
    }
  });

  it('is quiet on stationary streams, one-sided and two-sided, HddmA more so', () => {
    for (const twoSidedTest of [false, true]) {
      const values = bits(13, [60_000, 0.3]);
      expect(drifts(new HddmA({ twoSidedTest }), values)).toBeLessThanOrEqual(5);
      // McDiarmid's bound holds for one fixed cut; the cut is chosen, and tried at every value.
      for (const definition of ['peer', 'paper'] as const) {
        const found = drifts(new HddmW({ twoSidedTest, definition }), values);
        expect(found).toBeLessThan(40);
      }
    }
  });

  it('chooses the cut point of HddmW with the confidence that its definition names', () => {
    const lambda = 0.02;
    const settings = {
      peer: { confidence: lambda, first: 0 },
      paper: { confidence: 1e-6, first: undefined },
    };
    const random = seededRandom(14);
    const rate = () => 0.1 + 0.7 * random();
    for (let seed = 0; seed < 40; seed += 1) {
      const values = bits(seed, [60, rate()], [80, rate()], [60, rate()], [100, rate()]);
      for (const definition of ['peer', 'paper'] as const) {
        const { confidence, first } = settings[definition];
        const hddm = new HddmW({ lambda, definition, alphaD: 1e-6, alphaW: 0.3 });
        const quiet = () => (hddm.warning ? 'w' : '.');
        const said = values.map((x) => (hddm.update(x) ? 'D' : quiet())).join('');
        expect(said.replace(/D.*/, 'D')).toBe(
          warningsUntilDrift(values, lambda, confidence, first),
        );
      }
    }
  });

  it('treats a fall as the rise of the mirrored stream, by the definition of the paper', () => {
    const values = bits(9, [500, 0.1], [500, 0.5], [500, 0.1]);
    const mirrored = values.map((bit) => 1 - bit);
    const one = new HddmW({ twoSidedTest: true, definition: 'paper' });
    const other = new HddmW({ twoSidedTest: true, definition: 'paper' });
    for (let index = 0; index < values.length; index += 1) {
      expect(one.update(values[index] as number)).toBe(other.update(mirrored[index] as number));
    }
  });
});

describe('Kswin', () => {
  it('draws by its seed', () => {
    const random = seededRandom(10);
    const values = Array.from({ length: 3000 }, () => random());
    const byFirst = values.map(
      (
        (kswin) => (x: number) =>
          kswin.update(x)
      )(new Kswin({ alpha: 0.1, seed: 1 })),
    );
    const bySecond = values.map(
      (
        (kswin) => (x: number) =>
          kswin.update(x)
      )(new Kswin({ alpha: 0.1, seed: 2 })),
    );
    expect(byFirst).not.toEqual(bySecond);
    expect(byFirst.filter(Boolean).length).toBeGreaterThan(50);
  });

  it('rejects a stationary stream at about its alpha per value', () => {
    const random = seededRandom(11);
    let found = 0;
    const kswin = new Kswin({ alpha: 0.05 });
    for (let index = 0; index < 60_000; index += 1) if (kswin.update(random())) found += 1;
    // The exact test is discrete: 30 against 30 rejects with chance 0.035 at 0.05 (gap 11 of 30).
    expect(found / 60_000).toBeGreaterThan(0.025);
    expect(found / 60_000).toBeLessThan(0.045);
  });

  it('keeps only the newest values after a drift by the definition of the paper', () => {
    const random = seededRandom(12);
    const values = Array.from({ length: 500 }, (_, index) => random() + (index < 200 ? 0 : 5));
    const peer = drifts(new Kswin(), values);
    const paper = drifts(new Kswin({ definition: 'paper' }), values);
    expect(peer).toBeGreaterThan(5);
    expect(paper).toBe(1);
  });

  it('asks for a window of two groups', () => {
    const message = /minNumInstances must be a whole number from 100 to 100000/;
    expect(() => new Kswin({ minNumInstances: 99, numTestInstances: 50 })).toThrow(message);
  });
});

describe('option names', () => {
  it('as Python writes them are answered with ours', () => {
    const frouros: [new (options: object) => StreamDetector, string, string][] = [
      [HddmA, 'alpha_w', 'alphaW'],
      [HddmW, 'lambda_', 'lambda'],
      [Adwin, 'min_num_instances', 'minNumInstances'],
      [Kswin, 'num_test_instances', 'numTestInstances'],
    ];
    for (const [Detector, wrong, right] of frouros) {
      expect(() => new Detector({ [wrong]: 0.01 })).toThrow(`"${wrong}"; did you mean ${right}?`);
    }
  });

  it('are not looked for in the options of another kind', () => {
    for (const options of [null, 7, 'alpha', []]) {
      expect(() => new HddmA(options as never)).toThrow(/needs an object of options/);
    }
  });
});
