/** What a call of a wrapped model is to the log. */
export type WrappedKind = 'predict' | 'fit' | 'score';

/**
 * Sees a call before the model does, so that what the model changes is recorded as it was given.
 *
 * @returns what hears of the answer. Neither ever throws.
 */
export type FollowCall = (
  kind: WrappedKind,
  method: string,
  args: readonly unknown[],
) => (answer: unknown, latencyMs: number) => void;

/** Methods that answer rows for rows, as scikit-learn, XGBoost and their JavaScript kin name them. */
const PREDICTS: ReadonlySet<PropertyKey> = new Set([
  'predict',
  'predictProba',
  'predict_proba',
  'decisionFunction',
  'decision_function',
  'transform',
]);
/** Methods that learn from rows and answers. */
const FITS: ReadonlySet<PropertyKey> = new Set(['fit', 'partialFit', 'partial_fit', 'train']);
/** Methods that measure on rows and answers. */
const SCORES: ReadonlySet<PropertyKey> = new Set(['score', 'evaluate']);

function kindOf(name: PropertyKey): WrappedKind | undefined {
  if (PREDICTS.has(name)) return 'predict';
  if (FITS.has(name)) return 'fit';
  return SCORES.has(name) ? 'score' : undefined;
}

/**
 * Gives a model back whose calls are recorded like requests; everything else of it is as it was. A method may be
 * asynchronous: then its answer is recorded when it is there. What a method throws or rejects with reaches the caller as
 * without us, and is not recorded.
 */
export function wrapModel<T extends object>(model: T, follow: FollowCall): T {
  return new Proxy(model, {
    get(target, name) {
      // Read, and called, on the model itself: a class with private fields does not know the proxy.
      const value: unknown = Reflect.get(target, name, target);
      const kind = kindOf(name);
      if (typeof value !== 'function' || kind === undefined) {
        return typeof value === 'function' && name !== 'constructor' ? value.bind(target) : value;
      }
      return function recorded(...args: unknown[]): unknown {
        const finish = follow(kind, String(name), args);
        const startedAt = performance.now();
        const result: unknown = value.apply(target, args);
        const note = (answer: unknown): void => finish(answer, performance.now() - startedAt);
        // The caller's own promise is left as it is; a rejection is his to handle.
        if (isPromise(result)) result.then(note, () => undefined);
        else note(result);
        return result;
      };
    },
  });
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  value !== null &&
  typeof value === 'object' &&
  'then' in value &&
  typeof value.then === 'function';
