// A model learns Seattle's weather, is served over HTTP, and meets New York's.
//
//   node examples/weather/demo.js [--framework express|hono|node] [--dir DIR] [--json]
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import cliProgress from 'cli-progress';
import { describeMovement, describeVerdict } from 'leeway/profile';
import colors from 'picocolors';
import { makeClient } from './client.js';
import { alternateWeeks, cityDays, question } from './data.js';
import { loadModel } from './model.js';

const UNITS = { X_precipitation: 'mm', X_temp_min: '°C', X_wind: 'm/s', Y_temp_max: '°C' };

const { values: flags } = parseArgs({
  options: {
    framework: { type: 'string', default: 'express' },
    dir: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
if (!['express', 'hono', 'node'].includes(flags.framework)) {
  console.error(`--framework must be express, hono or node, got ${flags.framework}`);
  process.exit(2);
}
const { startServer } = await import(`./${flags.framework}.js`);
const dir = resolve(flags.dir ?? join('.leeway', `demo-${flags.framework}`));
const say = flags.json ? () => {} : (text = '') => console.log(text);
const shown = (path) => relative(process.cwd(), path) || path;

// Each demo begins with an empty log.
rmSync(dir, { recursive: true, force: true });
mkdirSync(dir, { recursive: true });
const storeFile = join(dir, 'leeway.db');
// SQLite is an optional dependency; without it the log lasts as long as the demo.
const hasSqlite = await import('sqlite3').then(
  () => true,
  () => false,
);
const reportFile = join(dir, 'report.html');

// Train on every second week of Seattle, and pin these weeks, with the model's own answers, as the baseline.
const { training, others } = alternateWeeks(cityDays('Seattle'));
const newYork = cityDays('New York');
const predict = loadModel();
const baseline = training.map((day) => ({ ...question(day), temp_max: predict(day) }));

const alerts = [];
const options = {
  experiment: 'weather',
  model: 'temp-max',
  match: 'POST /predict',
  outputs: ['temp_max'],
  store: hasSqlite ? `sqlite:${storeFile}` : 'memory:',
  baseline,
  onAlert: (alert) => alerts.push(alert),
  onInfo: () => undefined, // the demo says it in its own words
};
const { drift, server, port } = await startServer({ predict, drift: options });
const monitor = drift.monitor();

say(
  colors.bold(
    `leeway demo: a model that learnt Seattle's weather, served by ${flags.framework === 'node' ? 'node:http' : flags.framework} on port ${port}`,
  ),
);
say(
  `It learnt from every second week of 2012–2015, ${training.length} days; those are the baseline.`,
);
say();

const halves = [];
for (const { name, days, expected } of [
  { name: 'Seattle, the other weeks', days: others, expected: [] },
  { name: 'New York', days: newYork, expected: ['X_wind', 'X_temp_min'] },
]) {
  const before = drift.status().counters.rows;
  await stream(name, days);
  const result = await monitor.capture();
  const raised = alerts.splice(0);
  const half = {
    name,
    rowsSent: days.length,
    rowsRecorded: drift.status().counters.rows - before,
    drift: result.drift,
    columns: [...(result.stats?.drifted ?? [])],
    alerts: raised.map(({ title, columns }) => ({ title, columns })),
  };
  halves.push(half);
  tell(half, result.stats, behaved(half, expected));
}
writeFileSync(reportFile, await monitor.report());

if (!flags.json) {
  say(`Report: ${shown(reportFile)}`);
  say(`Store:  ${hasSqlite ? shown(storeFile) : 'memory, as sqlite3 is not installed'}`);
}

const ok = behaved(halves[0], []) && behaved(halves[1], ['X_wind', 'X_temp_min']);
if (flags.json)
  console.log(JSON.stringify({ framework: flags.framework, halves, report: reportFile }));
else if (process.stdout.isTTY) await stayUp();
await drift.close();
server.close();
process.exitCode = ok ? 0 : 1;

/** Sends days to the server as a client would, one request each. */
async function stream(name, days) {
  const client = makeClient(port);
  const bar = new cliProgress.SingleBar({
    format: `${name.padEnd(25)} {bar} {value}/{total} days`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    noTTYOutput: !flags.json && !process.stdout.isTTY,
    notTTYSchedule: 1e9,
    stream: process.stdout,
  });
  if (!flags.json) bar.start(days.length, 0);
  for (const [index, day] of days.entries()) {
    await client.ask(question(day));
    if (!flags.json) bar.update(index + 1);
  }
  if (!flags.json) bar.stop();
  client.close();
}

/** One half in a line, its verdict and largest mover, and below that column's picture before and after. */
function tell(half, stats, ok) {
  const [mover] = stats.summary();
  const mark = half.drift ? colors.yellow('▲') : colors.green('●');
  const movement = describeMovement(stats, mover, { units: UNITS });
  const chance = mover.drift ? '' : ', which is within chance';
  const wrong = ok ? '' : colors.red(' (not as expected)');
  say(
    `${mark} ${colors.bold(describeVerdict(stats))} Largest mover: ${mover.column}, ${movement}${chance}.${wrong}`,
  );
  const [before, now] = sparklines(stats.baseline(mover.column), stats.current(mover.column));
  say(`  ${mover.column} before ${colors.blue(before)}  after ${colors.yellow(now)}`);
  for (const alert of half.alerts) say(`  alert: ${alert.title}`);
  say();
}

/** Two histograms over the same range in block characters. */
function sparklines(...sides) {
  const bins = 24;
  const described = sides.map((side) => side.describe());
  const numeric = sides.every((side) => side.type === 'numeric');
  let shares;
  if (numeric) {
    const low = Math.min(...described.map((side) => side.min));
    const high = Math.max(...described.map((side) => side.max));
    const edges = Array.from(
      { length: bins - 1 },
      (_, index) => low + ((high - low) * (index + 1)) / bins,
    );
    shares = sides.map((side) => side.histogram(edges));
  } else {
    const names = [...new Set(described.flatMap((side) => side.top.map(([name]) => name)))].sort();
    shares = described.map((side) =>
      names.map((name) => side.top.find(([other]) => other === name)?.[1] ?? 0),
    );
  }
  const highest = Math.max(...shares.flat());
  return shares.map((side) =>
    side.map((share) => '▁▂▃▄▅▆▇█'[Math.min(7, Math.floor((share / highest) * 8))]).join(''),
  );
}

/** Whether a half ended as the data deserves: silence, or an alert that names these columns. */
function behaved(half, expected) {
  if (half.rowsRecorded !== half.rowsSent) return false;
  if (expected.length === 0) return !half.drift && half.alerts.length === 0;
  return (
    half.drift &&
    half.alerts.length === 1 &&
    expected.every((column) => half.alerts[0].columns.includes(column))
  );
}

/** On a terminal the server stays for a look around. */
async function stayUp() {
  say();
  say(`POST http://127.0.0.1:${port}/predict is up; Ctrl-C ends it.`);
  let up = true;
  process.once('SIGINT', () => {
    up = false;
  });
  while (up) {
    const { state, counters, reasons } = drift.status();
    process.stdout.write(
      `\r${state}: ${reasons.join('; ')} · ${counters.recorded} calls recorded   `,
    );
    for (let tenths = 0; up && tenths < 20; tenths += 1) await sleep(100);
  }
  say();
}
