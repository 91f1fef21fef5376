/** A section on windows of a million rows: level, and what the effect gate leaves. */
import { compareProfiles, profileTable } from '../../dist/src/profile.js';
import { interval } from './cells.js';
import { LAWS, source } from './data.js';
import { figure, range, section } from './page.js';

const ROWS = 1e6;
/** Rows of the law are drawn once; windows are drawn from these. */
const DRAWN = 4e6;
const LAWS_OF_MILLIONS = ['normal', 'lognormal', 'integers', 'zeros', 'cat5'];

/**
 * Profiles of a million rows each, drawn with replacement from four million of the law: given those, windows are independent, and the
 * law that both come from is theirs.
 */
function* windows(law, seed) {
  const random = source(seed);
  const draw = LAWS[law];
  const numeric = typeof draw(random) === 'number';
  const pool = numeric ? new Float64Array(DRAWN) : new Array(DRAWN);
  for (let row = 0; row < DRAWN; row += 1) pool[row] = draw(random);
  const values = numeric ? new Float64Array(ROWS) : new Array(ROWS);
  for (;;) {
    for (let row = 0; row < ROWS; row += 1) values[row] = pool[(random.uniform() * DRAWN) | 0];
    yield profileTable({ c: values }, { joint: 0 });
  }
}

export function large(repeats) {
  const { lines, say, row, table } = section();
  say(
    `\`large ${repeats}\`: ${repeats} windows of a million rows against a baseline of a million rows, one column, nominal level 0.05. Windows are`,
    'drawn from four million rows of the law. *leeway* is with the effect gate, as by default. *Without the gate*',
    '(`minEffect: 0`) shows the tests themselves, where sketches hold 2,000 values of a million. The normal column is also',
    'shifted by 0.02 sd (no drift by default) and by 0.1 sd (drift), with a tenth of the repeats.',
    '',
  );
  table('column', 'leeway', 'interval', 'without the gate', 'interval');
  for (const law of LAWS_OF_MILLIONS) {
    const drawn = windows(law, 17);
    const baseline = drawn.next().value;
    let gated = 0;
    let bare = 0;
    let before = baseline;
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      // Neighbours, so that no one baseline is judged again and again.
      const now = drawn.next().value;
      gated += compareProfiles(before, now).drift;
      bare += compareProfiles(before, now, { minEffect: 0 }).drift;
      before = now;
    }
    row(
      ...[law, figure(gated / repeats), range(interval(gated, repeats))],
      ...[figure(bare / repeats), range(interval(bare, repeats))],
    );
  }
  const few = Math.ceil(repeats / 10);
  for (const shift of [0.02, 0.1]) {
    const random = source(29);
    let found = 0;
    for (let repeat = 0; repeat < few; repeat += 1) {
      const side = (by) =>
        profileTable({ c: Float64Array.from({ length: ROWS }, () => random.normal() + by) });
      found += compareProfiles(side(0), side(shift)).drift;
    }
    row(`normal, +${shift} sd`, figure(found / few), range(interval(found, few)), '', '');
  }
  return lines;
}
