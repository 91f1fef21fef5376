// What README says of leeway beside its peers: 50 normal columns, 1,000 rows on either side, and how often the table is called
// drifting: without any change; with +.25 standard deviations in one column; with a spread of × 1.25 in one. The peers' figures on the
// same laws are those of their own default rules; see docs/quality.md.
//
//   npm run build && node bench/quality/contrast.js [repeats]

import { seededRandom } from '../../dist/src/leaves/random.js';
import { compareProfiles, profileTable } from '../../dist/src/profile.js';

const REPEATS = Number(process.argv[2] ?? 200);
const COLUMNS = 50;
const ROWS = 1_000;
const LEVEL = 0.05;

function table(random, shift, spread) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const column = (changed) =>
    Float64Array.from({ length: ROWS }, () => (changed ? spread * normal() + shift : normal()));
  return Object.fromEntries(
    Array.from({ length: COLUMNS }, (_, index) => [`X_${index}`, column(index === 0)]),
  );
}

for (const [name, shift, spread] of [
  ['no change', 0, 1],
  ['+.25 sd in one column', 0.25, 1],
  ['spread × 1.25 in one', 0, 1.25],
]) {
  const random = seededRandom(20_261_125);
  let drifted = 0;
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const before = profileTable(table(random, 0, 1));
    const now = profileTable(table(random, shift, spread));
    if (compareProfiles(before, now, { falseAlarmRate: LEVEL }).drift) drifted += 1;
  }
  const share = drifted / REPEATS;
  const error = Math.sqrt((share * (1 - share)) / REPEATS);
  console.log(
    `${name.padEnd(24)} ${share.toFixed(3)} ± ${error.toFixed(3)}  (${REPEATS} pairs, level ${LEVEL})`,
  );
}
