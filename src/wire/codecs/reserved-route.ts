import type { ReservedRoute } from '../codec.js';

/**
 * Tells the routes of a wire format by a pattern with the groups `model` and, where routes name one, `version`.
 *
 * @param method the only one that the format uses.
 */
export function reservedRoute(
  method: string,
  pattern: RegExp,
): (method: string, path: string) => ReservedRoute | undefined {
  return (given, path) => {
    const groups = given === method ? pattern.exec(path)?.groups : undefined;
    if (groups?.model === undefined) return undefined;
    const { model, version } = groups;
    return { model: plain(model), ...(version !== undefined && { version: plain(version) }) };
  };
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A value as an object of whatever it holds, where it is one and no list. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
}
