import { Writable } from 'node:stream';
import { runCommand } from '../../src/cli/run-command.js';

/** Runs the command in this process, which is faster where only words matter. */
export async function runHere(
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' };
  const collect = (name: 'stdout' | 'stderr'): Writable =>
    new Writable({
      write: (chunk, _encoding, done) => {
        said[name] += String(chunk);
        done();
      },
    });
  const io = {
    stdout: collect('stdout'),
    stderr: collect('stderr'),
    env: {},
    signal: new AbortController().signal,
  };
  return { code: await runCommand(args, io), ...said };
}
