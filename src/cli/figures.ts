const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Bytes in a unit that one can read. */
export function size(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`;
}

/** A share as a percentage; what is not nothing is not shown as nothing, what is not all not as all. */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return '<0.1 %';
  if (share > 0.999 && share < 1) return '>99.9 %';
  return `${Number((share * 100).toFixed(1))} %`;
}

/** A number in five digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(5)));
}
