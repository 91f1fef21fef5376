import { parseArgs } from 'node:util';
import { defined } from '../leaves/defined.js';
import { LeewayError } from '../leaves/errors.js';
import { nearestName } from '../leaves/option-names.js';
import { COMMON_OPTIONS, type Command, type CommandInput } from './command.js';

/**
 * Reads the arguments of a command.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where an option is unknown, naming the nearest, lacks its value or is given
 *   twice, or where there are more or fewer arguments than the command takes.
 */
export function parseArguments(command: Command, args: readonly string[]): CommandInput {
  const options = [...command.options, ...COMMON_OPTIONS];
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      options.map(({ name, short, value }) => [
        name,
        {
          type: value === undefined ? 'boolean' : 'string',
          ...defined({ short }),
        } as const,
      ]),
    ),
    strict: false,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  const parameters: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') parameters.push(token.value);
    if (token.kind !== 'option') continue;
    const option = options.find(({ name }) => name === token.name);
    if (option === undefined) throw unknownOption(command, token.rawName);
    if (option.value === undefined && token.value !== undefined)
      refuse(`${token.rawName} accepts no value`);
    if (option.value !== undefined && (token.value === undefined || token.value === '')) {
      refuse(`${token.rawName} needs a value: ${token.rawName} ${option.value}`);
    }
    const values = given.get(option.name) ?? [];
    if (option.value !== undefined && option.multiple !== true && values.length > 0) {
      refuse(`${token.rawName} is given twice`);
    }
    given.set(option.name, [...values, token.value ?? '']);
  }
  return {
    parameters: given.has('help') ? parameters : checkedParameters(command, parameters),
    flag: (name) => given.has(name),
    value: (name) => given.get(name)?.[0],
    values: (name) => given.get(name) ?? [],
  };
}

function checkedParameters(command: Command, parameters: readonly string[]): readonly string[] {
  const missing = command.parameters[parameters.length];
  if (missing !== undefined) {
    refuse(`${missing.name} is missing: leeway ${commandUsage(command)}`);
  }
  const extra = parameters[command.parameters.length];
  if (extra !== undefined) {
    const takes = command.parameters.map(({ name }) => name).join(' ');
    refuse(
      `leeway ${command.name} accepts ${takes || 'no arguments'}, and ${JSON.stringify(extra)} is one too many`,
    );
  }
  return parameters;
}

/** The command and what it must be given: `profile DATA`. */
export function commandUsage(command: Command): string {
  return [command.name, ...command.parameters.map(({ name }) => name)].join(' ');
}

function unknownOption(command: Command, raw: string): LeewayError {
  const names = [...command.options, ...COMMON_OPTIONS].map(({ name }) => name);
  const nearest = nearestName(raw.replace(/^-+/, ''), names);
  return new LeewayError(
    'ERR_LEEWAY_OPTION',
    `leeway ${command.name} has no option ${raw}; did you mean --${nearest}? See leeway ${command.name} --help`,
  );
}

function refuse(message: string): never {
  throw new LeewayError('ERR_LEEWAY_OPTION', message);
}
