import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { LeewayError, shownPath } from '../../leaves/errors.js';
import { formatCountOf } from '../../leaves/text.js';
import { importLines } from '../../tracking/import-lines.js';
import { type Command, EXIT } from '../command.js';
import { STORE_PARAMETER, withStore } from '../store-argument.js';
import { safeJson, safeText } from '../terminal.js';

/** `leeway import STORE FILE`: what `leeway export` wrote, into a store. */
export const importCommand: Command = {
  name: 'import',
  summary: 'import exported logs into a store',
  parameters: [STORE_PARAMETER, { name: 'FILE', description: 'the file that leeway export wrote' }],
  options: [],
  examples: ['leeway import postgres://localhost/leeway log.jsonl'],
  async run(input, io) {
    const [spec, file] = input.parameters as [string, string];
    if (!(await stat(file).catch(() => undefined))?.isFile()) {
      throw new LeewayError('ERR_LEEWAY_OPTION', `there is no file ${shownPath(file)}`);
    }
    const lines = createInterface({
      input: createReadStream(file, { signal: io.signal }),
      crlfDelay: Infinity,
    });
    const written = await withStore(spec, (store) => importLines(store, lines), { make: true });
    const experiments = [...written].map(([experiment, entries]) => ({ experiment, entries }));
    if (input.flag('json')) io.stdout.write(`${safeJson({ experiments })}\n`);
    else if (experiments.length === 0) io.stdout.write('the file contains no logs\n');
    for (const { experiment, entries } of input.flag('json') ? [] : experiments) {
      io.stdout.write(`${safeText(experiment)}: ${formatCountOf(entries, 'event')}\n`);
    }
    return EXIT.fine;
  },
};
