import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyWebhook, webhook } from '../../../src/alert/sinks/webhook.js';
import { LeewayError } from '../../../src/leaves/errors.js';
import { alertAbout, HOSTILE } from './alert.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Call {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server of this machine that answers as told, and what it was sent. */
async function listen(answer: (res: ServerResponse) => void) {
  const calls: Call[] = [];
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const piece of req) body += piece;
    calls.push({ headers: req.headers, body });
    answer(res);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    calls,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=SECRET-TOKEN`,
  };
}

const alert = alertAbout('X_a');

/** What a delivery fails with; it must never show where it went. */
async function failureOf(url: string, options = {}): Promise<string> {
  const error = await Promise.resolve(webhook(url, options).deliver(alert)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LeewayError);
  expect((error as LeewayError).code).toBe('ERR_LEEWAY_SINK');
  expect(
    JSON.stringify([String(error), String((error as Error).cause), (error as Error).stack]),
  ).not.toMatch(/127\.0\.0\.1|SECRET/);
  return (error as Error).message;
}

describe('webhook', () => {
  it('posts the alert, signed by every key, in a way that its receiver can check', async () => {
    const { calls, url } = await listen((res) => res.end('ok'));
    const keys = ['the new secret', `whsec_${Buffer.from('the old secret').toString('base64')}`];
    await webhook(url, { keys, headers: { authorization: 'Bearer x' } }).deliver(alert);
    const [call] = calls as [Call];
    expect(JSON.parse(call.body)).toMatchObject({ title: alert.title, columns: ['X_a'] });
    expect(call.headers.authorization).toBe('Bearer x');
    for (const key of keys) expect(verifyWebhook(call.headers, call.body, [key])).toBe(true);
    expect(verifyWebhook(call.headers, call.body, ['another secret'])).toBe(false);
    expect(verifyWebhook(call.headers, `${call.body} `, keys)).toBe(false);
    expect(verifyWebhook({ ...call.headers, 'webhook-id': 'other' }, call.body, keys)).toBe(false);
    expect(verifyWebhook(call.headers, call.body, keys, { now: Date.now() + 600_000 })).toBe(false);
    expect(verifyWebhook({}, call.body, keys)).toBe(false);
    // The signature, computed from its definition.
    const { 'webhook-id': id, 'webhook-timestamp': time } = call.headers;
    const expected = createHmac('sha256', 'the old secret')
      .update(`${id}.${time}.${call.body}`)
      .digest('base64');
    expect(call.headers['webhook-signature']).toContain(`v1,${expected}`);
  });

  it('sends no value of a request unless told to', async () => {
    const { calls, url } = await listen((res) => res.end());
    await webhook(url).deliver(alert);
    await webhook(url, { includeValues: true }).deliver(alert);
    expect(calls.map(({ body }) => body.includes('a secret value'))).toEqual([false, true]);
  });

  it('takes no other answer than 2xx for taken', async () => {
    const { url } = await listen((res) => res.writeHead(500).end('SECRET of the server'));
    expect(await failureOf(url)).toMatch(/it answered 500/);
  });

  it('follows no redirect', async () => {
    const inner = await listen((res) => res.end());
    const { url } = await listen((res) => res.writeHead(302, { location: inner.url }).end());
    expect(await failureOf(url)).toMatch(/redirect/);
    expect(inner.calls).toEqual([]);
  });

  it('sends a user and password of the URL as the header that they stand for, and shows them nowhere', async () => {
    const { url, calls } = await listen((res) => res.writeHead(204).end());
    const secret = new URL(url);
    secret.username = 'me';
    secret.password = 'pass:wörd';
    await webhook(secret).deliver(alert);
    const sent = Buffer.from(
      String(calls[0]?.headers.authorization).replace('Basic ', ''),
      'base64',
    ).toString();
    expect(sent).toBe('me:pass:wörd');
    expect(() => webhook(secret, { headers: { Authorization: 'Bearer x' } })).toThrow(/not both/);
    secret.port = '1';
    expect(await failureOf(String(secret))).not.toMatch(/me|wörd/);
  });

  it.each([
    [{ headers: { 'x y': 'z' } }, /headers must be/],
    [{ headers: { authorization: 'Bearer secret\nx' } }, /headers must be/],
    [{ headers: { 'x-name': 'Zürich \u{1f600}' } }, /headers must be/],
    [{ timeoutMs: 0 }, /timeoutMs/],
    [{ timeoutMs: -1 }, /timeoutMs/],
    [{ timeoutMs: 1e12 }, /timeoutMs/],
  ])('refuses when it is made what no call could be made with: %j', (options, message) => {
    expect(() => webhook('https://example.com', options)).toThrow(message);
    expect(() => webhook('https://example.com', options)).not.toThrow(/secret/);
  });

  it.each(['json', 'slack'] as const)(
    'delivers names that hold half a surrogate pair: %s',
    async (format) => {
      const { url, calls } = await listen((res) => res.writeHead(204).end());
      const torn = {
        ...alert,
        id: 'm/1/\ud83d',
        segment: '\udc00x',
        title: 'a \ud83d',
        columns: ['X_\ud83d'],
      };
      await webhook(url, { format, keys: ['12345678'] }).deliver(torn);
      JSON.parse(calls[0]?.body ?? '', (_key, value) => {
        if (typeof value === 'string') expect(value.isWellFormed(), value).toBe(true);
        return value;
      });
      expect(verifyWebhook(calls[0]?.headers ?? {}, calls[0]?.body ?? '', ['12345678'])).toBe(true);
    },
  );

  it('waits for an answer as long as told', async () => {
    const { url } = await listen(() => undefined);
    expect(await failureOf(url, { timeoutMs: 50 })).toMatch(/no answer in 50 ms/);
  });

  it('does not read an answer that goes on and on', async () => {
    let written = 0;
    const { url } = await listen((res) => {
      res.writeHead(200);
      const more = () => {
        while (written < 64 * 1024 * 1024 && res.write('x'.repeat(16 * 1024))) written += 16 * 1024;
      };
      res.on('drain', more);
      more();
    });
    await webhook(url, { timeoutMs: 300_000 }).deliver(alert);
    expect(written).toBeLessThan(32 * 1024 * 1024);
  });

  it('says that nobody is there, and not where', async () => {
    const { url } = await listen((res) => res.end());
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    expect(await failureOf(url)).toMatch(/ECONNREFUSED/);
  });

  it.each([
    ['not a url', /needs a URL/],
    ['http://example.com/SECRET', /needs an https: URL, got one with http:/],
    ['ftp://example.com/SECRET', /needs an https: URL, got one with ftp:/],
    ['http://localhost.example.com/SECRET', /needs an https: URL/],
  ])('refuses %s when it is made, without showing it', (url, message) => {
    expect(() => webhook(url)).toThrow(message);
    expect(() => webhook(url)).not.toThrow(/SECRET/);
  });

  it('takes http: for this machine, and for others where told', () => {
    webhook('http://localhost:3000/');
    webhook('http://[::1]:3000/');
    webhook('http://example.com/', { allowHttp: true });
    expect(() => webhook('https://example.com/', { keys: ['short'] })).toThrow(/at least 8/);
    expect(() => webhook('https://example.com/', { key: 'x' } as never)).toThrow(
      /did you mean "keys"/,
    );
  });

  it('gives Slack a payload in which hostile names are only text', async () => {
    const { calls, url } = await listen((res) => res.end('ok'));
    await webhook(url, { format: 'slack' }).deliver(alertAbout(HOSTILE));
    const payload = JSON.parse(calls[0]?.body ?? '');
    const texts: string[] = [
      payload.text,
      ...payload.blocks.flatMap((block: never) => JSON.stringify(block)),
    ];
    for (const text of texts) {
      for (const obeyed of ['<', '>', '\u001b', '\u202e', '\r']) expect(text).not.toContain(obeyed);
      // A mention needs its sign at the start of a word.
      expect(text).not.toMatch(/@|\u200b/);
    }
    for (const { text, elements } of payload.blocks) {
      for (const one of [text, ...(elements ?? [])].filter(Boolean))
        expect(one.type).toBe('plain_text');
    }
    expect(payload.text).toContain('&lt;!channel&gt;');
  });
});
