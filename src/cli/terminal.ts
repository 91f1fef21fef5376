import picocolors from 'picocolors';
import { visibleText } from '../leaves/inert-text.js';
import type { CommandIo } from './command.js';

const LONGEST_SHOWN = 40;

/** Text from data, files or users, made safe for a terminal: on one line, nothing hidden, nothing obeyed. */
export const safeText: (text: string) => string = visibleText;

/** The like for a name in a table: safe, and short enough. */
export function safeName(name: string): string {
  const characters = [...name.slice(0, 4 * LONGEST_SHOWN)];
  const short = characters.length > LONGEST_SHOWN || name.length > 4 * LONGEST_SHOWN;
  return safeText(short ? `${characters.slice(0, LONGEST_SHOWN - 1).join('')}…` : name);
}

/** JSON that says the same, and is safe on a terminal. */
export function safeJson(value: unknown): string {
  // JSON has no controls of its own, and its escapes are those of `visibleText`.
  return visibleText(JSON.stringify(value));
}

/** Colours for a stream: on a terminal, unless NO_COLOR says otherwise; elsewhere where FORCE_COLOR asks for them. */
export function colorsFor(
  stream: CommandIo['stdout'],
  env: CommandIo['env'],
): ReturnType<typeof picocolors.createColors> {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0';
  const refused = (env.NO_COLOR !== undefined && env.NO_COLOR !== '') || env.TERM === 'dumb';
  return picocolors.createColors(!refused && (forced || stream.isTTY === true));
}
