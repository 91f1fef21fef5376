import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LeewayError, shownPath } from '../leaves/errors.js';

/**
 * Checks, before the work, that a file can be made there, so that nobody waits for nothing.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where its directory isn't there, or something else than a file is in its place.
 */
export async function checkOutput(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there !== undefined && !there.isFile()) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `can't write ${shownPath(path)}: it exists and is not a file`,
    );
  }
  const directory = await stat(dirname(path)).catch(() => undefined);
  if (directory?.isDirectory() !== true) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `can't write ${shownPath(path)}: there is no directory ${shownPath(dirname(path))}`,
    );
  }
}

/** Whether two paths lead to the same file. */
export async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all(
    [a, b].map((path) => realpath(path).catch(() => undefined)),
  );
  return one !== undefined && one === other;
}

/**
 * Writes a file as a whole or not at all: beside its place, then in its place. Whoever reads it meanwhile sees the old
 * one or the new one.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where it can't be written.
 */
export async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const place = await realpath(path).catch(() => path);
  const temporary = join(
    dirname(place),
    `.${basename(place)}.${randomBytes(6).toString('hex')}.tmp`,
  );
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, place);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `can't write ${shownPath(path)}: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}
