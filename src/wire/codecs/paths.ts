import { LeewayError, shown } from '../../leaves/errors.js';
import type { Codec } from '../codec.js';
import { type DecodedTable, type DecodeLimits, rowsOfColumns } from '../decoded-table.js';
import { json } from './json.js';

/** Where something lies in a body: `$.data.rows`, `$['a b'][0]`, `$.items[*].score`; or for each column where it lies. */
export type PathSpec = string | Readonly<Record<string, string>>;

/** Plain JSON by paths. */
export interface PathMapping {
  readonly X: PathSpec;
  readonly Y: PathSpec;
}

type Step = string | number | '*';
const STEP = /\.([A-Za-z_$][\w$-]*)|\[(\d{1,9})\]|\[\*\]|\['((?:[^'\\]|\\.)*)'\]/y;

/**
 * Plain JSON of which one says where X and Y lie. What lies there is read as the codec `json` reads a whole body: rows, a
 * row, or a list of values. Columns named one by one are a value each, or with `[*]` a list of equal length each.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where a path is none.
 */
export function pathCodec(mapping: PathMapping): Codec {
  const X = reader('codec.X', mapping.X);
  const Y = reader('codec.Y', mapping.Y);
  return {
    name: 'paths',
    route: () => undefined,
    inputs: (body, limits) => X(body, limits, (found) => json.inputs(found, limits)),
    outputs: (response, rows, limits) =>
      Y(response, limits, (found) => json.outputs(found, rows, limits)),
  };
}

type Reader = (
  body: unknown,
  limits: DecodeLimits,
  whole: (found: unknown) => DecodedTable | undefined,
) => DecodedTable | undefined;

function reader(option: string, spec: PathSpec): Reader {
  if (typeof spec === 'string') {
    const steps = stepsOf(option, spec);
    return (body, limits, whole) => {
      const found = follow(body, steps, limits.cells);
      return found === undefined ? undefined : whole(found);
    };
  }
  if (spec === null || typeof spec !== 'object' || Object.keys(spec).length === 0) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `${option} must be a path or an object of paths, got ${shown(spec)}`,
    );
  }
  const columns = Object.entries(spec).map(
    ([name, path]) => [name, stepsOf(`${option}.${name}`, path)] as const,
  );
  return (body, limits) => {
    const cells = columns.map(([name, steps]): [string, unknown] => [
      name,
      follow(body, steps, limits.cells),
    ]);
    if (cells.every(([, found]) => found === undefined)) return undefined;
    return rowsOfColumns(
      Object.fromEntries(cells.map(([name, found]) => [name, found ?? null])),
      limits,
    );
  };
}

function stepsOf(option: string, path: unknown): Step[] {
  const steps: Step[] = [];
  let sound = typeof path === 'string' && path.startsWith('$');
  STEP.lastIndex = 1;
  while (sound && STEP.lastIndex < (path as string).length) {
    const found = STEP.exec(path as string);
    if (found === null) sound = false;
    else
      steps.push(
        found[1] ??
          (found[2] !== undefined ? Number(found[2]) : (found[3]?.replace(/\\(.)/g, '$1') ?? '*')),
      );
  }
  if (sound) return steps;
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `${option} must be a path such as '$.data.rows', got ${shown(path)}`,
  );
}

/** What lies at the end of the steps; with `*` the list of what lies at the ends. */
function follow(body: unknown, steps: readonly Step[], most: number): unknown {
  let at = body;
  for (const [index, step] of steps.entries()) {
    if (step === '*') {
      if (!Array.isArray(at) || at.length > most) return undefined;
      const rest = steps.slice(index + 1);
      return rest.length === 0 ? at : at.map((inner) => follow(inner, rest, most) ?? null);
    }
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, step)) return undefined;
    at = (at as Readonly<Record<string | number, unknown>>)[step];
  }
  return at;
}
