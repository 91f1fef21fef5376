import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Adwin } from '../../../src/stats/detectors/adwin.js';
import { Cusum } from '../../../src/stats/detectors/cusum.js';
import { Ddm } from '../../../src/stats/detectors/ddm.js';
import type { StreamDetector } from '../../../src/stats/detectors/detector.js';
import { Eddm } from '../../../src/stats/detectors/eddm.js';
import { HddmA } from '../../../src/stats/detectors/hddm-a.js';
import { HddmW } from '../../../src/stats/detectors/hddm-w.js';
import { Kswin } from '../../../src/stats/detectors/kswin.js';
import { OnlineCvm } from '../../../src/stats/detectors/online-cvm.js';
import { OnlineRate } from '../../../src/stats/detectors/online-rate.js';
import { PageHinkley } from '../../../src/stats/detectors/page-hinkley.js';

/** States as they were saved; `LEEWAY_GOLDEN=write` saves those of detectors that are new here. */
const FILE = new URL('./golden-states.json', import.meta.url);
const golden: Record<string, string> = JSON.parse(readFileSync(FILE, 'utf8'));

const thresholds = { times: [0, 3.5, 20], levels: [9, 7.25, 7] };
const online = { expectedRunLength: 100, windowSizes: [4, 6], thresholds };
const bit = (index: number): number => ((index * 7) % 10 === 3 ? 1 : 0);
const real = (index: number): number => ((index * 7919) % 1000) / 1000;
const REFERENCE = Array.from({ length: 20 }, (_, index) => real(index + 500));
const BITS = Array.from({ length: 20 }, (_, index) => bit(index));

interface Case {
  readonly build: () => StreamDetector;
  readonly fromJSON: (json: unknown) => StreamDetector;
  readonly value: (index: number) => number;
  /** Whether the state's numbers come from functions that engines may round differently. */
  readonly isRounded?: boolean;
}

const CASES: Readonly<Record<string, Case>> = {
  Adwin: { build: () => new Adwin({ m: 2 }), fromJSON: Adwin.fromJSON, value: real },
  Cusum: { build: () => new Cusum(), fromJSON: Cusum.fromJSON, value: real },
  Ddm: { build: () => new Ddm(), fromJSON: Ddm.fromJSON, value: bit },
  Eddm: { build: () => new Eddm(), fromJSON: Eddm.fromJSON, value: bit },
  HddmA: { build: () => new HddmA({ twoSidedTest: true }), fromJSON: HddmA.fromJSON, value: bit },
  HddmW: { build: () => new HddmW({ twoSidedTest: true }), fromJSON: HddmW.fromJSON, value: bit },
  Kswin: {
    build: () => new Kswin({ minNumInstances: 12, numTestInstances: 4 }),
    fromJSON: Kswin.fromJSON,
    value: real,
  },
  OnlineCvm: {
    build: () => new OnlineCvm(REFERENCE, online),
    fromJSON: OnlineCvm.fromJSON,
    value: real,
    isRounded: true,
  },
  OnlineRate: {
    build: () => new OnlineRate(BITS, online),
    fromJSON: OnlineRate.fromJSON,
    value: bit,
  },
  PageHinkley: {
    build: () => new PageHinkley({ definition: 'paper' }),
    fromJSON: PageHinkley.fromJSON,
    value: real,
  },
};

function states({ build, value }: Case): string[] {
  const detector = build();
  const saved = [JSON.stringify(detector)];
  for (const end of [1, 43]) {
    while (detector.count < end) detector.update(value(detector.count));
    saved.push(JSON.stringify(detector));
  }
  detector.reset();
  return [...saved, JSON.stringify(detector)];
}

if (process.env.LEEWAY_GOLDEN === 'write') {
  for (const [name, one] of Object.entries(CASES)) {
    for (const [index, state] of states(one).entries()) golden[`${name} ${index}`] ??= state;
  }
  writeFileSync(FILE, `${JSON.stringify(golden, null, 2)}\n`);
}

describe.each(Object.entries(CASES))('the saved state of %s', (name, one) => {
  const saved = [0, 1, 2, 3].map((index) => golden[`${name} ${index}`] as string);

  it('stays as it was, byte for byte, when it is read and saved again', () => {
    for (const state of saved) expect(JSON.stringify(one.fromJSON(JSON.parse(state)))).toBe(state);
  });

  it('is what the same stream gave before', () => {
    const [fresh, ...later] = states(one);
    expect(fresh).toBe(saved[0]);
    if (one.isRounded !== true) expect(later).toEqual(saved.slice(1));
    else expect(later.map(namesIn)).toEqual(saved.slice(1).map(namesIn));
  });

  it('goes on as the detector that saved it', () => {
    const straight = one.build();
    const resumed = one.fromJSON(JSON.parse(saved[0] as string));
    for (let index = 0; index < 200; index += 1) {
      expect(resumed.update(one.value(index))).toBe(straight.update(one.value(index)));
      expect(resumed.warning).toBe(straight.warning);
    }
    expect(JSON.stringify(resumed)).toBe(JSON.stringify(straight));
  });
});

/** The names in a state, in order. */
function namesIn(state: string): string[] {
  return state.match(/"\w+":/g) ?? [];
}
