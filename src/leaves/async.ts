/** Lets other work of the process have its turn. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Work that is done one after the other, in the order in which it was given. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Does work after all that was given before, whether or not that failed. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** Something that is made when it is first needed, such as what takes loading code. */
export class Lazy<T> {
  readonly #make: () => Promise<T>;
  #value: T | undefined;
  #making: Promise<T> | undefined;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  /** What was made; `undefined` until then. */
  get value(): T | undefined {
    return this.#value;
  }

  /** Makes it, once. Where that failed, the next call tries again. */
  get(): Promise<T> {
    this.#making ??= this.#make().then(
      (value) => {
        this.#value = value;
        return value;
      },
      (error) => {
        this.#making = undefined;
        throw error;
      },
    );
    return this.#making;
  }
}
