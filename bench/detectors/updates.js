// Updates per second of every stream detector, beside frouros' figures for the same work.
//
//   npm run build && node bench/detectors/updates.js
//
// 100,000 updates each, no drift in the data, best of 7 after one warm-up. frouros: Python 3.11.2, numpy 1.24.2, scipy
// 1.10.1 on an AMD EPYC with 2 cores, best of 5; another machine, so read the ratio as an order of magnitude unless yours
// is the like. The reference vectors are checked before anything is timed.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import {
  Adwin,
  Cusum,
  Ddm,
  Eddm,
  HddmA,
  HddmW,
  Kswin,
  OnlineCvm,
  OnlineRate,
  PageHinkley,
} from 'leeway/stats';

const UPDATES = 100_000;
const ROUNDS = 7;
const WANTED_RATIO = 20;

const random = lehmer(20_261);
const bits = Array.from({ length: UPDATES }, () => (random() < 0.1 ? 1 : 0));
const reals = Array.from({ length: UPDATES }, () => random());

const rows = [
  { name: 'Adwin', peer: 63_728, data: bits, build: (options) => new Adwin(options) },
  { name: 'Ddm', peer: 380_439, data: bits, build: (options) => new Ddm(options) },
  { name: 'Eddm', peer: 1_109_121, data: bits, build: (options) => new Eddm(options) },
  { name: 'PageHinkley', peer: 767_512, data: bits, build: (options) => new PageHinkley(options) },
  { name: 'Cusum', peer: 454_794, data: bits, build: (options) => new Cusum(options) },
  { name: 'HddmA', peer: 160_124, data: bits, build: (options) => new HddmA(options) },
  { name: 'HddmW', peer: 186_562, data: bits, build: (options) => new HddmW(options) },
  { name: 'Kswin', peer: 25_745, data: reals, build: (options) => new Kswin(options) },
  {
    name: 'OnlineCvm',
    data: reals,
    build: () => new OnlineCvm(reals.slice(0, 1000), { calibrationSteps: 1e6 }),
  },
  {
    name: 'OnlineRate',
    data: bits,
    build: () => new OnlineRate(bits.slice(0, 1000), { calibrationSteps: 1e6 }),
  },
];

checkAgainstReference();
console.log(`node ${process.version}, ${cpus()[0]?.model ?? 'unknown CPU'}, commit ${commit()}`);
console.log(`${UPDATES} updates, best of ${ROUNDS}; wanted: ${WANTED_RATIO} times frouros\n`);
console.log('detector      updates/s     ns each   frouros/s    ratio');
for (const row of rows) {
  const seconds = bestOf(row.build(), row.data);
  const rate = UPDATES / seconds;
  const peer = row.peer === undefined ? '—' : row.peer.toLocaleString('en');
  const ratio = row.peer === undefined ? '—' : `${(rate / row.peer).toFixed(0)} ×`;
  const short = row.peer !== undefined && rate / row.peer < WANTED_RATIO ? '  BELOW' : '';
  const figures = [
    Math.round(rate).toLocaleString('en').padStart(13),
    ((seconds / UPDATES) * 1e9).toFixed(0).padStart(9),
  ];
  console.log(
    `${row.name.padEnd(12)}${figures.join('')}${peer.padStart(12)}${ratio.padStart(9)}${short}`,
  );
}
console.log('\ncalibration of the online tests, as a new process pays it once (default options)');
for (const [name, build] of [
  ['OnlineCvm', () => new OnlineCvm(reals.slice(0, 1000), { seed: 1 })],
  ['OnlineRate', () => new OnlineRate(bits.slice(0, 1000), { seed: 1 })],
]) {
  const start = performance.now();
  build();
  console.log(
    `${name.padEnd(12)}${((performance.now() - start) / 1000).toFixed(2).padStart(13)} s`,
  );
}

function bestOf(detector, data) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= ROUNDS; round += 1) {
    detector.reset();
    const start = performance.now();
    for (let index = 0; index < data.length; index += 1) detector.update(data[index]);
    if (round > 0) best = Math.min(best, performance.now() - start);
  }
  return best / 1000;
}

/** Every detector must fire at the values at which frouros' does, or its speed means nothing. */
function checkAgainstReference() {
  const path = new URL('../../test/fixtures/detectors/streaming.json', import.meta.url);
  for (const { id, data, expected } of JSON.parse(readFileSync(path, 'utf8')).cases) {
    const values = typeof data === 'string' ? Array.from(data, Number) : data;
    for (const { detector: peerName, config, reset } of expected) {
      const row = rows.find(({ name }) => name.toLowerCase() === peerName.toLowerCase());
      const detector = row.build(camelCase(config));
      const drifts = [];
      values.forEach((x, index) => {
        if (!detector.update(x)) return;
        drifts.push(index);
        detector.reset();
      });
      if (drifts.join() !== reset.drift.join())
        throw new Error(`${row.name} is wrong on ${id}: ${drifts.join()}`);
    }
  }
}

function camelCase(config) {
  const rename = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [rename(name), value]));
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

/** Park and Miller's generator: enough for test data, the same everywhere. */
function lehmer(seed) {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
