import { LeewayError, shown } from '../../leaves/errors.js';
import { badFormat, plainObject } from './state.js';

/**
 * What every stream detector and online test does: it takes one value at a time and says whether the stream has
 * changed. Bounded memory, no clock, no randomness but a seeded one.
 */
export interface StreamDetector {
  /** True if the last update found a drift. */
  readonly drift: boolean;
  /** True if the last update came near to a drift; always false for detectors without a warning level. */
  readonly warning: boolean;
  /** How many values came since the start or the last `reset()`. */
  readonly count: number;
  /**
   * Takes the next value of the stream.
   *
   * @returns whether there is drift now (same as `.drift`).
   * @throws {LeewayError} ERR_LEEWAY_SAMPLE for NaN, an infinity or a value outside the detector's domain, naming its
   * index since the last reset; the detector's state is as before.
   */
  update(x: number): boolean;
  /** Forgets the stream: from here on the detector answers as a new one with the same options. */
  reset(): void;
  /** The whole state as plain JSON: `fromJSON` of it goes on exactly where this one is. */
  toJSON(): DetectorSnapshot;
}

/** A detector as JSON. What stands in `options` and `state` belongs to the detector named. */
export interface DetectorSnapshot {
  readonly detector: string;
  readonly version: 1;
  readonly options: Readonly<Record<string, unknown>>;
  readonly state: Readonly<Record<string, unknown>>;
}

/** A detector's state as plain JSON, with what its state needs to be read back. */
export const snapshotOf = (
  detector: string,
  options: object,
  state: Readonly<Record<string, unknown>>,
): DetectorSnapshot => ({ detector, version: 1, options: { ...options }, state });

/** Values beyond this are refused: their squares, summed over any stream, would no longer be finite. */
export const LARGEST_VALUE = 1e140;

/** The error for a value that a detector can't take. */
export function badValue(index: number, x: unknown, expected: string): LeewayError {
  return new LeewayError(
    'ERR_LEEWAY_SAMPLE',
    `value ${index} must be ${expected}, got ${shown(x)}`,
  );
}

/** Lets pass a real number of bearable size. NaN and infinities fail the comparison. */
export function checkReal(x: number, index: number): void {
  if (typeof x !== 'number' || !(x >= -LARGEST_VALUE && x <= LARGEST_VALUE)) {
    throw badValue(index, x, `a finite number of magnitude at most ${LARGEST_VALUE}`);
  }
}

/** Lets pass a number from 0 to 1. */
export function checkShare(x: number, index: number): void {
  if (typeof x !== 'number' || !(x >= 0 && x <= 1))
    throw badValue(index, x, 'a number from 0 to 1');
}

/** Lets pass 0 and 1. */
export function checkBit(x: number, index: number): void {
  if (x !== 0 && x !== 1) throw badValue(index, x, '0 or 1');
}

/**
 * Opens stored JSON: it must be a snapshot of the detector named, of a version we know.
 *
 * @throws {LeewayError} ERR_LEEWAY_FORMAT
 */
function openSnapshot(
  name: string,
  json: unknown,
): { options: Record<string, unknown>; state: unknown } {
  const snapshot = plainObject(name, 'the snapshot', json);
  if (snapshot.detector !== name)
    throw badFormat(name, `detector must be "${name}", got ${shown(snapshot.detector)}`);
  if (snapshot.version !== 1)
    throw badFormat(name, `version must be 1, got ${shown(snapshot.version)}`);
  return { options: plainObject(name, 'options', snapshot.options), state: snapshot.state };
}

/**
 * Builds a detector from stored JSON: from its options, and then with its state.
 *
 * @throws {LeewayError} ERR_LEEWAY_FORMAT if the JSON is of another kind or version, or its options are invalid.
 */
export function restore<D>(
  name: string,
  json: unknown,
  build: (options: Record<string, unknown>, state: unknown) => D,
  load: (detector: D, state: unknown) => void,
): D {
  const { options, state } = openSnapshot(name, json);
  let detector: D;
  try {
    detector = build(options, state);
  } catch (cause) {
    if (cause instanceof LeewayError && cause.code === 'ERR_LEEWAY_FORMAT') throw cause;
    throw badFormat(
      name,
      cause instanceof Error ? cause.message : 'its options are invalid',
      cause,
    );
  }
  load(detector, state);
  return detector;
}
