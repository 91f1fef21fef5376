/**
 * `npm run build && node bench/quality/run.js [repeats] [months]`: level and power in many cells, and false incidents over
 * months. Shares with 95 % intervals; always-fire has level and power 1, never-fire 0. Evidently, NannyML and omega-ml on the
 * same scenarios: docs/quality.md.
 */
import { cell, interval } from './cells.js';
import { simulateMonths } from './months.js';

const repeats = Number(process.argv[2] ?? 200);
const months = Number(process.argv[3] ?? 4);

const NULLS = [
  'normal',
  'lognormal',
  't2',
  'integers',
  'binary',
  'zeros',
  'cat2',
  'cat5',
  'cat100',
  'cat1000',
  'mixed',
];
const SIZES = [
  [20, 20],
  [100, 100],
  [2000, 200],
  [10_000, 50],
  [100, 1000],
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
  ...['t2', 'laplace', 'lognormal', 'normal'].flatMap((law) => [
    { law, columns: 12, rows: 100, change: 'mean +.5' },
    { law, columns: 12, rows: 300, change: 'mean +.25' },
  ]),
  { law: 'cat5', columns: 12, rows: 100, change: 'tv .2' },
  { law: 'cat10', columns: 1, rows: 200, change: 'tv .1' },
  { law: 'cat1000', columns: 1, rows: 1000, change: 'tv .1' },
  { law: 'zeros', columns: 12, rows: 300, change: 'fewer zeros' },
  { law: 'integers', columns: 12, rows: 300, change: 'integer +1 in a fifth' },
];

console.log(
  'cell                                              own  95 % interval     KS/chi² Bonferroni   gain ± 2 se',
);
for (const law of NULLS) {
  for (const [rows, window] of SIZES)
    for (const columns of [1, 12]) line(cell({ law, columns, rows, window, repeats }));
}
for (const one of POWER)
  line(cell({ ...one, repeats: one.rows * one.columns > 20_000 ? Math.ceil(repeats / 4) : repeats }));

console.log(
  '\nfalse incidents a month (one expected at most; months with more than two at most 10 % from 10 windows on)',
);
for (const checks of [30, 744]) {
  for (const baseline of [1000, 10_000]) {
    const counted = simulateMonths({ months: checks > 100 ? months : 10 * months, checks, baseline });
    const mean = counted.reduce((sum, count) => sum + count, 0) / counted.length;
    const many = counted.filter((count) => count > 2).length;
    const [low, high] = interval(many, counted.length);
    const clumps = `${many} of ${counted.length} months above two (${low.toFixed(2)}–${high.toFixed(2)})`;
    console.log(`${checks} checks, baseline ${baseline}, windows 1000: ${mean.toFixed(2)} a month; ${clumps}`);
  }
}

function line({ cell: name, own, interval: [low, high], peer, gain, error, isNull }) {
  const level = name.includes('α .001') ? 0.001 : 0.05;
  const worse = gain < -0.05 && gain < -2 * error && peer >= 0.1;
  const flag = (isNull && low > level) || (!isNull && worse) ? '  BAD' : '';
  console.log(
    `${name.padEnd(48)} ${own.toFixed(3)}  ${low.toFixed(3)}–${high.toFixed(3)}   ${peer.toFixed(3)}   ${gain.toFixed(3)} ± ${(2 * error).toFixed(3)}${flag}`,
  );
}
