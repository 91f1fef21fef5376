import { LeewayError, shown } from '../errors.js';
import { atOnce } from './at-once.js';

/** Headers by lower-case name. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Which requests are predict calls: `'POST /predict'`, `'/models/:name/predict'` (any method that has a body), `'/api/*'`,
 * a regular expression on the path, or a function. The path is the pathname of the original URL.
 */
export type Match = string | RegExp | ((method: string, path: string, headers: Headers) => boolean);

/** Decides on a request. */
export type Matcher = (method: string, path: string, headers: Headers) => boolean;

const METHOD_AND_PATH = /^(?:([A-Za-z]+) )?(\/\S*)$/;
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Makes a matcher of the option.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where it is none.
 */
export function compileMatch(match: Match): Matcher {
  if (typeof match === 'function') {
    return (method, path, headers) => atOnce(match(method, path, headers), 'match') === true;
  }
  if (match instanceof RegExp) {
    // A sticky or global expression remembers where it stopped; a matcher must not.
    const stateless = new RegExp(match.source, match.flags.replace(/[gy]/g, ''));
    return (method, path) => WITH_BODY.has(method) && stateless.test(path);
  }
  const parts = typeof match === 'string' ? METHOD_AND_PATH.exec(match) : null;
  if (parts === null) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `match must be a path such as 'POST /predict', a RegExp or a function, got ${shown(match)}`,
    );
  }
  const method = parts[1]?.toUpperCase();
  const pattern = patternOf(parts[2] as string);
  return (given, path) => (method === undefined ? WITH_BODY.has(given) : given === method) && pattern.test(path);
}

/** What `:name` stood for in a path. */
export type ParamsOf = (path: string) => Readonly<Record<string, string>>;

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

/** The parameters of a matching path; none but where `match` is a path with names. */
export function compileParams(match: Match | undefined): ParamsOf {
  const path = typeof match === 'string' ? METHOD_AND_PATH.exec(match)?.[2] : undefined;
  const names = path?.match(/(?<=\/:)\w+(?=\/|$)/g) ?? [];
  if (path === undefined || names.length === 0) return () => NO_PARAMS;
  const pattern = patternOf(path);
  return (given) => {
    const found = pattern.exec(given);
    return Object.assign(
      Object.create(null),
      Object.fromEntries(names.map((name, index) => [name, decoded(found?.[index + 1] ?? '')])),
    );
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `:name` stands for one segment, a final `*` for all that follows; a slash at the end makes no difference. */
function patternOf(path: string): RegExp {
  const open = path.endsWith('*');
  const segments = (open ? path.slice(0, -1) : path).replace(/\/$/, '').split('/');
  const source = segments.map((segment) => (/^:\w+$/.test(segment) ? '([^/]+)' : escapeRegExp(segment))).join('/');
  return new RegExp(open ? `^${source}(?:/.*)?$` : `^${source}/?$`);
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
