// Time of the two-sample functions at 2 × 10⁶ float64 values, beside Debian's SciPy in the same run.
//
//   npm run build && node bench/stats/speed.js
//
// The same values go to both (raw doubles in a temporary folder); rounds alternate, so that a busy machine slows both. The
// results are compared before anything is timed. Without /usr/bin/python3 and scipy our own figures stand alone.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  andersonDarlingTest,
  cramerVonMisesTest,
  energyDistance,
  ksTest,
  mannWhitneyTest,
  waerdenTest,
  wassersteinDistance,
} from 'leeway/stats';

const SIZE = 1_000_000;
const ROUNDS = 5;
const WANTED_RATIO = 0.5;

// One line in, one line out: so that SciPy's rounds can alternate with ours in one process of its own.
const PEER = `
import sys, time, numpy as np, scipy
from scipy.stats import ks_2samp, wasserstein_distance
x, y = np.fromfile(sys.argv[1]), np.fromfile(sys.argv[2])
work = {'ks': lambda: ks_2samp(x, y, method='asymp').statistic, 'wasserstein': lambda: wasserstein_distance(x, y)}
out = [f'{scipy.__version__}|{np.__version__}|{work["ks"]()!r}|{work["wasserstein"]()!r}']
for name in sys.argv[3].split(','):
    start = time.perf_counter(); work[name](); out.append(str((time.perf_counter() - start) * 1000))
print('\\n'.join(out))
`;

const x = normals(1);
const y = normals(2);
const own = [
  { name: 'ks', run: () => ksTest(x, y).statistic, peer: true },
  { name: 'wasserstein', run: () => wassersteinDistance(x, y), peer: true },
  { name: 'energy', run: () => energyDistance(x, y) },
  { name: 'cvm', run: () => cramerVonMisesTest(x, y).statistic },
  { name: 'ad', run: () => andersonDarlingTest(x, y).statistic },
  { name: 'mannwhitney', run: () => mannWhitneyTest(x, y).statistic },
  { name: 'waerden', run: () => waerdenTest(x, y).statistic },
];

console.log(`node ${process.version}, ${cpus()[0]?.model ?? 'unknown CPU'}, commit ${commit()}`);
const folder = mkdtempSync(join(tmpdir(), 'leeway-bench-'));
try {
  const files = [x, y].map((values, index) => {
    const file = join(folder, `${index}.f64`);
    writeFileSync(file, values);
    return file;
  });
  const peer = checkPeer(files);
  for (const { run } of own) run();
  const times = own.map(() => ({ own: [], peer: [] }));
  for (let round = 0; round < ROUNDS; round += 1) {
    own.forEach(({ run }, index) => {
      const start = performance.now();
      run();
      times[index].own.push(performance.now() - start);
    });
    if (peer === undefined) continue;
    const [, ks, wasserstein] = ask(files, 'ks,wasserstein');
    times[0].peer.push(Number(ks));
    times[1].peer.push(Number(wasserstein));
  }
  print(times, peer);
} finally {
  rmSync(folder, { recursive: true });
}

function print(times, peer) {
  console.log(
    `2 × ${SIZE.toLocaleString('en')} normal float64, no drift, best of ${ROUNDS} alternating rounds`,
  );
  if (peer === undefined)
    console.log(
      "note: /usr/bin/python3 has no scipy here (Debian: python3-scipy), so there's no comparison",
    );
  else
    console.log(
      `peer: scipy ${peer.scipy}, numpy ${peer.numpy}; wanted: at most ${WANTED_RATIO} of its time`,
    );
  console.log('\nfunction        own ms   scipy ms    ratio');
  own.forEach(({ name }, index) => {
    const mine = Math.min(...times[index].own);
    const theirs = Math.min(...times[index].peer);
    const compared = Number.isFinite(theirs);
    const ratio = compared
      ? `${(mine / theirs).toFixed(2)}${mine / theirs > WANTED_RATIO ? '  ABOVE' : ''}`
      : '—';
    const figures = [
      mine.toFixed(1).padStart(10),
      (compared ? theirs.toFixed(1) : '—').padStart(11),
      ratio.padStart(9),
    ];
    console.log(`${name.padEnd(12)}${figures.join('')}`);
  });
}

/** Asks SciPy for its versions and for the same statistics as ours; undefined where it is absent. */
function checkPeer(files) {
  if (spawnSync('/usr/bin/python3', ['-c', 'import scipy.stats']).status !== 0) return undefined;
  const [scipy, numpy, ...statistics] = ask(files, 'ks')[0].split('|');
  statistics.forEach((text, index) => {
    const mine = own[index].run();
    if (Math.abs(mine / Number(text) - 1) > 1e-9)
      throw new Error(`${own[index].name}: ${mine}, but scipy ${text}`);
  });
  return { scipy, numpy };
}

function ask(files, work) {
  return execFileSync('/usr/bin/python3', ['-c', PEER, ...files, work], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

/** Normal deviates by Box–Muller on a Lehmer generator. */
function normals(seed) {
  let state = seed * 48_271;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return Float64Array.from(
    { length: SIZE },
    () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()),
  );
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
