// Which room of `src` may import which: the one table of directions. The linter's rules in biome.json are made of it:
//
//   node test/package/directions.js
//
// A test fails where the two differ, where a folder of `src` is not in the table, and where a rule does not hold.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Each room with those that it may import. It may also import what these may. Below a room stand its own folders, lowest
 * first: a folder may import the folders before it, and the room's own files may import all of them.
 *
 * @type {Readonly<Record<string, { uses: readonly string[], folders?: readonly string[], inBrowser?: boolean }>>}
 */
export const ROOMS = {
  leaves: { uses: [], inBrowser: true },
  cells: { uses: ['leaves'], inBrowser: true },
  stats: { uses: ['leaves'], inBrowser: true },
  sketch: { uses: ['stats'], inBrowser: true },
  profile: { uses: ['sketch', 'cells'], inBrowser: true },
  chart: { uses: ['leaves'], inBrowser: true },
  drift: {
    uses: ['profile', 'chart'],
    folders: ['calibration', 'statistics', 'verdict', 'show'],
    inBrowser: true,
  },
  readers: { uses: ['cells'] },
  wire: { uses: ['cells'] },
  tracking: { uses: ['cells'] },
  record: { uses: ['profile', 'tracking', 'wire'] },
  watch: { uses: ['wire', 'record'] },
  schedule: { uses: ['leaves'] },
  alert: { uses: ['drift'] },
  report: { uses: ['drift'] },
  monitor: {
    uses: ['drift', 'tracking', 'alert', 'schedule', 'report'],
    folders: ['log', 'window', 'alerting', 'baseline', 'status', 'read'],
  },
  experiment: { uses: ['monitor', 'record'] },
  service: { uses: ['watch', 'experiment'] },
  testing: { uses: ['tracking'] },
  cli: { uses: ['service', 'readers'] },
};

/** The only room that an adapter may import. */
const OF_ADAPTERS = ['leaves', 'service'];
const ENTRY_POINTS = ['index', 'profile', 'stats', 'store', 'readers', 'testing'];
const BIOME = fileURLToPath(new URL('../../biome.json', import.meta.url));
const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** All rooms that a room may import, itself among them. */
export function reachOf(room) {
  const reach = new Set([room]);
  for (const used of ROOMS[room].uses) for (const one of reachOf(used)) reach.add(one);
  return reach;
}

/** The overrides of the linter that hold the table. */
export function overridesOf() {
  const overrides = Object.entries(ROOMS).flatMap(
    ([room, { uses, folders = [], inBrowser = false }]) => {
      const reach = reachOf(room);
      const refused = Object.keys(ROOMS).filter((other) => !reach.has(other));
      // A room's own file of an entry point's name looks like it from the room's folders.
      const entries = ENTRY_POINTS.filter((name) => !existsSync(`${SRC}/${room}/${name}.ts`)).map(
        (name) => `**/../${name}.js`,
      );
      const may =
        uses.length === 0 ? 'no other room' : `only ${uses.join(', ')} and what these may`;
      const patterns = [
        {
          group: [...refused.map((other) => `**/${other}/**`), '**/adapters/**', ...entries],
          message: `src/${room} may import ${may}. Take what comes from above as an argument.`,
        },
        ...(inBrowser
          ? [{ group: ['node:*'], message: `src/${room} runs in a browser too: no node: modules.` }]
          : []),
      ];
      const ofFolders = folders.map((folder, index) =>
        restrict(`src/${room}/${folder}/**`, [
          ...patterns,
          {
            group: [...folders.slice(index + 1).map((above) => `../${above}/**`), '../*.js'],
            message: `src/${room}/${folder} may import only the folders below it: ${folders.slice(0, index).join(', ') || 'none'}.`,
          },
        ]),
      );
      return [restrict(`src/${room}/**`, patterns), ...ofFolders];
    },
  );
  const refused = Object.keys(ROOMS).filter((room) => !OF_ADAPTERS.includes(room));
  const ofAdapters = restrict('adapters/**', [
    {
      group: refused.map((room) => `**/src/${room}/**`),
      message: 'An adapter only translates its framework to src/service.',
    },
  ]);
  return [...overrides, ofAdapters];
}

function restrict(includes, patterns) {
  const noRestrictedImports = { level: 'error', options: { patterns } };
  return { includes: [includes], linter: { rules: { style: { noRestrictedImports } } } };
}

/** Whether an override is one of the table's. */
export const isOfDirections = ({ linter }) =>
  linter?.rules?.style?.noRestrictedImports !== undefined;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const biome = JSON.parse(readFileSync(BIOME, 'utf8'));
  biome.overrides = [
    ...overridesOf(),
    ...biome.overrides.filter((override) => !isOfDirections(override)),
  ];
  writeFileSync(BIOME, JSON.stringify(biome, null, 2));
}
