import { describe, expect, it } from 'vitest';
import { Adwin } from '../../../src/stats/detectors/adwin.js';
import { Cusum } from '../../../src/stats/detectors/cusum.js';
import { Ddm } from '../../../src/stats/detectors/ddm.js';
import type { StreamDetector } from '../../../src/stats/detectors/detector.js';
import { Eddm } from '../../../src/stats/detectors/eddm.js';
import { HddmA } from '../../../src/stats/detectors/hddm-a.js';
import { HddmW } from '../../../src/stats/detectors/hddm-w.js';
import { Kswin } from '../../../src/stats/detectors/kswin.js';
import { PageHinkley } from '../../../src/stats/detectors/page-hinkley.js';
import {
  type Expectation,
  fixtureCases,
  fullCases,
  type Run,
  runsOf,
  type StreamCase,
  streamOf,
} from './reference.js';

const BUILDERS: Record<string, (options: object) => StreamDetector> = {
  ADWIN: (options) => new Adwin({ ...options, keepDrift: true }),
  DDM: (options) => new Ddm(options),
  EDDM: (options) => new Eddm(options),
  PageHinkley: (options) => new PageHinkley(options),
  CUSUM: (options) => new Cusum(options),
  HDDMA: (options) => new HddmA(options),
  HDDMW: (options) => new HddmW(options),
  KSWIN: (options) => new Kswin(options),
};

function camelCase(config: Expectation['config']): object {
  const renamed = Object.entries(config).map(([name, value]) => [
    name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(renamed);
}

function build(expectation: Expectation): StreamDetector {
  const builder = BUILDERS[expectation.detector];
  if (builder === undefined) throw new Error(`no detector for ${expectation.detector}`);
  return builder(camelCase(expectation.config));
}

function checkContinuing(
  detector: StreamDetector,
  stream: readonly number[],
  expected: Expectation['continue'],
): void {
  const drift: boolean[] = [];
  const warning: boolean[] = [];
  const shrinks: Run[] = [];
  let width = 0;
  stream.forEach((x, index) => {
    expect(detector.update(x)).toBe(detector.drift);
    drift.push(detector.drift);
    warning.push(detector.warning);
    if (detector instanceof Adwin) {
      if (detector.width !== width + 1) shrinks.push([index, detector.width]);
      width = detector.width;
    }
  });
  expect(runsOf(drift)).toEqual(expected.drift);
  if (expected.warning !== undefined) expect(runsOf(warning)).toEqual(expected.warning);
  if (detector instanceof Adwin) {
    expect(shrinks).toEqual(expected.shrinks);
    checkClose(detector.width, expected.final?.width);
    checkClose(detector.total, expected.final?.total);
    checkClose(detector.variance, expected.final?.variance);
  }
}

function checkClose(actual: number, expected: number | undefined): void {
  if (expected === undefined) return;
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(
    Math.max(1e-12, 1e-9 * Math.abs(expected)),
  );
}

function checkResetting(
  detector: StreamDetector,
  stream: readonly number[],
  expected: Expectation['reset'],
): void {
  const drifts: number[] = [];
  const warning: boolean[] = [];
  stream.forEach((x, index) => {
    const drift = detector.update(x);
    warning.push(detector.warning);
    if (!drift) return;
    drifts.push(index);
    detector.reset();
  });
  expect(drifts).toEqual(expected.drift);
  if (expected.warning !== undefined) expect(runsOf(warning)).toEqual(expected.warning);
}

function checkAll(cases: readonly StreamCase[]): void {
  for (const streamCase of cases) {
    const stream = streamOf(streamCase);
    for (const expectation of streamCase.expected) {
      const name = `${expectation.detector} ${JSON.stringify(expectation.config)} on ${streamCase.id}`;
      it(`${name} fires at the same values`, () => {
        checkContinuing(build(expectation), stream, expectation.continue);
      });
      it(`${name} fires at the same values when reset after each drift`, () => {
        checkResetting(build(expectation), stream, expectation.reset);
      });
    }
  }
}

describe('streaming vectors kept in the repository', () => {
  checkAll(fixtureCases());
});

describe('all streaming vectors', () => {
  const cases = fullCases();
  if (cases !== undefined) {
    checkAll(cases);
  } else if (process.env.CI === undefined || process.env.CI === '') {
    console.warn(
      'SKIPPED: ../shared/reference/streaming.json is absent, only the fixture subset was checked',
    );
    it.skip('needs ../shared/reference/streaming.json', () => {});
  } else {
    it('has ../shared/reference/streaming.json, as CI must', () => {
      expect(cases).toBeDefined();
    });
  }
});
