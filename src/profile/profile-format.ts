import { LeewayError } from '../leaves/errors.js';
import { decodeFrame, encodeFrame, frameKind } from '../leaves/frame.js';
import { packLists, unpackLists } from './packed-numbers.js';
import { decodingPlain, fromHeader, fromJsonValue, toHeader, toJsonValue } from './plain.js';
import type { ProfileState } from './profile-state.js';

const FRAME_KIND = 1;
/** Numbers are packed since version 3. */
const FRAME_VERSION = 3;
const OLDEST_VERSION = 2;
const JSON_FORMAT = 'leeway-profile';
const JSON_VERSION = 2;

/** Whether bytes are a profile. */
export const isProfile = (bytes: Uint8Array): boolean => frameKind(bytes) === FRAME_KIND;

/** A profile as compact bytes. */
export function stateToBytes(state: ProfileState): Uint8Array {
  const { header, blocks } = toHeader(state);
  return encodeFrame(FRAME_KIND, FRAME_VERSION, header, [packLists(blocks)]);
}

/** @throws LeewayError `ERR_LEEWAY_FORMAT` where the bytes are damaged, of something else, or of another version. */
export function stateFromBytes(bytes: Uint8Array): ProfileState {
  const frame = decodeFrame(bytes, FRAME_KIND, FRAME_VERSION, 'profile');
  if (frame.version < OLDEST_VERSION)
    throw wrongVersion(frame.version, `${OLDEST_VERSION} to ${FRAME_VERSION}`);
  return decodingPlain('profile', () => {
    const take =
      frame.version === OLDEST_VERSION
        ? (length: number) => frame.takeFloat64(length)
        : unpackLists(frame.takeRest());
    return fromHeader(frame.header, take) as ProfileState;
  });
}

/** A profile as JSON that keeps every number, NaN and infinities too. */
export const stateToJson = (state: ProfileState): object => ({
  format: JSON_FORMAT,
  version: JSON_VERSION,
  ...(toJsonValue(state) as object),
});

/** @throws LeewayError `ERR_LEEWAY_FORMAT` where it is damaged, of something else, or of another version. */
export function stateFromJson(json: unknown): ProfileState {
  return decodingPlain('profile', () => {
    const given = typeof json === 'string' ? JSON.parse(json) : json;
    if (given?.format !== JSON_FORMAT)
      throw new LeewayError('ERR_LEEWAY_FORMAT', 'not a leeway profile');
    if (given.version !== JSON_VERSION) throw wrongVersion(given.version, String(JSON_VERSION));
    return fromJsonValue(given) as ProfileState;
  });
}

const wrongVersion = (version: unknown, read: string): LeewayError =>
  new LeewayError(
    'ERR_LEEWAY_FORMAT',
    `not a leeway profile: it is of version ${version}, and this leeway reads version ${read}`,
  );
