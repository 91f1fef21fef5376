import { LeewayError, shown } from '../../leaves/errors.js';
import { formatCountOf } from '../../leaves/text.js';
import { parseDuration } from '../../leaves/time.js';
import type { Pruned, Retention } from '../../tracking/retention.js';
import { DEFAULT_RETENTION } from '../../tracking/retention.js';
import { type Command, type CommandInput, EXIT } from '../command.js';
import { experimentsOf, STORE_PARAMETER, wholeNumber, withStore } from '../store-argument.js';
import { safeJson, safeText } from '../terminal.js';

/** `leeway prune STORE`: takes away what is kept no longer. */
export const pruneCommand: Command = {
  name: 'prune',
  summary: 'remove rows and profiles that are past their retention',
  parameters: [STORE_PARAMETER],
  options: [
    { name: 'experiment', short: 'e', value: 'NAME', description: 'only this one (default: all)' },
    { name: 'rows', value: 'DURATION', description: 'how long rows are stored (default 7d)' },
    {
      name: 'max-rows',
      value: 'N',
      description: 'the largest number of rows per model (default 100000)',
    },
    {
      name: 'profiles',
      value: 'DURATION',
      description: 'how long profiles of closed windows are stored (default 400d)',
    },
    {
      name: 'labels',
      value: 'DURATION',
      description: 'how long predictions are stored for labels (default 30d)',
    },
  ],
  examples: [
    'leeway prune sqlite:leeway.db',
    'leeway prune postgres://localhost/leeway -e housing --rows 2d',
  ],
  async run(input, io) {
    const [spec] = input.parameters as [string];
    const retention = retentionOf(input);
    const pruned = await withStore(spec, async (store) => {
      const all: (Pruned & { readonly experiment: string })[] = [];
      for (const experiment of await experimentsOf(store, input)) {
        all.push({ experiment, ...(await store.prune(experiment, retention)) });
      }
      return all;
    });
    if (input.flag('json')) io.stdout.write(`${safeJson({ experiments: pruned })}\n`);
    else if (pruned.length === 0) io.stdout.write('the store has no experiments\n');
    for (const { experiment, chunks, rows, folds, predictions } of input.flag('json')
      ? []
      : pruned) {
      const parts = [
        formatCountOf(rows, 'row'),
        formatCountOf(folds, 'profile'),
        formatCountOf(predictions, 'prediction'),
      ];
      io.stdout.write(
        `${safeText(experiment)}: removed ${parts.join(', ')} (${formatCountOf(chunks, 'chunk')})\n`,
      );
    }
    return EXIT.fine;
  },
};

function retentionOf(input: CommandInput): Retention {
  const duration = (name: string, otherwise: number): number => {
    const text = input.value(name);
    if (text === undefined) return otherwise;
    const ms = parseDuration(text);
    if (ms !== undefined) return ms;
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `--${name} must be a duration such as 7d, got ${shown(text)}`,
    );
  };
  return {
    rowsMs: duration('rows', DEFAULT_RETENTION.rowsMs),
    maxRows: wholeNumber(input, 'max-rows') ?? DEFAULT_RETENTION.maxRows,
    profilesMs: duration('profiles', DEFAULT_RETENTION.profilesMs),
    predictionsMs: duration('labels', DEFAULT_RETENTION.predictionsMs),
  };
}
