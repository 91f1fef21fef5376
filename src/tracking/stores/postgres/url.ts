import { LeewayError } from '../../../leaves/errors.js';

const EXPECTED = "url must be like 'postgres://user:password@host:5432/database'";

/**
 * A URL for people: without user, password and options.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where it is none. Nothing of it is shown: it may hold a password.
 */
export function publicUrl(url: string): string {
  if (!/^postgres(ql)?:\/\/\S+$/i.test(url)) throw new LeewayError('ERR_LEEWAY_OPTION', EXPECTED);
  let parsed: URL | undefined;
  try {
    parsed = new URL(url);
  } catch {
    // The error of URL holds the URL.
  }
  // A password with such a character ends the host too early; the rest of it, with the @ behind it, is then elsewhere.
  const isTorn =
    parsed === undefined || `${parsed.pathname}${parsed.search}${parsed.hash}`.includes('@');
  if (parsed === undefined || isTorn || parsed.hash !== '') {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `${EXPECTED}; a password with one of the characters / # ? @ : % is written with encodeURIComponent(password)`,
    );
  }
  return `postgres://${parsed.host}${parsed.pathname}`;
}
