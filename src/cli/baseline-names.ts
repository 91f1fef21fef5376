import { isSided, kindOf } from '../drift/verdict/drift-row.js';
import { LeewayError } from '../leaves/errors.js';
import { nearestName } from '../leaves/option-names.js';
import { safeName } from './terminal.js';

/**
 * Gives the columns of a training table the names under which a server records them: `Y_` before targets, `X_` before
 * the rest; a column that has a prefix keeps it.
 */
export class BaselineNames {
  readonly #targets: ReadonlySet<string>;
  readonly #given = new Map<string, string>();
  readonly #seen = new Map<string, string>();

  /** @throws LeewayError `ERR_LEEWAY_OPTION` where a target is called like an input. */
  constructor(targets: readonly string[]) {
    this.#targets = new Set(targets);
    for (const target of targets) {
      if (kindOf(target) !== 'feature') continue;
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `--target ${target}: columns that begin with X_ are inputs; rename it`,
      );
    }
  }

  prefixed(name: string): string {
    if (isSided(name)) return name;
    return `${this.#targets.has(name) ? 'Y_' : 'X_'}${name}`;
  }

  /** The same columns under their new names. */
  renamed(columns: ReadonlyMap<string, readonly unknown[]>): Map<string, readonly unknown[]> {
    const renamed = new Map<string, readonly unknown[]>();
    for (const [name, values] of columns) renamed.set(this.#nameFor(name), values);
    return renamed;
  }

  /** @throws LeewayError `ERR_LEEWAY_OPTION` where the table has no such column, naming the nearest. */
  checkSeen(option: string, wanted: readonly string[]): void {
    const names = [...this.#seen.keys()];
    for (const name of wanted) {
      if (this.#seen.has(name)) continue;
      const nearest = nearestName(name, names.slice(0, 10_000));
      const hint = nearest === undefined ? '' : `; did you mean "${safeName(nearest)}"?`;
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `${option}: the table has no column "${safeName(name)}"${hint}`,
      );
    }
  }

  #nameFor(name: string): string {
    const known = this.#seen.get(name);
    if (known !== undefined) return known;
    const prefixed = this.prefixed(name);
    const other = this.#given.get(prefixed);
    if (other !== undefined) {
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        `columns "${safeName(other)}" and "${safeName(name)}" would both be recorded as "${safeName(prefixed)}"`,
      );
    }
    this.#given.set(prefixed, name);
    this.#seen.set(name, prefixed);
    return prefixed;
  }
}
