import { LeewayError } from '../leaves/errors.js';
import { NumberSummary, type NumberSummaryState } from './number-summary.js';

/** What is derived from each text: its length and words, and shares of its characters. */
export const TEXT_MEASURES = [
  'length',
  'tokens',
  'letters',
  'capitals',
  'digits',
  'spaces',
] as const;

export type TextMeasure = (typeof TEXT_MEASURES)[number];

/** By measure; summaries written before there were capitals have none. */
export type TextSummaryState = Readonly<Partial<Record<TextMeasure, NumberSummaryState>>>;

/** Words and characters are counted in the first so many characters; the length is that of the whole. */
const MAX_SCANNED = 4096;

/**
 * What the texts of a column look like, in numbers: `length` (UTF-16 units), `tokens` (runs between white space), and the
 * shares of `letters` (of any script: all above ASCII count as letters), `capitals` (A to Z), `digits` and `spaces` among the characters.
 * Mergeable, by the measures that both have; 24 KB at most.
 */
export class TextSummary {
  readonly #measures: Map<TextMeasure, NumberSummary>;

  constructor(measures?: Map<TextMeasure, NumberSummary>) {
    this.#measures =
      measures ?? new Map(TEXT_MEASURES.map((measure) => [measure, NumberSummary.derived()]));
  }

  get measures(): ReadonlyMap<string, NumberSummary> {
    return this.#measures;
  }

  /** Adds one text, `weight` times. O(min(length, 4096)). @param sampled as `NumberSummary.add` has it. */
  add(text: string, weight = 1, sampled = false): void {
    const scanned = Math.min(text.length, MAX_SCANNED);
    let letters = 0;
    let capitals = 0;
    let digits = 0;
    let spaces = 0;
    let tokens = 0;
    let inToken = false;
    for (let index = 0; index < scanned; index += 1) {
      const code = text.charCodeAt(index);
      const isSpace = code === 32 || (code >= 9 && code <= 13);
      if (isSpace) spaces += 1;
      else if (code >= 48 && code <= 57) digits += 1;
      else if (code > 127 || isLatinLetter(code)) letters += 1;
      if (code >= 65 && code <= 90) capitals += 1;
      if (!isSpace && !inToken) tokens += 1;
      inToken = !isSpace;
    }
    const share = (count: number): number => (scanned === 0 ? 0 : count / scanned);
    const values: Readonly<Record<TextMeasure, number>> = {
      length: text.length,
      tokens,
      letters: share(letters),
      capitals: share(capitals),
      digits: share(digits),
      spaces: share(spaces),
    };
    for (const [measure, summary] of this.#measures) summary.add(values[measure], weight, sampled);
  }

  /** Takes in another summary; `other` is left as it is. What one of them does not know is not known of both. */
  merge(other: TextSummary): void {
    for (const [measure, summary] of this.#measures) {
      const theirs = other.#measures.get(measure);
      if (theirs === undefined) this.#measures.delete(measure);
      else summary.merge(theirs);
    }
  }

  toState(): TextSummaryState {
    return Object.fromEntries(
      [...this.#measures].map(([measure, summary]) => [measure, summary.toState()]),
    );
  }

  /** @throws LeewayError `ERR_LEEWAY_FORMAT` where a measure is impossible or the counts differ. */
  static fromState(state: TextSummaryState): TextSummary {
    const measures = new Map<TextMeasure, NumberSummary>();
    for (const measure of TEXT_MEASURES) {
      const own = state[measure];
      if (own !== undefined)
        measures.set(measure, NumberSummary.fromState(own, NumberSummary.derived()));
    }
    const counts = new Set([...measures.values()].map((summary) => summary.count));
    if (counts.size !== 1)
      throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a summary of texts: its counts differ');
    return new TextSummary(measures);
  }
}

/** a to z and A to Z, which differ in one bit. */
function isLatinLetter(code: number): boolean {
  const small = code | 32;
  return small >= 97 && small <= 122;
}
