/**
 * What a terminal or a mail would act on instead of showing it: control characters, line and paragraph separators, marks
 * that turn the direction of writing, invisible marks, halves of surrogate pairs.
 */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\p{Cs}/gu;

/** Text from strangers on one line, with nothing hidden and nothing that is obeyed: escapes stand for what would be. */
export function visibleText(text: string): string {
  return text.replace(UNSAFE, escaped);
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (character === '\r') return '\\r';
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The same line by line, for texts of ours that hold names of strangers: only the ends of lines stay. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visibleText).join('\n');
}

/** Text that Markdown shows as it is: no link, no markup, no HTML, no mention. */
export function markdownText(text: string): string {
  return visibleText(text)
    .replace(/[\\`*_{}[\]()#+!|~>-]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/@/g, '&#64;')
    .replace(/:\/\//g, '&#58;//')
    .replace(/\bwww\./gi, 'www&#46;');
}

/**
 * Lines that Slack, and those that speak like it, show without a mention (`<!channel>`, `@here`) or a link. An `@` becomes the wide
 * form of it, which mentions nobody; names without one can be copied as they are.
 */
export function slackText(text: string): string {
  return visibleLines(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/@/g, '\uff20');
}
