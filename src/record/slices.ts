import { yieldToEventLoop } from '../leaves/async.js';

/** Other work waits for no longer than this, and the step that is under way. */
const SLICE_MS = 0.5;

/** Goes through steps, and lets the event loop turn each time that they have taken half a millisecond. */
export async function inSlices(steps: Iterable<void>): Promise<void> {
  let began = performance.now();
  for (const _step of steps) {
    if (performance.now() - began < SLICE_MS) continue;
    await yieldToEventLoop();
    began = performance.now();
  }
}
