/** Colours that the colour-blind tell apart, and that hold on white and on black (after Okabe and Ito). */
export const COLOURS = { baseline: '#0072b2', current: '#d55e00' } as const;

/** What the two sides are called in every picture. */
export const LEGEND = { baseline: 'baseline', current: 'current' } as const;

// Controls, marks that turn the direction of text around or take no room, and halves of surrogate pairs.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\ufffe\uffff]/gu;

/** Text from a stranger as inert text of SVG or HTML, whatever it contains. */
export function escapeText(text: string): string {
  return text
    .replace(UNPRINTABLE, '�')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The first characters of a long text. */
export function shorten(text: string, length: number): string {
  const characters = [...text.slice(0, 4 * length)];
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : text;
}

/** A number as a person would write it on an axis or in a sentence: four significant digits, no trailing zeros. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : String(value);
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return value.toExponential(2).replace('e+', 'e');
  return Number(value.toPrecision(4)).toLocaleString('en-US', { maximumFractionDigits: 6 });
}

/** A moment, in epoch ms, to the minute; what is none is said as a number. */
export function formatTime(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime())
    ? formatNumber(ms)
    : `${time.toISOString().slice(0, -8).replace('T', ' ')} UTC`;
}

/** A share as per cent: whole numbers, with a digit more below 10 %. */
export function formatShare(share: number): string {
  const percent = 100 * share;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  return `${percent.toFixed(percent < 10 && percent > 0 ? 1 : 0)} %`;
}

/** A length in a picture, without needless digits. */
export const px = (value: number): string => String(Math.round(value * 10) / 10);

/** An SVG element of the given size, with its name and description for those who don't see it. */
export function svg(
  size: { width: number; height: number },
  title: string,
  description: string,
  body: string,
): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" ` +
    `height="${size.height}" role="img" font-family="system-ui, sans-serif" font-size="11" fill="currentColor">` +
    `<title>${escapeText(title)}</title><desc>${escapeText(description)}</desc>${body}</svg>`
  );
}

/** What is drawn on each side; a side that is absent is not drawn. */
export interface Sides {
  readonly baseline?: unknown;
  readonly current?: unknown;
}

const shownSides = (sides: Sides): ('baseline' | 'current')[] =>
  (['baseline', 'current'] as const).filter((side) => sides[side] !== undefined);

/** The coloured marks of the sides with their names. */
export function legend(x: number, y: number, sides: Sides): string {
  return shownSides(sides)
    .map((side, index) => {
      const left = x + index * 70;
      return `<rect x="${px(left)}" y="${px(y - 8)}" width="10" height="10" rx="2" fill="${COLOURS[side]}"/><text x="${px(left + 14)}" y="${px(y)}">${LEGEND[side]}</text>`;
    })
    .join('');
}

/** The sides in words: `baseline against current`. */
export const describeSides = (sides: Sides): string =>
  shownSides(sides)
    .map((side) => LEGEND[side])
    .join(' against ');
