// How often each test rejects where nothing changed: the share of p ≤ .05 and p ≤ .001.
//
//   npm run build && node bench/stats/realised-size.js [replicates, default 10000]
//
// A share is marked where it lies outside the central 99.9 % of the binomial law: ↑ too often (the test is wrong there), ↓ too
// seldom (it wastes power). The short form of this table is a test (test/stats/realised-size.slow.test.ts).
import {
  andersonDarlingTest,
  chiSquareTest,
  cramerVonMisesTest,
  gTest,
  klotzTest,
  ksTest,
  leveneTest,
  mannWhitneyTest,
  waerdenTest,
  welchTest,
} from 'leeway/stats';

const REPLICATES = Number(process.argv[2] ?? 10_000);
const LEVELS = [0.05, 0.001];

let state = 20_261;
const random = () => {
  state = (state * 48_271) % 2_147_483_647;
  return state / 2_147_483_647;
};
const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());

const laws = {
  normal,
  lognormal: () => Math.exp(normal()),
  integers: () => Math.floor(6 * random()),
  'zeros 80%': () => (random() < 0.8 ? 0 : Math.exp(normal())),
};
const numeric = {
  ks: (x, y) => ksTest(x, y).pValue,
  waerden: (x, y) => waerdenTest(x, y).pValue,
  klotz: (x, y) => klotzTest(x, y).pValue,
  cvm: (x, y) => cramerVonMisesTest(x, y).pValue,
  ad: (x, y) => andersonDarlingTest(x, y).pValue,
  mannwhitney: (x, y) => mannWhitneyTest(x, y).pValue,
  welch: (x, y) => welchTest(x, y).pValue,
  levene: (x, y) => leveneTest(x, y).pValue,
};
const categorical = {
  'chisq cond.': (table) => chiSquareTest(table, { method: 'conditional' }).pValue,
  'chisq asym.': (table) => chiSquareTest(table).pValue,
  g: (table) => gTest(table).pValue,
};

console.log(`${REPLICATES} replicates; each cell: share of p ≤ .05, share of p ≤ .001\n`);
heading('sizes', 'law', Object.keys(numeric));
for (const [n, m] of [
  [200, 200],
  [1000, 100],
  [10_000, 50],
]) {
  for (const [law, draw] of Object.entries(laws)) {
    const shares = simulate(numeric, () => [sample(n, draw), sample(m, draw)]);
    row(`${n}:${m}`, law, shares);
  }
}
console.log();
heading('sizes', 'zipf', Object.keys(categorical));
for (const [n, m] of [
  [500, 500],
  [1000, 100],
  [10_000, 50],
]) {
  for (const categories of [2, 20, 300, 1000]) {
    const draw = zipf(categories);
    const shares = simulate(categorical, () => [
      [counts(n, categories, draw), counts(m, categories, draw)],
    ]);
    row(`${n}:${m}`, String(categories), shares);
  }
}

function simulate(tests, data) {
  const names = Object.keys(tests);
  const hits = names.map(() => LEVELS.map(() => 0));
  for (let replicate = 0; replicate < REPLICATES; replicate += 1) {
    const samples = data();
    names.forEach((name, test) => {
      const pValue = tests[name](...samples);
      LEVELS.forEach((level, index) => {
        if (pValue <= level) hits[test][index] += 1;
      });
    });
  }
  return hits;
}

function heading(first, second, names) {
  console.log(first.padEnd(11) + second.padEnd(11) + names.map((name) => name.padEnd(17)).join(''));
}

function row(first, second, hits) {
  const cells = hits.map((pair) =>
    pair
      .map((count, index) => share(count, LEVELS[index]))
      .join(' ')
      .padEnd(17),
  );
  console.log(first.padEnd(11) + second.padEnd(11) + cells.join(''));
}

function share(count, level) {
  const spread = 3.3 * Math.sqrt(REPLICATES * level * (1 - level));
  const expected = REPLICATES * level;
  const lowMark = count < expected - spread ? '↓' : ' ';
  const mark = count > expected + spread + 1 ? '↑' : lowMark;
  return (count / REPLICATES).toFixed(4).replace('0.', '.') + mark;
}

function sample(size, draw) {
  return Float64Array.from({ length: size }, draw);
}

function counts(size, categories, draw) {
  const result = new Array(categories).fill(0);
  for (let row = 0; row < size; row += 1) result[draw()] += 1;
  return result;
}

function zipf(categories) {
  const sums = [];
  let sum = 0;
  for (let rank = 1; rank <= categories; rank += 1) {
    sum += 1 / rank;
    sums.push(sum);
  }
  return () => {
    const point = random() * sum;
    let low = 0;
    let high = categories - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < point) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
