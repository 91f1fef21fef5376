import { type Random, randomNormal } from '../../../src/leaves/random.js';
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

/** One way to make a detector, and what the laws need to know of it. */
export interface Entry {
  readonly name: string;
  readonly build: (options?: object) => StreamDetector;
  readonly fromJSON: (json: unknown) => StreamDetector;
  /** Draws one value that the detector takes; `shifted` ones after the change. */
  readonly draw: (random: Random, shifted: boolean) => number;
  /** A finite value outside the domain, where there is one. */
  readonly outside?: number;
  /** The most characters that the state may take as JSON, whatever the stream. */
  readonly largestJson: number;
}

const bits = {
  draw: (random: Random, shifted: boolean) => (random() < (shifted ? 0.5 : 0.1) ? 1 : 0),
  outside: 2,
};

const reals = {
  draw: (random: Random, shifted: boolean) => randomNormal(random) + (shifted ? 2 : 0),
};

const BITS_REFERENCE = Array.from({ length: 400 }, (_, index) => (index % 10 === 0 ? 1 : 0));
const REAL_REFERENCE = Array.from(
  { length: 400 },
  (_, index) => Math.log((index + 0.5) / (399.5 - index)) / 1.7,
);
const QUICK = { expectedRunLength: 200, windowSizes: [10, 30], calibrationSteps: 100_000 };

/** Every public detector; where its options change the course of an update, with them too. */
export const CATALOGUE: readonly Entry[] = [
  {
    name: 'Adwin',
    build: (o) => new Adwin(o),
    fromJSON: Adwin.fromJSON,
    ...reals,
    largestJson: 8000,
  },
  {
    name: 'Adwin as in the paper',
    build: (o) => new Adwin({ clock: 1, definition: 'paper', keepDrift: true, ...o }),
    fromJSON: Adwin.fromJSON,
    ...reals,
    largestJson: 8000,
  },
  { name: 'Ddm', build: (o) => new Ddm(o), fromJSON: Ddm.fromJSON, ...bits, largestJson: 500 },
  {
    name: 'Eddm',
    build: (o) => new Eddm(o),
    fromJSON: Eddm.fromJSON,
    ...bits,
    outside: 0.5,
    largestJson: 500,
  },
  {
    name: 'PageHinkley',
    build: (o) => new PageHinkley(o),
    fromJSON: PageHinkley.fromJSON,
    ...reals,
    largestJson: 500,
  },
  {
    name: 'PageHinkley as in the paper',
    build: (o) => new PageHinkley({ definition: 'paper', ...o }),
    fromJSON: PageHinkley.fromJSON,
    ...reals,
    largestJson: 500,
  },
  {
    name: 'Cusum',
    build: (o) => new Cusum(o),
    fromJSON: Cusum.fromJSON,
    ...reals,
    largestJson: 500,
  },
  {
    name: 'Kswin',
    build: (o) => new Kswin(o),
    fromJSON: Kswin.fromJSON,
    ...reals,
    largestJson: 3000,
  },
  {
    name: 'Kswin as in the paper',
    build: (o) => new Kswin({ definition: 'paper', alpha: 0.001, ...o }),
    fromJSON: Kswin.fromJSON,
    ...reals,
    largestJson: 3000,
  },
  {
    name: 'HddmA',
    build: (o) => new HddmA(o),
    fromJSON: HddmA.fromJSON,
    ...bits,
    largestJson: 500,
  },
  {
    name: 'HddmA two-sided',
    build: (o) => new HddmA({ twoSidedTest: true, ...o }),
    fromJSON: HddmA.fromJSON,
    ...bits,
    largestJson: 500,
  },
  {
    name: 'HddmW',
    build: (o) => new HddmW(o),
    fromJSON: HddmW.fromJSON,
    ...bits,
    largestJson: 1000,
  },
  {
    name: 'HddmW two-sided as in the paper',
    build: (o) => new HddmW({ twoSidedTest: true, definition: 'paper', ...o }),
    fromJSON: HddmW.fromJSON,
    ...bits,
    largestJson: 1000,
  },
  {
    name: 'OnlineCvm',
    build: (o) => new OnlineCvm(REAL_REFERENCE, { ...QUICK, ...o }),
    fromJSON: OnlineCvm.fromJSON,
    ...reals,
    largestJson: 30_000,
  },
  {
    name: 'OnlineRate',
    build: (o) => new OnlineRate(BITS_REFERENCE, { ...QUICK, ...o }),
    fromJSON: OnlineRate.fromJSON,
    ...bits,
    largestJson: 10_000,
  },
];
