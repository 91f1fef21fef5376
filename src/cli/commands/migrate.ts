import { type Command, EXIT } from '../command.js';
import { STORE_PARAMETER, withStore } from '../store-argument.js';
import { safeJson, safeText } from '../terminal.js';

/** `leeway migrate STORE`: brings a store's layout to this version's. */
export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'upgrade a store to the layout of this version',
  parameters: [STORE_PARAMETER],
  options: [],
  examples: ['leeway migrate sqlite:leeway.db'],
  async run(input, io) {
    const [spec] = input.parameters as [string];
    const { location, from, to, minWriter } = await withStore(spec, async (store) => ({
      ...(await store.migrate()),
      location: store.location,
    }));
    if (input.flag('json'))
      io.stdout.write(`${safeJson({ store: location, from, to, minWriter })}\n`);
    else {
      const done =
        from === to ? `has layout ${to} already` : `was upgraded from layout ${from} to ${to}`;
      io.stdout.write(
        `${safeText(location)} ${done}; versions of leeway that know layout ${minWriter} may write to it\n`,
      );
    }
    return EXIT.fine;
  },
};
