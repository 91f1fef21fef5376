/** Up to `capacity` numbers in increasing order, where one can be swapped for another in place. O(size) a change. */
export class SortedWindow {
  readonly values: Float64Array;
  size = 0;

  constructor(capacity: number) {
    this.values = new Float64Array(capacity);
  }

  clear(): void {
    this.size = 0;
  }

  /** Adds a number; there must be room. */
  add(value: number): void {
    let place = this.size;
    for (; place > 0 && (this.values[place - 1] as number) > value; place -= 1) {
      this.values[place] = this.values[place - 1] as number;
    }
    this.values[place] = value;
    this.size += 1;
  }

  /** Takes out one occurrence of `old`, which must be there, and puts `next` in. */
  replace(old: number, next: number): void {
    const values = this.values;
    let place = this.#firstAtLeast(old);
    for (; place + 1 < this.size && (values[place + 1] as number) < next; place += 1) {
      values[place] = values[place + 1] as number;
    }
    for (; place > 0 && (values[place - 1] as number) > next; place -= 1) {
      values[place] = values[place - 1] as number;
    }
    values[place] = next;
  }

  #firstAtLeast(value: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.values[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
