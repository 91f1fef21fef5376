// What a profile costs: a whole table at once, row by row as the recorder folds, correlations, bytes.
//
//   npm run build && node bench/profile/profile.js
//
// The peers' figures were measured beforehand on a machine of the same kind; ratios to them are honest only where the machine
// is idle. Results are checked before anything is timed.
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { compareProfiles, Profile, profileTable } from 'leeway/profile';

const ROWS = 100_000;
const NUMERIC = 20;
const CATEGORICAL = 10;
const RUNS = 9;
const FOLD_SLICE = 256;
/** Milliseconds, best of five: omega-ml 1e5 × 30 with and without correlations, pandas describe(include=all); comparing 1e5 × 30 with
 * both sides given as snapshots (omega-ml) or as rows. */
const PEERS = {
  correlated: 363.54,
  plain: 137.38,
  pandas: 85.28,
  omega: 18.88,
  alibi: 434.33,
  evidently: 907.77,
};

const table = makeTable();
const cells = new Map(Object.entries(table).map(([name, values]) => [name, Array.from(values)]));
check();

console.log(`node ${process.version}, ${cpus()[0]?.model ?? 'unknown CPU'}, commit ${commit()}`);
console.log(
  `${ROWS.toLocaleString('en')} rows × ${NUMERIC} numeric and ${CATEGORICAL} categorical columns, best of ${RUNS}\n`,
);
console.log(
  'work                                             own ms   µs a row   peer ms                       ratio',
);
const full = best(() => profileTable(table, { correlate: true }));
line('full profile, typed columns, correlations', full, PEERS.correlated, 'omega-ml', 0.5);
line(
  'the same without correlations',
  best(() => profileTable(table)),
  PEERS.plain,
  'omega-ml',
);
line('', undefined, PEERS.pandas, 'pandas describe');
line(
  'full profile, plain arrays, correlations',
  best(() => profileTable(Object.fromEntries(cells), { correlate: true })),
);
const fold = best(() => foldRows(new Profile()));
line(
  `what the recorder folds, ${FOLD_SLICE} rows at a time`,
  fold,
  undefined,
  undefined,
  undefined,
  3,
);
const profile = profileTable(table);
const frozen = best(() => foldRows(new Profile({ schema: profile.schema })));
line('the same with a frozen schema', frozen, undefined, undefined, undefined, 3);
const other = profileTable(makeTable(7_919));
const verdict = best(() => compareProfiles(profile, other).drift, 100);
line('the verdict on two such profiles', verdict, PEERS.omega, 'omega-ml', 5 / PEERS.omega);
const comparison = best(() => compareProfiles(profile, other).rows, 100);
line(
  'the same with every statistic that only reports',
  comparison,
  PEERS.omega,
  'omega-ml',
  5 / PEERS.omega,
);
line('', undefined, PEERS.alibi, 'alibi, on rows');
line('', undefined, PEERS.evidently, 'Evidently, on rows');
const [fastest, middle] = freshPairs();
console.log(
  `\nverdict on two fresh profiles of 50 columns × 1,000 rows, each pair once: best ${fastest.toFixed(1)} ms, middle ${middle.toFixed(1)} ms`,
);
const bytes = profile.toBytes();
console.log(
  `\nbytes of the profile: ${bytes.length.toLocaleString('en')} (${Math.round(bytes.length / (NUMERIC + CATEGORICAL))} a column)`,
);
console.log(
  `toBytes ${best(() => profile.toBytes()).toFixed(2)} ms, fromBytes ${best(() => Profile.fromBytes(bytes)).toFixed(2)} ms`,
);
const million = profileTable(
  Object.fromEntries(
    Array.from({ length: NUMERIC }, (_, column) => [
      `m${column}`,
      Float64Array.from({ length: 1e6 }, lehmer(column + 1).normal),
    ]),
  ),
);
console.log(
  `of a million rows × ${NUMERIC} numeric columns, with the sample of rows: ${Math.round(million.toBytes().length / NUMERIC).toLocaleString('en')} bytes a column`,
);
const clone = profile.clone();
console.log(
  `merge of two such profiles ${best(() => profile.clone().merge(clone)).toFixed(2)} ms, with one clone`,
);

/** Profiles that were never compared: what later comparisons of the same would find ready is made here. */
function freshPairs() {
  const random = lehmer(31);
  const fresh = () =>
    profileTable(
      Object.fromEntries(
        Array.from({ length: 50 }, (_, column) => [
          `f${column}`,
          Float64Array.from({ length: 1_000 }, random.normal),
        ]),
      ),
    );
  const pairs = Array.from({ length: 80 }, () => [fresh(), fresh()]);
  const took = pairs.map(([before, now]) => {
    const start = performance.now();
    void compareProfiles(before, now).drift;
    return performance.now() - start;
  });
  const settled = took.slice(20).sort((a, b) => a - b);
  return [settled[0], settled[settled.length / 2]];
}

function foldRows(target) {
  for (let from = 0; from < ROWS; from += FOLD_SLICE)
    target.addColumns(cells, from, Math.min(ROWS, from + FOLD_SLICE));
  return target;
}

function line(name, own, peer, peerName, wanted, wantedPerRow) {
  const perRow = own === undefined ? undefined : (own * 1000) / ROWS;
  const ratio = own === undefined || peer === undefined ? undefined : own / peer;
  const above =
    (wanted !== undefined && ratio > wanted) ||
    (wantedPerRow !== undefined && perRow > wantedPerRow);
  const shown = (value, digits) => (value === undefined ? '—' : value.toFixed(digits));
  console.log(
    [
      name.padEnd(44),
      shown(own, 1).padStart(11),
      shown(perRow, 2).padStart(11),
      shown(peer, 1).padStart(10),
      ` ${(peerName ?? '').padEnd(17)}`,
      shown(ratio, 2).padStart(7),
      above ? '  ABOVE' : '',
    ].join(''),
  );
}

function best(work, runs = RUNS) {
  for (let warm = 0; warm < runs / 4; warm += 1) work();
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

/** Counts and a correlation that the table was made with. */
function check() {
  const found = profileTable(table, { correlate: true });
  const { values } = found.correlations();
  if (found.rows !== ROWS || found.column('n0').moments.count !== ROWS)
    throw new Error('rows went missing');
  if (Math.abs(values[0][1] - 0.8) > 0.01)
    throw new Error(`correlation of n0 and n1: ${values[0][1]}, made as 0.8`);
  if (found.column('c3').items.total !== ROWS) throw new Error('categories went missing');
}

/** Uniform numbers of a Lehmer generator, and normal deviates of these by Box–Muller. */
function lehmer(seed) {
  let state = seed;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return {
    random,
    normal: () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()),
  };
}

/** Neighbours n0 and n1 correlate by 0.8. */
function makeTable(seed = 48_271) {
  const { random, normal } = lehmer(seed);
  const columns = {};
  for (let column = 0; column < NUMERIC; column += 1)
    columns[`n${column}`] = Float64Array.from({ length: ROWS }, normal);
  columns.n1 = columns.n1.map((value, row) => 0.8 * columns.n0[row] + 0.6 * value);
  for (let column = 0; column < CATEGORICAL; column += 1) {
    const levels = 2 + column * 5;
    columns[`c${column}`] = Array.from(
      { length: ROWS },
      () => `level ${Math.floor(random() ** 2 * levels)}`,
    );
  }
  return columns;
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
