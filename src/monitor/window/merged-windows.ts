import { yieldToEventLoop } from '../../leaves/async.js';
import { LeewayError } from '../../leaves/errors.js';
import { Profile } from '../../profile/profile.js';
import type { ProfileOptions } from '../../profile/profile-options.js';
import type { Snapshot } from './window.js';

/** The latest so many windows are judged together, each with its share of the level: small changes show with time. */
export const SPANS: readonly number[] = [1, 4, 24];

/** The spans that so many windows since the baseline are enough for. */
export function spansOf(windows: number): readonly number[] {
  return SPANS.filter((span) => span === 1 || windows >= span);
}

/**
 * The latest windows as one, or `undefined` where there are fewer in a row that were quiet: a window that drifted by itself
 * was told of, and must not speak again through those after it.
 *
 * @param latest the newest window.
 * @param earlier gives the window before that of a number, or `undefined` where it was loud or is gone.
 */
export async function mergeWindows(
  latest: Snapshot,
  span: number,
  earlier: (back: number) => Promise<Snapshot | undefined>,
  profileAs: ProfileOptions,
): Promise<Snapshot | undefined> {
  const profile = new Profile(profileAs);
  let from = latest.window.from;
  try {
    for (let back = span - 1; back >= 1; back -= 1) {
      const snapshot = await earlier(back);
      if (snapshot === undefined) return undefined;
      if (back === span - 1) from = snapshot.window.from;
      profile.merge(snapshot.profile);
      await yieldToEventLoop();
    }
    profile.merge(latest.profile);
  } catch (error) {
    // Windows that were profiled under unlike options can't be taken together; each was judged by itself.
    if (error instanceof LeewayError) return undefined;
    throw error;
  }
  return { profile, window: { ...latest.window, from } };
}
