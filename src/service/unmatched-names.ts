import { isSided } from '../drift/verdict/drift-row.js';
import { bareName } from '../leaves/column-pattern.js';
import { nearestName } from '../leaves/option-names.js';
import type { ColumnRules, UnmatchedName } from '../record/column-rules.js';

/** Columns among which the nearest is looked for: a hint is worth no long search. */
const LOOKED_AMONG = 1_000;

/**
 * Reports the names in `redact`, `include`, `exclude` and `segments` that no column had: a misspelt redaction would else
 * keep what should go, and nobody would know.
 */
export class UnmatchedNames {
  readonly #rules: ColumnRules;
  readonly #minRows: number;
  #told = false;
  /** What was said of how many names: it is asked for with every status. */
  #said: { readonly names: number; readonly reasons: readonly string[] } = {
    names: 0,
    reasons: [],
  };

  constructor(rules: ColumnRules, minRows: number) {
    this.#rules = rules;
    this.#minRows = minRows;
  }

  /** What to say of each name; nothing before there were rows for a window. */
  get reasons(): readonly string[] {
    const names = this.#rules.unmatchedAfter(this.#minRows);
    if (names.length !== this.#said.names) {
      const seen = this.#rules.seen.slice(0, LOOKED_AMONG);
      this.#said = { names: names.length, reasons: names.map((name) => reasonOf(name, seen)) };
    }
    return this.#said.reasons;
  }

  /** Warns once through the process. */
  tell(): void {
    if (this.#told || this.#rules.unmatchedAfter(this.#minRows).length === 0) return;
    this.#told = true;
    for (const reason of this.reasons)
      process.emitWarning(`leeway: ${reason}`, { code: 'LEEWAY_COLUMNS' });
  }
}

function reasonOf({ option, name }: UnmatchedName, seen: readonly string[]): string {
  const candidates = isSided(name) ? seen : [...new Set(seen.map(bareName))];
  const nearest = nearestName(name, candidates);
  const hint = nearest === undefined ? '' : `; did you mean ${JSON.stringify(nearest)}?`;
  return `${option} names ${JSON.stringify(name)}, but there is no such column${hint}`;
}
