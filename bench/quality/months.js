/**
 * False incidents in simulated months: one fixed baseline a month, a check a period, independent rows, windows of 1, 4 and 24
 * together, incidents that end after three quiet checks: what a monitor does.
 *
 * Under no drift all tests depend on ranks only, so rows are uniform, and a window is a seed. Its rows are counted in 256 cells
 * first; only where those come near the level are the rows themselves drawn again, profiled, merged and
 * judged as a monitor does. Pairs of columns have a twentieth of the level, and are taken to spend all of it.
 */

import { INDEPENDENT } from '../../dist/src/drift/calibration/inflation.js';
import { ColumnPair } from '../../dist/src/drift/statistics/column-pair.js';
import { EFFECT_GATES } from '../../dist/src/drift/statistics/effect-gates.js';
import { STATISTICS } from '../../dist/src/drift/statistics/registry.js';
import { decide } from '../../dist/src/drift/verdict/decide.js';
import { SPANS } from '../../dist/src/monitor/window/merged-windows.js';
import { Profile, profileTable } from '../../dist/src/profile.js';
import { normalQuantile } from '../../dist/src/stats/normal.js';

/** As src/alert/incident.ts. */
const QUIET = 3;
const CELLS = 256;
/**
 * How much closer than needed to the level a column is looked at. One of its tests has to reach the level at least (twice the level
 * where Simes counts two columns); cells lose up to a third of the p-value of a greatest distance.
 */
const MARGIN = { scores: 2.5, ks: 4 };
const DECIDING = STATISTICS.filter(
  ({ decides, families }) => decides && families.includes('numeric'),
);
const NOTHING = {
  tests: [
    { finding: { statistic: 'ks', score: 0, pValue: 1, matters: false, reach: 0 }, weight: 1 },
  ],
  joint: undefined,
};
const CENTRES = Float64Array.from({ length: CELLS }, (_, cell) =>
  normalQuantile((cell + 0.5) / CELLS),
);
const SPREADS = CENTRES.map((score) => score * score - 1);

/** A small fast counting generator (sfc32): uniform numbers in (0, 1) from a seed of three parts. */
function uniforms(month, window, column) {
  let a = month | 0;
  let b = window | 0;
  let c = column | 0;
  let d = 1;
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return ((t >>> 0) + 0.5) / 4294967296;
  };
  for (let warm = 0; warm < 15; warm += 1) next();
  return next;
}

function rowsOf(month, window, column, rows) {
  const next = uniforms(month, window, column);
  return Float64Array.from({ length: rows }, next);
}

/** @returns how many incidents each month opened, as a list. */
export function simulateMonths({
  months,
  checks,
  columns = 50,
  baseline,
  window = 1000,
  seed = 1,
  level = 1 / checks,
}) {
  const alpha = Math.min(0.05, level);
  return Array.from({ length: months }, (_, month) =>
    incidentsOf({ month: seed * 100_003 + month, checks, columns, baseline, window, alpha }),
  );
}

function incidentsOf(given) {
  const { month, checks, columns, window, alpha } = given;
  const known = Array.from({ length: columns }, (_, column) => baselineOf(given, column));
  const cells = cellsOf(24 * columns);
  const outside = new Float64Array(24 * columns);
  const latest = SPANS.map((span) => ({
    span,
    cells: cellsOf(columns),
    outside: new Float64Array(columns),
  }));
  const chance = uniforms(month, 0, 1_000_000);
  const loud = new Set();
  let incidents = 0;
  let quiet = QUIET;
  for (let check = 0; check < checks; check += 1) {
    for (let column = 0; column < columns; column += 1) {
      const slotOf = (at) => (((at % 24) + 24) % 24) * columns + column;
      const slot = slotOf(check);
      for (const sums of latest) move(sums, column, cells, outside, slotOf(check - sums.span), -1);
      outside[slot] = count(cells[slot], uniforms(month, check + 1, column), window, known[column]);
      for (const sums of latest) move(sums, column, cells, outside, slot, 1);
    }
    const spans = SPANS.filter((span) => span === 1 || check + 1 >= span);
    let drift = chance() < alpha * 0.05;
    for (const span of spans) {
      if (drift) break;
      if (
        span > 1 &&
        Array.from({ length: span }, (_, back) => check - back).some((one) => loud.has(one))
      )
        break;
      drift = judge({ ...given, check, span, level: (alpha / spans.length) * 0.95, known, latest });
      if (drift && span === 1) loud.add(check);
    }
    if (drift && quiet >= QUIET) incidents += 1;
    quiet = drift ? 0 : quiet + 1;
  }
  return incidents;
}

const cellsOf = (length) => Array.from({ length }, () => new Float64Array(CELLS));

/** Adds a window to the sums over the latest ones, or takes one away. */
function move(sums, column, cells, outside, slot, sign) {
  const to = sums.cells[column];
  const from = cells[slot];
  for (let cell = 0; cell < CELLS; cell += 1) to[cell] += sign * from[cell];
  sums.outside[column] += sign * outside[slot];
}

function baselineOf({ month, baseline }, column) {
  const values = rowsOf(month, 0, column, baseline);
  const cells = new Float64Array(CELLS);
  let low = 1;
  let high = 0;
  for (const value of values) {
    cells[Math.floor(value * CELLS)] += 1;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { cells, low, high, rows: baseline, profile: undefined, windows: new Map() };
}

/** Counts a window's rows in cells. @returns how many lie outside the baseline's range. */
function count(cells, next, rows, { low, high }) {
  cells.fill(0);
  let outside = 0;
  for (let row = 0; row < rows; row += 1) {
    const value = next();
    cells[(value * CELLS) | 0] += 1;
    if (value < low || value > high) outside += 1;
  }
  return outside;
}

function judge(given) {
  const { columns, span, window, level, known, latest } = given;
  const z = -normalQuantile(Math.min(0.5, (MARGIN.scores * level) / columns / 2));
  const lambda = Math.sqrt(-Math.log((MARGIN.ks * level) / columns / 2) / 2);
  const rows = span * window;
  const { cells, outside } = latest.find((sums) => sums.span === span);
  const judged = [];
  for (let column = 0; column < columns; column += 1) {
    const isFar = !isNear(known[column], cells[column], rows, z, lambda);
    if (isFar && outside[column] < 8 + (6 * rows) / known[column].rows) continue;
    judged.push(full(given, column));
  }
  if (judged.length === 0) return false;
  const padded = [...judged, ...new Array(columns - judged.length).fill(NOTHING)];
  return decide(padded, 0, level).drift;
}

/** Whether the cells alone come near the level in location, spread, or anywhere. */
function isNear(before, now, rows, z, lambda) {
  const perBefore = 1 / before.rows;
  const perNow = 1 / rows;
  const unit = Math.sqrt(perBefore + perNow);
  let location = 0;
  let spread = 0;
  let passed = 0;
  let farthest = 0;
  for (let cell = 0; cell < CELLS; cell += 1) {
    const moved = now[cell] * perNow - before.cells[cell] * perBefore;
    location += moved * CENTRES[cell];
    spread += moved * SPREADS[cell];
    passed += moved;
    const distance = passed < 0 ? -passed : passed;
    if (distance > farthest) farthest = distance;
  }
  return (
    Math.abs(location) > z * unit || Math.abs(spread) > z * 1.35 * unit || farthest > lambda * unit
  );
}

/** The column judged in full. */
function full({ month, known, window, check, span, baseline }, column) {
  const before = known[column];
  before.profile ??= profileTable({ c: rowsOf(month, 0, column, baseline) });
  const windowOf = ({ windows }, at) => {
    if (!windows.has(at))
      windows.set(at, profileTable({ c: rowsOf(month, at + 1, column, window) }, { joint: 0 }));
    return windows.get(at);
  };
  for (const at of before.windows.keys()) if (at <= check - 24) before.windows.delete(at);
  const now = new Profile({ joint: 0 });
  for (let back = span - 1; back >= 0; back -= 1) {
    now.merge(windowOf(before, check - back));
  }
  const pair = new ColumnPair(before.profile.column('c'), now.column('c'), {
    rows: { baseline, current: now.rows },
    inflation: INDEPENDENT,
    gates: EFFECT_GATES,
    partner: undefined,
  });
  const tests = DECIDING.map((statistic) => ({
    finding: statistic.compare(pair),
    weight: statistic.weight ?? 1,
  }));
  return { tests: tests.filter(({ finding }) => finding !== undefined), joint: undefined };
}
