import { METHODS } from 'node:http';
import { LeewayError, shown } from '../leaves/errors.js';
import { nearestName } from '../leaves/option-names.js';
import { answerNow } from '../leaves/require-sync.js';

/** Headers by lower-case name. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Which requests are predict calls: `'POST /predict'`, `'/models/:name/predict'` (any method that has a body), `'/api/*'`,
 * a regular expression on the path, or a function of method, path and headers. The path is the pathname of the original URL. A
 * path that is given as text is compared without regard to case and to a slash at its end, as Express compares it. `:name` takes one
 * segment, or the beginning of one; `*` takes one segment, and at the end all that follows.
 */
export type Match = string | RegExp | ((method: string, path: string, headers: Headers) => boolean);

/** Decides on a request. */
export type Matcher = (method: string, path: string, headers: Headers) => boolean;

const METHOD_AND_PATH = /^(?:([A-Za-z]+) )?(\/\S*)$/;
/** What paths of routers have and ours have not, or what is never a part of a path. */
const FOREIGN = /[{}?#\\[\]|^]|\(.*\)/;
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Makes a matcher of the option.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where it is none.
 */
export function compileMatch(match: Match): Matcher {
  if (typeof match === 'function') {
    return (method, path, headers) =>
      answerNow('match', () => match(method, path, headers)) === true;
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
  if (method !== undefined && !METHODS.includes(method)) {
    const nearest = nearestName(method, METHODS);
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `match has the method ${method}, which is not an HTTP method; did you mean ${nearest}?`,
    );
  }
  const path = parts[2] as string;
  if (FOREIGN.test(path)) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `match must be a path of segments, ':name' and '*', without a query, got ${shown(match)}; for anything else give a RegExp or a function`,
    );
  }
  const pattern = patternOf(path);
  return (given, came) =>
    (method === undefined ? WITH_BODY.has(given) : given === method) &&
    (pattern.test(came) || (came.includes('%') && pattern.test(decoded(came))));
}

/** What `:name` stood for in a path. */
export type ParamsOf = (path: string) => Readonly<Record<string, string>>;

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

/** The parameters of a matching path; none but where `match` is a path with names. */
export function compileParams(match: Match | undefined): ParamsOf {
  const path = typeof match === 'string' ? METHOD_AND_PATH.exec(match)?.[2] : undefined;
  const names = path?.match(/(?<=\/:)\w+/g) ?? [];
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

/** A pattern whose groups are the names; a slash at the end makes no difference. */
function patternOf(path: string): RegExp {
  const isOpen = path.endsWith('*');
  const segments = (isOpen ? path.slice(0, -1) : path).replace(/\/$/, '').split('/');
  const source = segments.map(segmentPattern).join('/');
  return new RegExp(isOpen ? `^${source}(?:/.*)?$` : `^${source}/?$`, 'i');
}

function segmentPattern(segment: string): string {
  if (segment === '*') return '[^/]+';
  const name = /^:\w+/.exec(segment)?.[0] ?? '';
  const rest = escapeRegExp(segment.slice(name.length));
  return name === '' ? rest : `([^/]+${rest === '' ? '' : '?'})${rest}`;
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
