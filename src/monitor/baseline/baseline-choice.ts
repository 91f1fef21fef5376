import { LeewayError, shown } from '../../leaves/errors.js';

/**
 * Which of a monitor's own snapshots is the baseline: the first; the snapshot with a number; the one before; the latest `last`
 * together; or those of the same hour of the week.
 */
export type BaselineChoice =
  | 'first'
  | 'previous'
  | 'seasonal'
  | { readonly snapshot: number }
  | { readonly last: number };

/** A choice as text. */
export function nameOf(choice: BaselineChoice): string {
  if (choice === 'first') return 'the first snapshot';
  if (choice === 'previous') return 'the snapshot before';
  if (choice === 'seasonal') return 'snapshots of the same hour of the week';
  return 'snapshot' in choice
    ? `snapshot ${choice.snapshot}`
    : `the latest ${choice.last} snapshots`;
}

/**
 * Checks a choice.
 *
 * @returns `undefined` where it is none, but perhaps something else that a baseline can be.
 * @throws LeewayError `ERR_LEEWAY_OPTION` where it is one, with a number that makes no sense.
 */
export function baselineChoice(baseline: unknown): BaselineChoice | undefined {
  if (baseline === 'first' || baseline === 'previous' || baseline === 'seasonal') return baseline;
  if (baseline === null || typeof baseline !== 'object' || Object.keys(baseline).length !== 1)
    return undefined;
  const [name, number] = Object.entries(baseline)[0] as [string, unknown];
  if ((name !== 'snapshot' && name !== 'last') || typeof number !== 'number') return undefined;
  if (!Number.isSafeInteger(number) || number < (name === 'last' ? 1 : 0) || number > 1_000) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `baseline.${name} must be a whole number up to 1,000, got ${shown(number)}`,
    );
  }
  return name === 'last' ? { last: number } : { snapshot: number };
}
