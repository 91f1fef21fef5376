import { AsyncLocalStorage } from 'node:async_hooks';
import type { Extra } from './logged-value.js';

/** The run that an asynchronous context is inside of, if any, and what is said of its events. */
export interface RunScope {
  run: number | undefined;
  extra: Extra;
}

/** Which run calls made here and now belong to. */
export class RunContext {
  readonly #scopes = new AsyncLocalStorage<RunScope>();
  /** Said of events outside of runs. */
  #outside: Extra = {};

  /** The scope of this asynchronous context. */
  get scope(): RunScope {
    return this.#scopes.getStore() ?? { run: undefined, extra: this.#outside };
  }

  /** Makes this asynchronous context one of a scope of its own. It must be called before the first await, to be the caller's. */
  enter(scope: RunScope): RunScope {
    this.#scopes.enterWith(scope);
    return scope;
  }

  /** What is said of events outside of runs. */
  get outside(): Extra {
    return this.#outside;
  }

  /** Changes what is said of the active run's events, or where there is no run of those outside. */
  say(change: (before: Extra) => Extra): void {
    const scope = this.#scopes.getStore();
    if (scope?.run === undefined) this.#outside = change(this.#outside);
    else scope.extra = change(scope.extra);
  }
}
