import { runDueJobs, type TickResult } from '../../service/tick.js';
import { type Command, type CommandIo, EXIT } from '../command.js';
import { experimentsOf, STORE_PARAMETER, withStore } from '../store-argument.js';
import { colorsFor, safeJson, safeText } from '../terminal.js';

/** `leeway tick STORE`: runs what is due, for cron and serverless. */
export const tickCommand: Command = {
  name: 'tick',
  summary: 'run the jobs of a store that are due, once each',
  parameters: [STORE_PARAMETER],
  options: [
    { name: 'experiment', short: 'e', value: 'NAME', description: 'only this one (default: all)' },
    {
      name: 'fail-on-drift',
      description: 'exit with 1 if a capture found drift, with 2 if one gave no verdict',
    },
  ],
  examples: [
    'leeway tick sqlite:leeway.db',
    'leeway tick postgres://localhost/leeway -e housing --fail-on-drift',
  ],
  async run(input, io) {
    const [spec] = input.parameters as [string];
    const results = await withStore(spec, async (store) =>
      runDueJobs(store, await experimentsOf(store, input)),
    );
    if (input.flag('json')) io.stdout.write(`${safeJson({ jobs: results })}\n`);
    else if (results.length === 0)
      io.stdout.write('no jobs yet: a server records a job with its first capture\n');
    else for (const result of results) tell(result, io);
    if (results.some(({ outcome }) => outcome === 'failed')) return EXIT.badInput;
    if (!input.flag('fail-on-drift')) return EXIT.fine;
    if (results.some(({ drift }) => drift)) return EXIT.drift;
    return results.some(isOpen) ? EXIT.badInput : EXIT.fine;
  },
};

/** A verdict was asked for, and could not be given. What is not due, or was captured elsewhere, was not asked. */
const isOpen = ({ outcome, verdict }: TickResult): boolean =>
  verdict === 'none' && outcome !== 'not-due' && outcome !== 'elsewhere';

function tell({ name, outcome, tick, drift, alerts, error }: TickResult, io: CommandIo): void {
  const colors = colorsFor(io.stdout, io.env);
  const made = drift ? colors.yellow('▲') : colors.green('●');
  const mark = outcome === 'failed' ? colors.red('✗') : made;
  const when = tick === null ? '' : ` (${tick})`;
  io.stdout.write(
    `${mark} ${safeText(name)}: ${outcome.replace('-', ' ')}${when}${drift ? ', drift' : ''}\n`,
  );
  for (const alert of alerts) io.stdout.write(`  ${safeText(alert.title)}\n`);
  if (error !== undefined) io.stdout.write(`  ${safeText(error)}\n`);
}
