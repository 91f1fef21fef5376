// `leeway compare` on two CSV files of 10⁶ rows and 30 columns: time, peak memory, and the same with pandas and SciPy in the same run,
// where Debian's python3-pandas and python3-scipy are installed. The results are checked against each other first.
//
//   npm run build && node bench/cli/compare.js [rows]
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../../dist/src/leaves/random.js';

const ROWS = Number(process.argv[2] ?? 1_000_000);
const NUMBERS = 25;
const NAMES = 5;
const directory = mkdtempSync(join(tmpdir(), 'leeway-bench-'));
// Debian's own, which sees Debian's packages.
const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';
const main = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const python = fileURLToPath(new URL('./compare.py', import.meta.url));

async function writeTable(file, seed, shift) {
  const random = seededRandom(seed);
  const out = createWriteStream(file);
  const head = [
    ...Array.from({ length: NUMBERS }, (_, index) => `n${index}`),
    ...Array.from({ length: NAMES }, (_, index) => `c${index}`),
  ];
  out.write(`${head.join(',')}\n`);
  for (let row = 0; row < ROWS; row += 1_000) {
    let text = '';
    for (let line = 0; line < Math.min(1_000, ROWS - row); line += 1) {
      const cells = head.map((name, index) =>
        name.startsWith('n')
          ? (random() + random() + (index === 0 ? shift : 0)).toFixed(5)
          : `name${Math.floor(random() ** 2 * 20)}`,
      );
      text += `${cells.join(',')}\n`;
    }
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

/** Runs the command, and looks at its memory ten times a second. */
async function runLeeway(files) {
  const started = performance.now();
  const child = spawn(process.execPath, [main, 'compare', ...files, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  let peakMb = 0;
  child.stdout.on('data', (bytes) => {
    text += bytes;
  });
  const watch = setInterval(() => {
    try {
      const [, kb] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      if (kb !== undefined) peakMb = Math.max(peakMb, Number(kb) / 1024);
    } catch {
      // It has ended, or this is no Linux.
    }
  }, 100);
  await once(child, 'close');
  clearInterval(watch);
  return { seconds: (performance.now() - started) / 1000, peakMb, told: JSON.parse(text) };
}

function runPython(files) {
  try {
    execFileSync(PYTHON, ['-c', 'import pandas, scipy'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const started = performance.now();
  const told = JSON.parse(execFileSync(PYTHON, [python, ...files], { encoding: 'utf8' }));
  return { seconds: (performance.now() - started) / 1000, ...told };
}

try {
  const files = ['before.csv', 'now.csv'].map((name) => join(directory, name));
  await writeTable(files[0], 1, 0);
  await writeTable(files[1], 2, 0.05);
  const mb = statSync(files[0]).size / 1e6;
  console.log(
    `Node ${process.version}, ${cpus()[0].model}; two files of ${ROWS} × ${NUMBERS + NAMES}, ${mb.toFixed(0)} MB each`,
  );
  const ours = await runLeeway(files);
  const theirs = runPython(files);
  const drifted = ours.told.columns.filter(({ drift }) => drift).map(({ column }) => column);
  if (drifted.join() !== 'n0')
    throw new Error(
      `only n0 was shifted, but ${drifted.join(', ') || 'nothing'} is called drifting`,
    );
  console.log(
    `leeway compare    ${ours.seconds.toFixed(1)} s  peak ${ours.peakMb.toFixed(0)} MB  (everything that the report has)`,
  );
  if (theirs === undefined)
    console.log('pandas + SciPy    not installed: apt-get install python3-pandas python3-scipy');
  else {
    const off = ours.told.columns
      .filter(({ statistics }) => statistics.ks !== undefined)
      .map(({ column, statistics }) => Math.abs(statistics.ks.statistic - theirs.values[column]));
    const furthest = off.reduce((a, b) => Math.max(a, b), 0);
    if (furthest > 0.006) throw new Error(`Kolmogorov–Smirnov distances differ by ${furthest}`);
    console.log(
      `pandas ${theirs.version} + SciPy ${theirs.seconds.toFixed(1)} s  peak ${theirs.peakMb.toFixed(0)} MB  (read ${theirs.read.toFixed(1)} s, tests ${theirs.test.toFixed(1)} s)`,
    );
    console.log(
      `ratio ${(ours.seconds / theirs.seconds).toFixed(2)} of their time; distances differ by at most ${furthest.toFixed(4)}`,
    );
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
