import { open } from 'node:fs/promises';
import { frameKind } from '../leaves/frame.js';

/** Whether a file is a profile, by its first bytes. What can't be read is none: who reads it as a table says why. */
export async function isProfileFile(path: string): Promise<boolean> {
  const handle = await open(path).catch(() => undefined);
  if (handle === undefined) return false;
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(16), 0, 16, 0);
    return frameKind(buffer.subarray(0, bytesRead)) !== undefined;
  } catch {
    return false;
  } finally {
    await handle.close();
  }
}
