import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeewayError } from '../../../src/leaves/errors.js';
import { seededRandom } from '../../../src/leaves/random.js';
import type { StreamDetector } from '../../../src/stats/detectors/detector.js';
import { CATALOGUE, type Entry } from './catalogue.js';

const HOSTILE: readonly unknown[] = [
  null,
  undefined,
  'NaN',
  Number.NaN,
  Infinity,
  -Infinity,
  -1,
  0.5,
  1e300,
  2 ** 60,
  true,
  [],
  {},
  [Number.NaN],
  new Array(3),
  Array(2000).fill(0),
  JSON.parse('{"__proto__": {"polluted": 1}}'),
];

function stream(entry: Entry, length: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length }, (_, index) => entry.draw(random, index >= length / 2));
}

/** What a detector says to each value; reset after a drift if told. */
function answers(detector: StreamDetector, values: readonly number[], resetting = false): string {
  return values
    .map((x) => {
      const drift = detector.update(x);
      const quiet = detector.warning ? 'w' : '.';
      const answer = drift ? 'D' : quiet;
      if (drift && resetting) detector.reset();
      return answer;
    })
    .join('');
}

function throughText(detector: StreamDetector): unknown {
  return JSON.parse(JSON.stringify(detector));
}

function errorOf(action: () => unknown): LeewayError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(LeewayError);
    return error as LeewayError;
  }
  throw new Error('nothing was thrown');
}

/** Every place in a JSON value, as the keys that lead there. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (value === null || typeof value !== 'object') return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const inner = replaced((value as Record<string, unknown>)[key], rest, by);
  return Array.isArray(value)
    ? value.map((entry, index) => (String(index) === key ? inner : entry))
    : { ...(value as object), [key]: inner };
}

describe.each(CATALOGUE)('$name', (entry) => {
  it('finds a change, and tells the same from update() as from .drift', () => {
    const detector = entry.build();
    const said = stream(entry, 4000, 1).map((x) => [detector.update(x), detector.drift]);
    expect(said.every(([returned, flag]) => returned === flag)).toBe(true);
    expect(said.slice(2000).some(([returned]) => returned)).toBe(true);
    expect(detector.count).toBe(4000);
  });

  it('gives the same answers to the same stream', () => {
    const values = stream(entry, 3000, 2);
    expect(answers(entry.build(), values, true)).toBe(answers(entry.build(), values, true));
  });

  it('goes on exactly after a trip through JSON at any point', () => {
    const whole = entry.build();
    const values = stream(entry, 1500, 3);
    const property = fc.property(fc.integer({ min: 0, max: 1500 }), (cut) => {
      whole.reset();
      answers(whole, values.slice(0, cut));
      const copy = entry.fromJSON(throughText(whole));
      expect([copy.drift, copy.warning, copy.count]).toEqual([
        whole.drift,
        whole.warning,
        whole.count,
      ]);
      expect(answers(copy, values.slice(cut))).toBe(answers(whole, values.slice(cut)));
      expect(throughText(copy)).toEqual(throughText(whole));
    });
    fc.assert(property, { numRuns: 15, seed: 4, examples: [[0], [1], [750], [1500]] });
  });

  it('is as new after a reset', () => {
    const used = entry.build();
    answers(used, stream(entry, 2500, 5));
    used.reset();
    expect(throughText(used)).toEqual(throughText(entry.build()));
    const values = stream(entry, 2000, 6);
    expect(answers(used, values)).toBe(answers(entry.build(), values));
  });

  it('leaves options and defaults as they are', () => {
    const options = Object.freeze({});
    const before = JSON.stringify(entry.build(options));
    const json = entry.build(options).toJSON() as { options: Record<string, unknown> };
    for (const value of Object.values(json.options)) if (Array.isArray(value)) value.push(7);
    for (const name of Object.keys(json.options)) json.options[name] = 0;
    expect(JSON.stringify(entry.build(options))).toBe(before);
    expect(options).toEqual({});
  });

  it('refuses NaN, infinities and other types by index, and is as before', () => {
    const bad: unknown[] = [Number.NaN, Infinity, -Infinity, undefined, null, '1', true, 1n];
    if (entry.outside !== undefined) bad.push(entry.outside, -entry.outside);
    const values = stream(entry, 1000, 7);
    const plain = answers(entry.build(), values);
    const disturbed = entry.build();
    let said = '';
    values.forEach((x, index) => {
      const error = errorOf(() => disturbed.update(bad[index % bad.length] as number));
      expect(error.code).toBe('ERR_LEEWAY_SAMPLE');
      expect(error.message).toContain(`value ${index} `);
      said += answers(disturbed, [x]);
    });
    expect(said).toBe(plain);
  });

  it('keeps its state small over 10⁵ values', () => {
    const detector = entry.build();
    const random = seededRandom(8);
    let longest = 0;
    for (let index = 0; index < 100_000; index += 1) {
      detector.update(entry.draw(random, false));
      if (index % 5000 === 4999) longest = Math.max(longest, JSON.stringify(detector).length);
    }
    expect(longest).toBeLessThan(entry.largestJson);
  });

  it('refuses unknown options and names the nearest', () => {
    const known = Object.keys(entry.build().toJSON().options);
    for (const name of known) {
      const wrong = `${name}s`;
      const error = errorOf(() => entry.build({ [wrong]: 1 }));
      expect(error.code).toBe('ERR_LEEWAY_OPTION');
      expect(error.message).toContain(`did you mean ${name}?`);
    }
    expect(errorOf(() => entry.build(JSON.parse('{"__proto__": 1}'))).code).toBe(
      'ERR_LEEWAY_OPTION',
    );
  });

  it('refuses bad options and names them, and takes undefined for absent', () => {
    for (const name of Object.keys(entry.build().toJSON().options)) {
      for (const value of [Number.NaN, null, '1', -1, Infinity]) {
        if (name === 'thresholds' && value === null) continue;
        const error = errorOf(() => entry.build({ [name]: value }));
        expect(error.code).toBe('ERR_LEEWAY_OPTION');
        expect(error.message).toContain(`${name} must be`);
      }
    }
    const json = entry.build().toJSON().options;
    const absent = Object.fromEntries(Object.keys(json).map((name) => [name, undefined]));
    if (!/two-sided|paper|Online/.test(entry.name))
      expect(entry.build(absent).toJSON().options).toEqual(json);
  });

  it('refuses hostile JSON with ERR_LEEWAY_FORMAT, or works on', () => {
    const detector = entry.build();
    answers(detector, stream(entry, 300, 9));
    const valid = throughText(detector);
    const all = places(valid);
    // Long lists have many like places; all others are tried with everything.
    const few = all.filter((path) => !(Number(path.at(-1)) > 2));
    for (const path of few) {
      for (const bad of HOSTILE) {
        const json = replaced(valid, path, bad);
        let copy: StreamDetector;
        try {
          copy = entry.fromJSON(json);
        } catch (error) {
          expect(error).toBeInstanceOf(LeewayError);
          expect((error as LeewayError).code).toBe('ERR_LEEWAY_FORMAT');
          continue;
        }
        expect(answers(copy, stream(entry, 40, 10))).toHaveLength(40);
      }
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('refuses the JSON of another detector and of a newer version', () => {
    const json = entry.build().toJSON();
    expect(errorOf(() => entry.fromJSON({ ...json, detector: 'Other' })).code).toBe(
      'ERR_LEEWAY_FORMAT',
    );
    expect(errorOf(() => entry.fromJSON({ ...json, version: 2 })).code).toBe('ERR_LEEWAY_FORMAT');
    expect(errorOf(() => entry.fromJSON({ ...json, state: {} })).code).toBe('ERR_LEEWAY_FORMAT');
    for (const value of HOSTILE)
      expect(errorOf(() => entry.fromJSON(value)).code).toBe('ERR_LEEWAY_FORMAT');
  });
});
