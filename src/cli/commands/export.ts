import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { LeewayError, shownPath } from '../../leaves/errors.js';
import { formatCountOf } from '../../leaves/text.js';
import { exportLines } from '../../tracking/export-lines.js';
import { type Command, EXIT } from '../command.js';
import { experimentsOf, STORE_PARAMETER, withStore } from '../store-argument.js';
import { safeJson, safeText } from '../terminal.js';
import { checkOutput } from '../write-file.js';

/** `leeway export STORE`: a store's logs as JSON lines. */
export const exportCommand: Command = {
  name: 'export',
  summary: "write a store's logs as JSON lines",
  parameters: [STORE_PARAMETER],
  options: [
    { name: 'experiment', short: 'e', value: 'NAME', description: 'only this one (default: all)' },
    {
      name: 'output',
      short: 'o',
      value: 'FILE',
      description: 'the file to write to (default: standard output)',
    },
  ],
  examples: [
    'leeway export sqlite:leeway.db -o log.jsonl',
    'leeway export sqlite:leeway.db | gzip > log.jsonl.gz',
  ],
  async run(input, io) {
    const [spec] = input.parameters as [string];
    const output = input.value('output');
    if (output !== undefined) await checkOutput(output);
    const lines = await withStore(spec, async (store) => {
      const all = exportLines(store, await experimentsOf(store, input));
      return output === undefined
        ? writeLines(all, io.stdout, io.signal)
        : writeFile(all, output, io.signal);
    });
    if (output === undefined) return EXIT.fine;
    if (input.flag('json')) io.stdout.write(`${safeJson({ file: output, lines })}\n`);
    else io.stdout.write(`wrote ${formatCountOf(lines, 'line')} to ${safeText(output)}\n`);
    return EXIT.fine;
  },
};

async function writeLines(
  lines: AsyncIterable<string>,
  to: Writable,
  signal: AbortSignal,
): Promise<number> {
  let written = 0;
  for await (const line of lines) {
    signal.throwIfAborted();
    if (!to.write(`${line}\n`) && !to.destroyed) await once(to, 'drain', { signal });
    written += 1;
  }
  return written;
}

/** A file for this user alone, since rows may be in it; beside its place first, so that an export that fails leaves no half of one. */
async function writeFile(
  lines: AsyncIterable<string>,
  file: string,
  signal: AbortSignal,
): Promise<number> {
  const temporary = `${file}.${process.pid}.tmp`;
  const stream = createWriteStream(temporary, { flags: 'wx', mode: 0o600 });
  const done = finished(stream);
  done.catch(() => {});
  try {
    const written = await writeLines(lines, stream, signal);
    stream.end();
    await done;
    await rename(temporary, file);
    return written;
  } catch (error) {
    stream.destroy();
    await rm(temporary, { force: true });
    if (error instanceof LeewayError || signal.aborted) throw error;
    throw new LeewayError('ERR_LEEWAY_OPTION', `can't write ${shownPath(file)}: ${String(error)}`, {
      cause: error,
    });
  }
}
