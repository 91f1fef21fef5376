/**
 * `npm run build && node bench/quality/run.js SECTION [repeats]` makes a section of docs/quality.md; without a section it lists
 * them, `all` makes all with the repeats that are theirs (about half an hour of one core, without `incidents`, which takes as long).
 */

import { large } from './large.js';
import { writeSection } from './page.js';
import { levels, peers, power } from './pairs.js';
import { real } from './real.js';
import { sweep } from './sweep.js';
import { incidents, traffic } from './traffic.js';

const SECTIONS = {
  levels: { title: 'Without drift', repeats: 400, make: levels },
  power: { title: 'With drift', repeats: 400, make: power },
  sweep: { title: 'Cells drawn afresh', repeats: 150, make: sweep },
  peers: { title: 'Compared with other systems', repeats: 200, make: peers },
  large: { title: 'A million rows', repeats: 300, make: large },
  traffic: { title: 'Traffic in time', repeats: 400, make: traffic },
  incidents: { title: 'False incidents over time', repeats: 500, make: incidents },
  real: { title: 'Real data', repeats: 40, make: real },
};
const TITLES = Object.values(SECTIONS).map(({ title }) => title);

const [name, given] = process.argv.slice(2);
const chosen = name === 'all' ? Object.keys(SECTIONS) : [name];
for (const one of chosen) {
  const section = SECTIONS[one];
  if (section === undefined) {
    console.error(
      `node bench/quality/run.js SECTION [repeats], of ${Object.keys(SECTIONS).join(', ')}, all`,
    );
    process.exit(2);
  }
  const { title, repeats, make } = section;
  writeSection(title, make(Number(given ?? repeats)), TITLES);
}
