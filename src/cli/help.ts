import { COMMON_OPTIONS, type Command, type CommandOption } from './command.js';
import { commandUsage } from './parse-arguments.js';

/** What `leeway --help` says. */
export function overview(commands: readonly Command[]): string {
  return [
    'leeway: drift monitoring for Node model servers',
    '',
    'Usage: leeway COMMAND …',
    '',
    'Commands:',
    ...aligned(commands.map((command) => [commandUsage(command), command.summary])),
    '',
    'leeway COMMAND --help describes a command. leeway --version prints the version.',
    'Exit codes: 0 success, 2 bad input. With --fail-on-drift: 1 drift, 2 no verdict.',
    '',
  ].join('\n');
}

/** What `leeway COMMAND --help` says. */
export function helpOf(command: Command): string {
  return [
    `leeway ${commandUsage(command)}: ${command.summary}`,
    '',
    ...aligned(command.parameters.map(({ name, description }) => [name, description])),
    '',
    'Options:',
    ...aligned(
      [...command.options, ...COMMON_OPTIONS].map((option) => [
        spelling(option),
        option.multiple === true ? `${option.description}; may be repeated` : option.description,
      ]),
    ),
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}

function spelling({ name, short, value }: CommandOption): string {
  const long = `--${name}${value === undefined ? '' : ` ${value}`}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

function aligned(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...pairs.map(([left]) => left.length));
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
