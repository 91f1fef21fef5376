/**
 * A section of cells that nothing was tuned on: laws (see `laws.js`), changes, sizes and numbers of columns in all combinations, drawn by a seed. To judge
 * many, only the column that changes is drawn; the others are taken to be quiet, so that Simes is Bonferroni.
 */

import { INDEPENDENT } from '../../dist/src/drift/calibration/inflation.js';
import { ColumnPair } from '../../dist/src/drift/statistics/column-pair.js';
import { EFFECT_GATES } from '../../dist/src/drift/statistics/effect-gates.js';
import { STATISTICS } from '../../dist/src/drift/statistics/registry.js';
import { decide } from '../../dist/src/drift/verdict/decide.js';
import { profileTable } from '../../dist/src/profile.js';
import { bonferroni, interval } from './cells.js';
import { LAWS, source } from './data.js';
import { CATEGORIES, NUMBERS, spreadOf } from './laws.js';
import { figure, section } from './page.js';

const CELLS = 1_000;
const SEED = 8;

const COLUMN_LAWS = {
  ...Object.fromEntries(
    [
      'normal',
      'lognormal',
      't2',
      'laplace',
      'logistic',
      'bimodal',
      'poisson3',
      'zeros',
      'cat10',
    ].map((law) => [law, LAWS[law]]),
  ),
  ...NUMBERS,
  ...CATEGORIES,
};

const share = (part, to) => (value, random) =>
  random.uniform() < part ? to(value, random) : value;
/** Changes of numbers, in the law's own standard deviations. */
const OF_NUMBERS = {
  nothing: (value) => value,
  '+.1 sd': (value, _, sd) => value + 0.1 * sd,
  '+.25 sd': (value, _, sd) => value + 0.25 * sd,
  '+.5 sd': (value, _, sd) => value + 0.5 * sd,
  '× 1.25': (value) => 1.25 * value,
  '× .8': (value) => 0.8 * value,
  '× 1,000': (value) => 1_000 * value,
  'sign turned': (value) => -value,
  rounded: (value) => Math.round(value),
  'clipped at 1 sd': (value, _, sd) => Math.min(value, sd),
  '+1 sd in a fifth': (value, random, sd) => (random.uniform() < 0.2 ? value + sd : value),
  '+3 sd in a twentieth': (value, random, sd) => (random.uniform() < 0.05 ? value + 3 * sd : value),
  '1 in an eighth': share(0.125, () => 1),
  '0 in an eighth': share(0.125, () => 0),
  'tail × 3': (value, _, sd) => (Math.abs(value) > 2 * sd ? 3 * value : value),
  '4 % missing': share(0.04, () => null),
  'half strings': share(0.5, (value) => `${value} units`),
};
const turned = (one, other) => (value) => {
  if (value === one) return other;
  return value === other ? one : value;
};

const OF_CATEGORIES = {
  nothing: (value) => value,
  'k0 in a twentieth': share(0.05, () => 'k0'),
  'k0 in a quarter': share(0.25, () => 'k0'),
  'k2 in a twentieth': share(0.05, () => 'k2'),
  'k0 and k1 turned': turned('k0', 'k1'),
  'k1 and k2 turned': turned('k1', 'k2'),
  'k2 is k1': (value) => (value === 'k2' ? 'k1' : value),
  'new in a twentieth': share(0.05, () => 'new'),
  'new in an eighth': share(0.125, () => 'new'),
  'one value': () => 'k0',
  '4 % missing': share(0.04, () => null),
};
const SIZES = [
  ...[20, 50, 100, 150, 300, 700, 2000].map((rows) => [rows, rows]),
  ...[
    [500, 100],
    [1000, 50],
    [2000, 200],
    [4000, 20],
    [50, 500],
    [200, 2000],
  ],
];
const COLUMNS = [1, 3, 12, 50];

const QUIET = {
  tests: [
    { finding: { statistic: 'ks', score: 0, pValue: 1, matters: false, reach: 0 }, weight: 1 },
  ],
  joint: undefined,
};

function judged(before, now) {
  const [baseline, current] = [before, now].map((values) =>
    profileTable({ c: values }, { joint: 0 }),
  );
  const pair = new ColumnPair(baseline.column('c'), current.column('c'), {
    rows: { baseline: before.length, current: now.length },
    inflation: INDEPENDENT,
    gates: EFFECT_GATES,
    partner: undefined,
  });
  const tests = STATISTICS.filter(
    ({ decides, families }) => decides && families.includes(pair.family),
  )
    .map((statistic) => ({ finding: statistic.compare(pair), weight: statistic.weight ?? 1 }))
    .filter(({ finding }) => finding !== undefined)
    .map(({ finding, weight }) => ({ finding, weight: finding.weight ?? weight }));
  return { tests, joint: undefined };
}

function oneCell(random, repeats) {
  const one = (list) => list[Math.floor(random.uniform() * list.length)];
  const [law, draw] = one(Object.entries(COLUMN_LAWS));
  const numeric = typeof draw(random) === 'number';
  // Moments and booleans stay what they are: the changes are those of numbers and of names.
  const ofScalars = numeric ? OF_NUMBERS : OF_CATEGORIES;
  const changes = typeof draw(random) === 'object' ? { nothing: OF_NUMBERS.nothing } : ofScalars;
  // A cell in five has no change.
  const [change, apply] =
    random.uniform() < 0.2 ? ['nothing', (value) => value] : one(Object.entries(changes));
  const sd = numeric ? spreadOf(draw, random) : 1;
  const [rows, window] = one(SIZES);
  const columns = change === 'nothing' ? 1 : one(COLUMNS);
  const quiet = new Array(columns - 1).fill(QUIET);
  let own = 0;
  let peer = 0;
  let apart = 0;
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const before = Array.from({ length: rows }, () => draw(random));
    const now = Array.from({ length: window }, () => apply(draw(random), random, sd));
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
    isNull: change === 'nothing',
    low: interval(own, repeats)[0],
    own: own / repeats,
    peer: peer / repeats,
    gain,
    error,
  };
}

export function sweep(repeats) {
  const { lines, say, row, table } = section();
  const random = source(SEED);
  const all = Array.from({ length: CELLS }, () => oneCell(random, repeats));
  const quiet = all.filter(({ isNull }) => isNull);
  const over = quiet.filter(({ low }) => low > 0.05);
  const cells = all.filter(({ peer, isNull }) => peer >= 0.1 && !isNull);
  const mean = cells.reduce((sum, { gain }) => sum + gain, 0) / cells.length;
  const below = cells.filter(({ gain, error }) => gain < -0.05 && gain < -2 * error);
  const above = cells.filter(({ gain, error }) => gain > 0.05 && gain > 2 * error);
  say(
    `\`sweep ${repeats}\`: ${CELLS} cells of a law, a change, sizes and 1, 3, 12 or 50 columns, drawn by a seed, ${repeats} pairs each.`,
    '',
    `- Of ${quiet.length} cells without a change, ${over.length} are above their intervals (Wilson at 95 %; 2.5 % are by chance). On average`,
    `  ${(quiet.reduce((sum, { own }) => sum + own / 0.05, 0) / quiet.length).toFixed(2)} of the level of 0.05 is used.`,
    `- In the ${cells.length} cells with a change where Bonferroni finds 0.10 or more, leeway finds ${mean.toFixed(3)} more on average. It finds`,
    `  more by over 0.05 and 2 standard errors in ${above.length} cells, and less by as much in ${below.length}.`,
    '- leeway finds less if categories are rare and windows unequal, or if a category is gone or new in a handful of',
    '  rows. The limit law that Bonferroni uses does not hold there. One row of 50 in a category that 1,000 rows lacked has',
    '  p = 0.05 given both windows, and 0.00001 by chi-square. Bonferroni then finds more than its level allows.',
    '- leeway also finds less if the change is below the effect gate, or if all of the evidence is a bulge, which',
    '  Kolmogorov–Smirnov detects best.',
    '',
    'The ten cells with the worst results, partly by chance:',
    '',
  );
  table('cell', 'leeway', 'Bonferroni', 'gain ± 2 standard errors');
  for (const { cell, own, peer, gain, error } of cells
    .sort((a, b) => a.gain - b.gain)
    .slice(0, 10)) {
    row(cell, figure(own), figure(peer), `${figure(gain)} ± ${figure(2 * error)}`);
  }
  return lines;
}
