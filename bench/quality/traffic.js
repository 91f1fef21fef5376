/** Sections on traffic in time: level and delay, and false incidents over months. */
import { interval } from './cells.js';
import { simulateMonths } from './months.js';
import { figure, range, section } from './page.js';
import { alarmsInTime, courses, delaysInTime } from './time.js';

const TIME = [
  { memory: 0.8 },
  { memory: 0.8, columns: 10 },
  { season: 0.3 },
  { season: 1, columns: 5, rows: 300 },
  { memory: 0.8, season: 0.3, columns: 10 },
  { season: 0.3, step: 0.5, rows: 300, hours: 168 },
  { daysOff: 1, hours: 504 },
  { season: 0.3, daysOff: 1, columns: 5, hours: 672 },
  { season: 0.5, hours: 720 },
  { season: 0.3, daysOff: 0.8, hours: 2160 },
];

export function traffic(repeats) {
  const { lines, say, row, table } = section();
  const fewer = Math.ceil(repeats / 4);
  say(
    `\`traffic ${repeats}\`: hours of 100 rows (or 300, if the row says so) after a history of two days (up to three months), each in a stream`,
    'of its own. Rows depend on the row before them (AR(1) with 0.8), or vary with a daily wave of 0.3 or 1 sd, a step at office',
    `hours, or lower days off. The table has the shares with the verdict \`drift\` at 0.05, of ${repeats} streams without drift and`,
    `${fewer} otherwise. The shift is 1 sd with memory, else 0.5 sd.`,
    '',
  );
  table('traffic', 'calibrated, no drift', 'interval', 'not calibrated', 'calibrated, shifted');
  for (const kind of TIME) {
    const own = alarmsInTime({ repeats, ...kind });
    const naive = alarmsInTime({ repeats: fewer, calibrate: false, ...kind });
    const shifted = alarmsInTime({ repeats: fewer, shift: kind.memory ? 1 : 0.5, ...kind });
    row(
      JSON.stringify(kind).replaceAll('"', ''),
      ...[
        figure(own / repeats),
        range(interval(own, repeats)),
        figure(naive / fewer),
        figure(shifted / fewer),
      ],
    );
  }
  const delayed = Math.ceil(repeats / 8);
  say(
    '',
    `Hourly checks, with one expected false alarm a month: the hours until drift in one of five columns is first detected, in ${delayed} streams.`,
    '',
  );
  table('drift', 'median delay, hours', 'found within four days');
  for (const course of courses) {
    const { middle, found } = delaysInTime({ repeats: delayed, course, columns: 5, season: 0.3 });
    row(course, String(middle), figure(found));
  }
  row('always-fire', '0', '1.000');
  row('never-fire', '∞', '0.000');
  return lines;
}

const MONTHS = [
  [30, 1000],
  [30, 10_000],
  [744, 10_000],
  [744, 1000],
];

export function incidents(months) {
  const { lines, say, row, table } = section();
  say(
    `\`incidents ${months}\`: ${months} months each. The budget is at most one expected incident a month. Each month has a fixed baseline, 50 columns,`,
    'and windows of 1,000 independent rows. The latest 1, 4 and 24 windows are judged together. An incident ends after three',
    'quiet checks.',
    '',
  );
  table(
    'checks a month',
    'rows in the baseline',
    'incidents a month',
    '± 2 standard errors',
    'months above two',
    'interval',
  );
  for (const [checks, baseline] of MONTHS) {
    const counted = simulateMonths({ months, checks, baseline });
    const mean = counted.reduce((sum, count) => sum + count, 0) / months;
    const variance = counted.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (months - 1);
    const many = counted.filter((count) => count > 2).length;
    row(
      ...[
        String(checks),
        baseline.toLocaleString('en'),
        mean.toFixed(2),
        (2 * Math.sqrt(variance / months)).toFixed(2),
      ],
      ...[figure(many / months), range(interval(many, months))],
    );
  }
  return lines;
}
