import { createRequire } from 'node:module';
import { LeewayError } from '../leaves/errors.js';
import { nearestName } from '../leaves/option-names.js';
import { type Command, type CommandIo, EXIT } from './command.js';
import { COMMANDS } from './commands.js';
import { helpOf, overview } from './help.js';
import { parseArguments } from './parse-arguments.js';
import { colorsFor, safeText } from './terminal.js';

/** Runs the command line, without the program's own name, and gives the exit code. It never rejects. */
export async function runCommand(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    if (io.signal.aborted) return EXIT.interrupted;
    const message =
      error instanceof LeewayError ? error.message : `unexpected error: ${String(error)}`;
    io.stderr.write(`${colorsFor(io.stderr, io.env).red('leeway:')} ${safeText(message)}\n`);
    if (io.env.LEEWAY_DEBUG === '1' && error instanceof Error) io.stderr.write(`${error.stack}\n`);
    return EXIT.badInput;
  }
}

async function dispatch(args: readonly string[], io: CommandIo): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) {
    io.stderr.write(overview(COMMANDS));
    return EXIT.badInput;
  }
  if (first === '--version' || first === '-V') {
    io.stdout.write(`${version()}\n`);
    return EXIT.fine;
  }
  if (first === '--help' || first === '-h' || (first === 'help' && rest.length === 0)) {
    io.stdout.write(overview(COMMANDS));
    return EXIT.fine;
  }
  if (first === 'help') {
    io.stdout.write(helpOf(commandNamed(rest[0] as string)));
    return EXIT.fine;
  }
  const command = commandNamed(first);
  const input = parseArguments(command, rest);
  if (input.flag('help')) {
    io.stdout.write(helpOf(command));
    return EXIT.fine;
  }
  return command.run(input, io);
}

function commandNamed(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  const dashed = name.startsWith('-');
  const names = dashed ? ['--help', '--version'] : COMMANDS.map((candidate) => candidate.name);
  const nearest = nearestName(name, names);
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `there is no ${dashed ? 'option' : 'command'} ${JSON.stringify(name)}; did you mean ${JSON.stringify(nearest)}? See leeway --help`,
  );
}

function version(): string {
  const manifest = createRequire(import.meta.url)('leeway/package.json') as {
    readonly version: string;
  };
  return manifest.version;
}
