/** A timer that can be taken back. */
export interface Timer {
  cancel(): void;
}

/** Where time comes from. Everything that waits or stamps takes one, so that a test can hold the hands. */
export interface Clock {
  /** Now, in milliseconds since the epoch. */
  now(): number;
  /** Calls `callback` once after `delayMs`. The timer never keeps the process alive. */
  setTimer(delayMs: number, callback: () => void): Timer;
}

/** The machine's own clock; its timers are unreferenced, so they never hold a process open. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, callback) {
    const handle: { unref?: () => void } | number = setTimeout(callback, delayMs);
    // A browser's handle is a number and holds nothing open.
    if (typeof handle === 'object') handle.unref?.();
    return { cancel: () => clearTimeout(handle as Parameters<typeof clearTimeout>[0]) };
  },
};
