/** Sections on pairs of tables without time: level, power, and the rules of other systems. */
import { cell } from './cells.js';
import { figure, range, section } from './page.js';

const NULLS = [
  ...['normal', 'lognormal', 't2', 'integers', 'binary', 'zeros'],
  ...['cat2', 'cat5', 'cat100', 'cat1000', 'ids', 'mixed'],
];
const SIZES = [
  [20, 20],
  [100, 100],
  [2000, 200],
  [10_000, 50],
  [100, 1000],
];
const WIDE = [
  { law: 'normal', columns: 50, rows: 1000 },
  { law: 'mixed', columns: 100, rows: 200 },
  { law: 'cat100', columns: 100, rows: 200 },
  { law: 'normal', columns: 5, rows: 20_000, window: 100 },
  { law: 'zeros', columns: 5, rows: 20_000, window: 100 },
  { law: 'mixed', columns: 5, rows: 20_000, window: 100 },
  { law: 'mixed', columns: 10, rows: 200, window: 2000 },
  ...['normal', 'integers', 'zeros', 'cat5', 'mixed'].map((law) => ({
    law,
    columns: 6,
    rows: 200,
    alpha: 0.001,
  })),
];
const POWER = [
  { columns: 50, rows: 1000, change: 'mean +.25' },
  { columns: 50, rows: 1000, change: 'scale ×1.25' },
  { columns: 12, rows: 200, change: 'scale ×1.5' },
  { columns: 50, rows: 100, change: 'mean +.5' },
  { columns: 10, rows: 1000, change: 'flip .8' },
  { law: 'mixed', columns: 12, rows: 200, change: 'half missing' },
  { law: 'mixed', columns: 12, rows: 200, change: 'constant' },
  { law: 'mixed', columns: 12, rows: 200, change: 'type change' },
  { law: 'cat5', columns: 12, rows: 2000, window: 200, change: 'unseen 5 %' },
  { law: 'cat5', columns: 12, rows: 200, change: 'unseen 5 %' },
  ...['t2', 'laplace', 'lognormal', 'normal', 'logistic', 'gamma2', 'bimodal', 'poisson3'].flatMap(
    (law) => [
      { law, columns: 12, rows: 100, change: 'mean +.5' },
      { law, columns: 12, rows: 300, change: 'mean +.25' },
    ],
  ),
  { law: 'cat5', columns: 12, rows: 100, change: 'tv .2' },
  { law: 'cat10', columns: 1, rows: 200, change: 'tv .1' },
  { law: 'cat1000', columns: 1, rows: 1000, change: 'tv .1' },
  { law: 'cat1000', columns: 12, rows: 1000, change: 'tv .1' },
  { law: 'cat1000', columns: 12, rows: 200, change: 'constant' },
  { law: 'cat1000', columns: 12, rows: 1000, window: 100, change: 'unseen 5 %' },
  { law: 'ids', columns: 12, rows: 200, change: 'constant' },
  { law: 'ids', columns: 12, rows: 200, change: 'unseen 30 %' },
  { law: 'zeros', columns: 12, rows: 300, change: 'fewer zeros' },
  { law: 'integers', columns: 12, rows: 300, change: 'integer +1 in a fifth' },
];
/** Shares of tables called drifting, by the peers' own code, measured beforehand: omega-ml, Evidently, any of its columns, alibi-detect. */
const PEERS = [
  [{ columns: 50, rows: 100 }, '.43', '.00', '.84', '.03'],
  [{ columns: 50, rows: 1000 }, '.00', '.00', '.93', '.07'],
  [{ columns: 50, rows: 1000, change: 'mean +.25' }, '.00', '.00', '1.00', '.93'],
  [{ columns: 50, rows: 100, change: 'mean +.5' }, '.64', '.00', '.96', '.37'],
  [{ columns: 50, rows: 1000, change: 'scale ×1.25' }, '.00', '.00', '.98', '.17'],
  [{ columns: 10, rows: 1000, change: 'flip .8' }, '.00', '.00', '.47', '.12'],
];

/** Large tables take longest, and have fewer repeats. */
const fewer = ({ rows, columns = 1 }, repeats) =>
  rows * columns > 20_000 ? Math.ceil(repeats / 4) : repeats;
const said = (repeats, name) =>
  `\`${name} ${repeats}\`: ${repeats} pairs per cell, ${Math.ceil(repeats / 4)} if the tables are large`;

export function levels(repeats) {
  const { lines, say, row, table } = section();
  say(
    `${said(repeats, 'levels')}, ${5 * repeats} at a level of 0.001. The nominal level is 0.05, or 0.001 if the`,
    'cell says so. Of so many cells, 5 % are outside their interval by chance. The p-values of integers, zeros and',
    'categories with few rows are discrete, so their shares are below the level.',
    '',
  );
  table('cell', 'leeway', 'interval', 'Bonferroni');
  const cells = NULLS.flatMap((law) =>
    SIZES.flatMap(([rows, window]) => [1, 12].map((columns) => ({ law, columns, rows, window }))),
  );
  for (const one of [...cells, ...WIDE]) {
    const count = one.alpha === undefined ? fewer(one, repeats) : 5 * repeats;
    const { cell: name, own, interval, peer } = cell({ ...one, repeats: count });
    row(name.replace(', none', ''), figure(own), range(interval), figure(peer));
  }
  row('always-fire', '1.000', '', '');
  row('never-fire', '0.000', '', '');
  return lines;
}

export function power(repeats) {
  const { lines, say, row, table } = section();
  say(`${said(repeats, 'power')}. Drift in one column, or in one pair of columns.`, '');
  table('cell', 'leeway', 'interval', 'Bonferroni', 'gain ± 2 standard errors');
  for (const one of POWER) {
    const {
      cell: name,
      own,
      interval,
      peer,
      gain,
      error,
    } = cell({ ...one, repeats: fewer(one, repeats) });
    row(name, figure(own), range(interval), figure(peer), `${figure(gain)} ± ${figure(2 * error)}`);
  }
  row('always-fire', '1.000', '', '', '');
  row('never-fire', '0.000', '', '', '');
  return lines;
}

export function peers(repeats) {
  const { lines, say, row, table } = section();
  say(
    `${said(repeats, 'peers')}. The default rules of other systems were measured`,
    'beforehand with their own code (200 or 100 repeats). leeway is measured on the same scenarios.',
    '',
  );
  const rules = [
    'omega-ml',
    'Evidently',
    'Evidently, any column',
    'alibi-detect',
    'always-fire',
    'never-fire',
  ];
  table('scenario', 'leeway', ...rules);
  for (const [scenario, ...theirs] of PEERS) {
    const { cell: name, own } = cell({ ...scenario, repeats: fewer(scenario, repeats) });
    row(name.replace('none', 'no drift'), figure(own), ...theirs, '1', '0');
  }
  return lines;
}
