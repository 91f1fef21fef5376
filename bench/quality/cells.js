/** Share of tables called drifting, ours beside the rule of alibi-detect, always-fire and never-fire. Run after `npm run build`. */
import { compareProfiles, profileTable } from '../../dist/src/profile.js';
import { chiSquareTest, ksTest } from '../../dist/src/stats.js';
import { CHANGES, pairUp, source, table } from './data.js';

/** Kolmogorov–Smirnov or chi-square per column at alpha / columns: what alibi-detect's TabularDrift does. */
export function bonferroni(before, now, alpha) {
  const names = Object.keys(before);
  return names.some((name) => columnP(before[name], now[name]) <= alpha / names.length);
}

function columnP(before, now) {
  if (typeof before[0] === 'number') {
    const numbers = (values) => Array.from(values).filter((value) => Number.isFinite(value));
    const x = numbers(before);
    const y = numbers(now);
    return y.length === 0
      ? 1
      : ksTest(x, y, { method: x.length * y.length > 4e6 ? 'asymptotic' : 'auto' }).pValue;
  }
  const counts = new Map();
  for (const [side, values] of [before, now].entries()) {
    for (const value of values) {
      // As for numbers: what is missing is left out.
      if (value === null) continue;
      const pair = counts.get(value) ?? [0, 0];
      pair[side] += 1;
      counts.set(value, pair);
    }
  }
  const pairs = [...counts.values()];
  return pairs.length < 2
    ? 1
    : chiSquareTest([pairs.map(([a]) => a), pairs.map(([, b]) => b)]).pValue;
}

/** One cell: how often each rule fires, and the difference of the two with its paired standard error. */
export function cell({
  law = 'normal',
  columns = 1,
  rows,
  window = rows,
  change = 'none',
  repeats = 200,
  alpha = 0.05,
}) {
  const seed = seedOf(`${law} ${columns} ${rows} ${window} ${change}`);
  let own = 0;
  let peer = 0;
  let apart = 0;
  for (let repeat = 1; repeat <= repeats; repeat += 1) {
    const random = source(seed + repeat * 7919);
    const before = table(random, law, columns, rows);
    const now = table(random, law, columns, window);
    if (change === 'flip .8') pairUp(before, random, 0.8);
    CHANGES[change](now, random);
    const ours = compareProfiles(profileTable(before), profileTable(now), {
      falseAlarmRate: alpha,
    }).drift;
    const theirs = bonferroni(before, now, alpha);
    own += ours;
    peer += theirs;
    apart += ours !== theirs;
  }
  const share = (count) => count / repeats;
  const gain = share(own) - share(peer);
  return {
    cell: `${law} × ${columns}, ${rows} v ${window}, ${change}${alpha === 0.05 ? '' : `, α ${alpha}`}`,
    own: share(own),
    interval: interval(own, repeats),
    peer: share(peer),
    gain,
    error: Math.sqrt(Math.max(0, share(apart) - gain ** 2) / repeats),
    isNull: change === 'none',
  };
}

/** Each cell has draws of its own, so that what one has by chance the next one has not. */
const seedOf = (name) =>
  [...name].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) | 0, 7);

/** Wilson's interval at 95 %. */
export function interval(count, total) {
  const z = 1.96;
  const share = count / total;
  const centre = (share + (z * z) / (2 * total)) / (1 + (z * z) / total);
  const half =
    (z * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total))) /
    (1 + (z * z) / total);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
