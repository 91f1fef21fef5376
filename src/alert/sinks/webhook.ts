import { createHmac, timingSafeEqual } from 'node:crypto';
import { LeewayError, shown } from '../../leaves/errors.js';
import { checkOptionNames } from '../../leaves/option-names.js';
import type { Alert } from '../alert.js';
import type { AlertSink } from '../sink.js';
import { slackPayload } from './payload.js';

/** How a webhook is called. */
export interface WebhookOptions {
  /** What logs and errors call it. @default 'webhook' */
  readonly name?: string;
  /**
   * Secrets that the body is signed with; give the new and the old one while they are changed. @default not signed
   */
  readonly keys?: readonly string[];
  /** `json`: the alert; `slack`: what Slack's incoming webhooks take. @default 'json' */
  readonly format?: 'json' | 'slack';
  /** Sent with each call, such as `{ authorization: 'Bearer …' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Lets values from requests be sent: where a change is greatest. @default false */
  readonly includeValues?: boolean;
  /** Lets `http:` be used for other hosts than this one. @default false */
  readonly allowHttp?: boolean;
  /** @default 5_000 */
  readonly timeoutMs?: number;
  /** What makes the call. @default `fetch` */
  readonly fetch?: typeof fetch;
}

const OPTION_NAMES = [
  'name',
  'keys',
  'format',
  'headers',
  'includeValues',
  'allowHttp',
  'timeoutMs',
  'fetch',
];
/** A timer of the machine's takes no longer. */
const MAX_TIMEOUT_MS = 2_147_483_647;
const MAX_REPLY_BYTES = 64 * 1024;
const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Posts each alert to a URL. Any answer but 2xx is a failure, and the alert comes again; redirects are not followed. The
 * headers are those of Standard Webhooks: `webhook-id` (the same however often an alert comes), `webhook-timestamp`, and with keys
 * `webhook-signature`: HMAC-SHA256 of `id.timestamp.body` per key, which `verifyWebhook` checks.
 *
 * @param url a user and password in it are sent as the header `authorization`.
 * @throws LeewayError `ERR_LEEWAY_OPTION` where the URL is none, or not `https:` and not of this machine, or an option is wrong.
 *
 * @example
 * driftMiddleware({ …, rules: [{ notify: [webhook('https://example.com/alerts', { keys: [process.env.ALERT_KEY] })] }] });
 */
export function webhook(url: string | URL, options: WebhookOptions = {}): AlertSink {
  checkOptionNames('webhook', options, OPTION_NAMES);
  const { name = 'webhook', keys = [], format = 'json', timeoutMs = 5_000 } = options;
  const target = checkedUrl(url, options.allowHttp === true);
  const headers = checkedHeaders(options.headers ?? {}, target);
  if (!(Number.isSafeInteger(timeoutMs) && timeoutMs >= 1 && timeoutMs <= MAX_TIMEOUT_MS)) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `timeoutMs must be a whole number from 1, got ${shown(timeoutMs)}`,
    );
  }
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string' && key.length >= 8)) {
    throw new LeewayError('ERR_LEEWAY_OPTION', 'keys must be secrets of at least 8 characters');
  }
  if (format !== 'json' && format !== 'slack') {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `format must be 'json' or 'slack', got ${shown(format)}`,
    );
  }
  return {
    name,
    async deliver(alert) {
      const id = alert.id.toWellFormed();
      const body = wellFormedJson(
        format === 'slack' ? slackPayload(alert) : payloadOf(alert, options),
      );
      const timestamp = Math.floor(Date.now() / 1000);
      const signed =
        keys.length === 0 ? {} : { 'webhook-signature': signatures(keys, id, timestamp, body) };
      await post(options.fetch ?? fetch, target, timeoutMs, {
        body,
        headers: {
          ...headers,
          'content-type': 'application/json; charset=utf-8',
          'webhook-id': encodeURIComponent(id),
          'webhook-timestamp': String(timestamp),
          ...signed,
        },
      });
    },
  };
}

/** JSON in which no text holds half a surrogate pair, as one from an older log may. */
const wellFormedJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner) =>
    typeof inner === 'string' ? inner.toWellFormed() : inner,
  );

/** The alert as it is sent: values of requests only where they were asked for. */
function payloadOf(alert: Alert, { includeValues = false }: WebhookOptions): object {
  if (includeValues) return alert;
  const { values: _, ...rest } = alert;
  return rest;
}

function checkedUrl(url: string | URL, allowHttp: boolean): URL {
  let target: URL;
  try {
    target = new URL(url);
  } catch {
    // The URL may hold a token: it is not shown.
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      'webhook needs a URL such as https://example.com/alerts; the given value is not a URL',
    );
  }
  const isLocal = LOOPBACK.test(target.hostname);
  if (target.protocol === 'https:' || (target.protocol === 'http:' && (isLocal || allowHttp)))
    return target;
  const why =
    'alerts would be sent unencrypted; use https:, or allowHttp: true if that is acceptable';
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `webhook needs an https: URL, got one with ${target.protocol} (${why})`,
  );
}

/**
 * The headers of each call. A user and password in the URL, which `fetch` refuses, are sent as the header that they stand for, and
 * taken out of the URL.
 */
function checkedHeaders(
  given: Readonly<Record<string, string>>,
  target: URL,
): Record<string, string> {
  try {
    new Headers(given);
  } catch {
    // A header may hold a token: it is not shown.
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      'headers must be an object of HTTP headers, names and values of visible ASCII',
    );
  }
  const { username, password } = target;
  if (username === '' && password === '') return { ...given };
  if (new Headers(given).has('authorization')) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      'webhook accepts a user in the URL or the header authorization, not both',
    );
  }
  target.username = '';
  target.password = '';
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { ...given, authorization: `Basic ${Buffer.from(user).toString('base64')}` };
}

async function post(
  call: typeof fetch,
  url: URL,
  timeoutMs: number,
  { body, headers }: { readonly body: string; readonly headers: Record<string, string> },
): Promise<void> {
  let response: Response;
  try {
    response = await call(url, {
      method: 'POST',
      body,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    throw failed(reasonOf(error, timeoutMs));
  }
  try {
    await drain(response);
  } catch (error) {
    throw failed(reasonOf(error, timeoutMs));
  }
  if (response.ok) return;
  const isRedirect =
    response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400);
  throw failed(
    isRedirect
      ? 'it answered with a redirect, which is not followed'
      : `it answered ${response.status}`,
  );
}

const failed = (why: string): LeewayError =>
  new LeewayError('ERR_LEEWAY_SINK', `the webhook did not accept the alert: ${why}`);

/** Only what is known to hold no address. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) {
    return `no answer in ${timeoutMs} ms`;
  }
  const cause = error instanceof Error ? error.cause : undefined;
  const code =
    (cause as { code?: unknown } | undefined)?.code ??
    (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[A-Z_0-9]+$/.test(code) ? code : 'it could not be reached';
}

/** Reads the answer, so that the connection is free again, and no further than it may be long. */
async function drain({ body }: Response): Promise<void> {
  if (body === null) return;
  const reader = body.getReader();
  for (let read = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    read += value.byteLength;
    if (read > MAX_REPLY_BYTES) {
      await reader.cancel().catch(() => undefined);
      return;
    }
  }
}

const signatures = (keys: readonly string[], id: string, timestamp: number, body: string): string =>
  keys.map((key) => `v1,${sign(key, encodeURIComponent(id), timestamp, body)}`).join(' ');

function sign(key: string, id: string, timestamp: number, body: string): string {
  // Keys in the usual wrapping are base64; others are taken as they are.
  const secret = key.startsWith('whsec_') ? Buffer.from(key.slice(6), 'base64') : Buffer.from(key);
  return createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
}

/**
 * Whether a call to a webhook came from who has one of the keys, and not long ago.
 *
 * @param headers of the call, by lower-case name.
 * @param body as it came, not parsed.
 * @param options.toleranceS how old, or how far ahead, the call's time may be, seconds. @default 300
 */
export function verifyWebhook(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
  keys: readonly string[],
  {
    toleranceS = 300,
    now = Date.now(),
  }: { readonly toleranceS?: number; readonly now?: number } = {},
): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': given } = headers;
  if (typeof id !== 'string' || typeof time !== 'string' || typeof given !== 'string') return false;
  const timestamp = Number(time);
  if (!Number.isSafeInteger(timestamp) || Math.abs(now / 1000 - timestamp) > toleranceS)
    return false;
  const candidates = given.split(' ').map((one) => Buffer.from(one));
  return keys.some((key) => {
    const wanted = Buffer.from(`v1,${sign(key, id, timestamp, body)}`);
    return candidates.some((one) => one.length === wanted.length && timingSafeEqual(one, wanted));
  });
}
