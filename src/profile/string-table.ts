/**
 * Counts the distinct strings of one slice, in the order of their first appearance. Columns of categories repeat a few
 * strings over and over: reading each once, and not writing to a map for every value, is most of what makes them cheap.
 */
export class StringTable {
  readonly #places = new Map<string, number>();
  readonly #weights: number[] = [];
  #last = '';
  #lastPlace = -1;

  get size(): number {
    return this.#weights.length;
  }

  /** @returns the place of the string among the distinct ones, in the order in which they were first seen. */
  add(text: string, weight = 1): number {
    if (this.#lastPlace >= 0 && text === this.#last) {
      this.#weights[this.#lastPlace] = (this.#weights[this.#lastPlace] as number) + weight;
      return this.#lastPlace;
    }
    let place = this.#places.get(text);
    if (place === undefined) {
      place = this.#weights.length;
      this.#places.set(text, place);
      this.#weights.push(weight);
    } else this.#weights[place] = (this.#weights[place] as number) + weight;
    this.#last = text;
    this.#lastPlace = place;
    return place;
  }

  *entries(): Generator<[text: string, weight: number]> {
    for (const [text, place] of this.#places) yield [text, this.#weights[place] as number];
  }
}
