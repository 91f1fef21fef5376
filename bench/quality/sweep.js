/**
 * A section of cells that nothing was tuned on: laws, changes, sizes and numbers of columns in all combinations, drawn by a seed. To judge
 * many, only the column that changes is drawn; the others are taken to be quiet, so that Simes is Bonferroni.
 */
import { ColumnPair } from '../../dist/src/drift/column-pair.js';
import { decide } from '../../dist/src/drift/decide.js';
import { EFFECT_GATES } from '../../dist/src/drift/effect-gates.js';
import { INDEPENDENT } from '../../dist/src/drift/inflation.js';
import { STATISTICS } from '../../dist/src/drift/registry.js';
import { profileTable } from '../../dist/src/profile.js';
import { bonferroni } from './cells.js';
import { LAWS, source } from './data.js';
import { figure, section } from './page.js';

const CELLS = 1_000;
const SEED = 7;

const poisson = (rate) => (random) => {
  let [count, product] = [0, random.uniform()];
  for (const least = Math.exp(-rate); product > least; product *= random.uniform()) count += 1;
  return count;
};
const binomial = (of, share) => (random) => {
  let count = 0;
  for (let trial = 0; trial < of; trial += 1) count += random.uniform() < share ? 1 : 0;
  return count;
};
const geometric = (share) => (random) => Math.floor(Math.log(random.uniform()) / Math.log(1 - share));

const COLUMN_LAWS = {
  ...Object.fromEntries(
    ['normal', 'lognormal', 't2', 'laplace', 'logistic', 'gamma2', 'bimodal', 'integers', 'binary', 'zeros'].map(
      (law) => [law, LAWS[law]],
    ),
  ),
  ...Object.fromEntries(['cat2', 'cat5', 'cat10'].map((law) => [law, LAWS[law]])),
  uniform: ({ uniform }) => uniform() * Math.sqrt(12),
  'Poisson(½)': poisson(0.5),
  'Poisson(3)': poisson(3),
  'Poisson(30)': poisson(30),
  'binomial(5, .3)': binomial(5, 0.3),
  'binomial(20, .1)': binomial(20, 0.1),
  'geometric(.3)': geometric(0.3),
  'geometric(.1)': geometric(0.1),
  'Poisson(3), 60 % zeros': (random) => (random.uniform() < 0.6 ? 0 : poisson(3)(random)),
  'normal, half zeros': ({ uniform, normal }) => (uniform() < 0.5 ? 0 : 2 + normal()),
  'one to five': ({ uniform }) => 1 + [0.1, 0.3, 0.6, 0.85].filter((share) => share < uniform()).length,
  ages: ({ normal }) => Math.round(40 + 12 * normal()),
  halves: ({ normal }) => Math.round(2 * normal()) / 2,
  'capped at 1': ({ normal }) => Math.min(1, normal()),
};

const share = (part, to) => (value, random) => (random.uniform() < part ? to(value, random) : value);
const OF_NUMBERS = {
  '+.1': (value) => value + 0.1,
  '+.25': (value) => value + 0.25,
  '+.5': (value) => value + 0.5,
  '+1': (value) => value + 1,
  '+1 in half': share(0.5, (value) => value + 1),
  '+1 in a fifth': share(0.2, (value) => value + 1),
  '× 1.25': (value) => 1.25 * value,
  '× 1.5': (value) => 1.5 * value,
  '× .8': (value) => 0.8 * value,
  '× 1.25, rounded': (value) => Math.round(1.25 * value),
  '+3 in a tenth': share(0.1, (value) => value + 3),
  '1 in a fifth': share(0.2, () => 1),
  '0 in an eighth': share(0.125, () => 0),
  'the lower side × 1.4': (value) => (value < 0 ? 1.4 * value : value),
};
const OF_CATEGORIES = {
  'k0 in an eighth': share(0.125, () => 'k0'),
  'k0 in a quarter': share(0.25, () => 'k0'),
  'k1 for a third of k0': share(0.33, (value) => (value === 'k0' ? 'k1' : value)),
  'k2 is k1': (value) => (value === 'k2' ? 'k1' : value),
};
const SIZES = [
  ...[50, 100, 150, 200, 300, 500].map((rows) => [rows, rows]),
  ...[
    [500, 100],
    [1000, 50],
    [2000, 200],
    [50, 500],
  ],
];
const COLUMNS = [1, 5, 12, 50];

const QUIET = {
  tests: [{ finding: { statistic: 'ks', score: 0, pValue: 1, matters: false, reach: 0 }, weight: 1 }],
  joint: undefined,
};

function judged(before, now) {
  const [baseline, current] = [before, now].map((values) => profileTable({ c: values }, { joint: 0 }));
  const pair = new ColumnPair(baseline.column('c'), current.column('c'), {
    rows: { baseline: before.length, target: now.length },
    inflation: INDEPENDENT,
    gates: EFFECT_GATES,
    partner: undefined,
  });
  const tests = STATISTICS.filter(({ decides, families }) => decides && families.includes(pair.family))
    .map((statistic) => ({ finding: statistic.compare(pair), weight: statistic.weight ?? 1 }))
    .filter(({ finding }) => finding !== undefined)
    .map(({ finding, weight }) => ({ finding, weight: finding.weight ?? weight }));
  return { tests, joint: undefined };
}

function oneCell(random, repeats) {
  const one = (list) => list[Math.floor(random.uniform() * list.length)];
  const [law, draw] = one(Object.entries(COLUMN_LAWS));
  const numeric = typeof draw(random) === 'number';
  const [change, apply] = one(Object.entries(numeric ? OF_NUMBERS : OF_CATEGORIES));
  const [[rows, window], columns] = [one(SIZES), one(COLUMNS)];
  const quiet = new Array(columns - 1).fill(QUIET);
  let [own, peer, apart] = [0, 0, 0];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const before = Array.from({ length: rows }, () => draw(random));
    const now = Array.from({ length: window }, () => apply(draw(random), random));
    const ours = decide([judged(before, now), ...quiet], 0, 0.05).drift;
    const theirs = bonferroni({ c: before }, { c: now }, 0.05 / columns);
    own += ours;
    peer += theirs;
    apart += ours !== theirs;
  }
  const gain = (own - peer) / repeats;
  const error = Math.sqrt(Math.max(0, apart / repeats - gain ** 2) / repeats);
  return {
    cell: `${law}, ${change} × ${columns}, ${rows} v ${window}`,
    own: own / repeats,
    peer: peer / repeats,
    gain,
    error,
  };
}

export function sweep(repeats) {
  const { lines, say, row, table } = section();
  const random = source(SEED);
  const cells = Array.from({ length: CELLS }, () => oneCell(random, repeats)).filter(({ peer }) => peer >= 0.1);
  const mean = cells.reduce((sum, { gain }) => sum + gain, 0) / cells.length;
  const below = cells.filter(({ gain, error }) => gain < -0.05 && gain < -2 * error);
  const above = cells.filter(({ gain, error }) => gain > 0.05 && gain > 2 * error);
  say(
    `\`sweep ${repeats}\`: ${CELLS} cells of a law, a change, sizes and 1, 5, 12 or 50 columns, drawn by a seed, ${repeats} pairs each. In the`,
    `${cells.length} of them where Bonferroni finds .10 or more, leeway finds ${mean.toFixed(3)} more on average; more by over .05 and 2 standard errors in`,
    `${above.length}, less by as much in ${below.length}. Less: where a category is so rare that chi-square's limit law does not hold, Bonferroni finds more`,
    'than its level allows; and where the whole evidence is a bulge of a skewed law, which Kolmogorov–Smirnov sees best. The ten that come out worst,',
    'of which chance is a part:',
    '',
  );
  table('cell', 'leeway', 'Bonferroni', 'gain ± 2 standard errors');
  for (const { cell, own, peer, gain, error } of cells.sort((a, b) => a.gain - b.gain).slice(0, 10)) {
    row(cell, figure(own), figure(peer), `${figure(gain)} ± ${figure(2 * error)}`);
  }
  return lines;
}
