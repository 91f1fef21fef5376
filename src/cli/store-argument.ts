import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock } from '../leaves/clock.js';
import { LeewayError, shown, shownPath } from '../leaves/errors.js';
import { withTimeLimit } from '../leaves/time-limit.js';
import { openStore } from '../tracking/open-store.js';
import type { TrackingStore } from '../tracking/store.js';
import { timedStore } from '../tracking/stores/timed.js';
import { ANSWER_WITHIN_MS } from '../tracking/timed-calls.js';
import type { CommandInput } from './command.js';

/** What a command's STORE is, for its help. */
export const STORE_PARAMETER = {
  name: 'STORE',
  description: "sqlite:FILE, or the file's path, or postgres://…",
};

/** A store that a command is done with has this long to close. */
const CLOSE_WITHIN_MS = 5_000;

/**
 * Opens the store that a command was given, works on it, and closes it.
 *
 * @param options.make whether a file that isn't there is made; otherwise it's an error, for it is most likely misspelt.
 * @param options.answerWithinMs how long each answer of the store is waited for.
 * @throws LeewayError `ERR_LEEWAY_OPTION` where it's no store, `ERR_LEEWAY_TIMEOUT` where it does not answer.
 */
export async function withStore<T>(
  text: string,
  work: (store: TrackingStore) => Promise<T>,
  options: { readonly make?: boolean; readonly answerWithinMs?: number } = {},
): Promise<T> {
  const given = text.trim();
  const spec = /^[a-z][a-z0-9+.-]+:/i.test(given) ? given : `sqlite:${given}`;
  const file = /^sqlite:(?!\/\/)(.+)$/s.exec(spec)?.[1];
  if (
    file !== undefined &&
    options.make !== true &&
    !(await stat(file).catch(() => undefined))?.isFile()
  ) {
    // What has an @ or :// in it is most likely a URL, with its password.
    const name = /@|:\/\//.test(file)
      ? 'with this name, which looks like a URL and is not shown'
      : shownPath(resolve(file));
    throw new LeewayError('ERR_LEEWAY_OPTION', `there is no store ${name}`);
  }
  const { store } = openStore(spec, { onWarning: () => {} });
  const timeoutMs = options.answerWithinMs ?? ANSWER_WITHIN_MS;
  try {
    return await work(timedStore(store, { clock: systemClock, timeoutMs }));
  } finally {
    await closeInTime(store);
  }
}

/** A connection that died does not answer to its end either. The command is done by then. */
async function closeInTime(store: TrackingStore): Promise<void> {
  const late = (): Error =>
    new LeewayError('ERR_LEEWAY_TIMEOUT', `${store.location} did not close in time`);
  const limit = { clock: systemClock, ms: CLOSE_WITHIN_MS, late };
  await withTimeLimit(() => store.close(), limit).catch((error: unknown) => {
    if (!(error instanceof LeewayError && error.code === 'ERR_LEEWAY_TIMEOUT')) throw error;
  });
}

/**
 * The experiments that a command is for: the one named, or all there are.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where the one named isn't there, naming those that are.
 */
export async function experimentsOf(
  store: TrackingStore,
  input: CommandInput,
): Promise<readonly string[]> {
  const all = await store.experiments();
  const named = input.value('experiment');
  if (named === undefined) return all;
  if (all.includes(named)) return [named];
  const there = all.length === 0 ? 'none' : all.slice(0, 10).join(', ');
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `there is no experiment ${shown(named)}; the store has ${there}`,
  );
}

/** A count or a duration that an option gives. */
export function wholeNumber(input: CommandInput, name: string): number | undefined {
  const text = input.value(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `--${name} must be a whole number, got ${shown(text)}`,
    );
  }
  return Number(text);
}
