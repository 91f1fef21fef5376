import picocolors from 'picocolors';
import type { CommandIo } from './command.js';

/**
 * What a terminal would act on instead of showing it: control characters, line and paragraph separators, marks that turn
 * the direction of writing, invisible marks, halves of surrogate pairs.
 */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\p{Cs}/gu;

const LONGEST_SHOWN = 40;

/** Text from data, files or users, made safe for a terminal: on one line, nothing hidden, nothing obeyed. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** The like for a name in a table: safe, and short enough. */
export function safeName(name: string): string {
  const characters = [...name.slice(0, 4 * LONGEST_SHOWN)];
  const short = characters.length > LONGEST_SHOWN || name.length > 4 * LONGEST_SHOWN;
  return safeText(short ? `${characters.slice(0, LONGEST_SHOWN - 1).join('')}…` : name);
}

/** JSON that says the same, and is safe on a terminal. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, escaped);
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (character === '\r') return '\\r';
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
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
