import { driftMiddleware } from '../../adapters/fetch.js';
import { EVERYTHING } from './describe-differential.js';
import { describeInProcess, type InProcessVariant, type Log, pieces } from './in-process.js';

type Read = (request: Request, log: Log) => Promise<unknown>;

/** Every way to read a request. */
const READS: Readonly<Record<string, Read>> = {
  json: (request) => request.json(),
  text: (request) => request.text(),
  buffer: (request) => request.arrayBuffer(),
  blob: async (request) => (await request.blob()).text(),
  form: async (request) => [...(await request.formData())],
  twice: async (request) => [await request.text(), await request.text()],
  together: (request) => Promise.all([request.text(), request.json()]),
  clone: async (request) => [await request.clone().text(), await request.json()],
  copy: (request) => new Request(request).json(),
  moved: (request) => new Request('http://other/', request).text(),
  stream: async (request) => {
    let text = '';
    for await (const chunk of request.body ?? []) text += Buffer.from(chunk).toString();
    return text;
  },
  locked: async (request) => {
    request.body?.getReader();
    return request.json();
  },
  cancelled: async (request) => {
    await request.body?.cancel();
    return request.text();
  },
  prototype: (request) => Request.prototype.json.call(request),
  nothing: async () => undefined,
};

const CACHED = Response.json({ prediction: 7 });
const json = { 'content-type': 'application/json' };

/** Every way to answer. */
const ANSWERS: Readonly<Record<string, (log: Log, request: Request) => unknown>> = {
  json: () => Response.json({ prediction: 6 }),
  created: () =>
    Response.json({ prediction: 6 }, { status: 201, statusText: 'Made', headers: { 'x-a': '1' } }),
  text: () => new Response('{"prediction":6}', { headers: json }),
  plain: () => new Response('six'),
  empty: () => new Response(null, { status: 204 }),
  emptyJson: () => new Response('', { headers: json }),
  nullJson: () => new Response(null, { headers: json }),
  bytes: () => new Response(new TextEncoder().encode('{"prediction":6}'), { headers: json }),
  blob: () => new Response(new Blob(['{"prediction":6}'], { type: 'application/json' })),
  form: () => new Response(new URLSearchParams({ prediction: '6' })),
  cookies: () => {
    const headers = new Headers(json);
    headers.append('set-cookie', 'a=1');
    headers.append('set-cookie', 'b=2');
    return new Response('{"prediction":1}', { headers });
  },
  redirect: () => Response.redirect('http://host/elsewhere', 303),
  error: () => Response.error(),
  bad: () => Response.json({ error: 'bad' }, { status: 422 }),
  broken: () => Response.json({ error: 'broken' }, { status: 500 }),
  large: () => Response.json({ prediction: 'y'.repeat(300_000) }),
  stream: (log) => new Response(pieces(log, ['a', 'b', 'c'])),
  endless: (log) => new Response(pieces(log, ['a', 'b'], 'never')),
  failing: (log) => new Response(pieces(log, ['a'], 'error')),
  sse: (log) =>
    new Response(pieces(log, ['data: 1\n\n', 'data: 2\n\n']), {
      headers: { 'content-type': 'text/event-stream' },
    }),
  lines: (log) =>
    new Response(pieces(log, ['{"a":1}\n', '{"a":2}\n']), {
      headers: { 'content-type': 'application/x-ndjson' },
    }),
  jsonStream: (log) => new Response(pieces(log, ['{"prediction"', ':6}']), { headers: json }),
  jsonFailing: (log) => new Response(pieces(log, ['{"prediction"'], 'error'), { headers: json }),
  jsonEndless: (log) => new Response(pieces(log, ['[', '1,', '2,'], 'never'), { headers: json }),
  used: async () => {
    const response = Response.json({ prediction: 6 });
    await response.text();
    return response;
  },
  lockedJson: () => {
    const response = Response.json({ prediction: 6 });
    response.body?.getReader();
    return response;
  },
  cached: () => CACHED.clone(),
  echo: (_log, request) => new Response(request.bodyUsed ? null : request.body),
  throw: () => {
    throw new Error('of the host');
  },
  undefined: () => undefined,
  word: () => 'a word',
  thenable: () => ({
    // biome-ignore lint/suspicious/noThenProperty: this is what the host is told
    then: (resolve: (value: unknown) => void) => resolve(Response.json({ prediction: 6 })),
  }),
};

interface Build {
  readonly wrapped: 'once' | 'twice' | 'as a method';
  /** Whether the handler answers at once, before or without a promise. */
  readonly sync: boolean;
}

const variant = ({ wrapped, sync }: Build): InProcessVariant => ({
  name: `wrapped ${wrapped}, ${sync ? 'at once' : 'after reading'}`,
  paths: Object.keys(ANSWERS).flatMap((answer) =>
    Object.keys(READS).map((read) => `/${answer}/${read}?a=1`),
  ),
  make(watched) {
    const drift = watched ? driftMiddleware(EVERYTHING) : undefined;
    function handle(this: unknown, request: Request, log: Log, ...rest: unknown[]): Response {
      log(`this is ${this === host ? 'the host' : typeof this}, beside ${rest.length}`);
      log(
        `${request.method} ${request.url} ${JSON.stringify([...request.headers])} ${Object.keys(request)}`,
      );
      const [answer = '', read = ''] = new URL(request.url).pathname.slice(1).split('/');
      const reading = (): Promise<void> =>
        (READS[read] as Read)(request, log).then(
          (value) => log(`read ${JSON.stringify(value)}, used ${request.bodyUsed}`),
          (error) => log(`reading failed: ${String(error)}, used ${request.bodyUsed}`),
        );
      request.signal.addEventListener('abort', () => log('aborted'));
      const answered = (): Response =>
        (ANSWERS[answer] as (typeof ANSWERS)[string])(log, request) as Response;
      return (sync ? answered() : reading().then(answered)) as Response;
    }
    const wrap =
      drift === undefined || wrapped !== 'twice'
        ? drift
        : (each: typeof handle) => drift(drift(each));
    const host = { fetch: (wrap === undefined ? handle : wrap(handle)) as typeof handle };
    const call = (request: Request, log: Log): unknown => {
      if (wrapped === 'as a method') return host.fetch(request, log, 'a', 'b');
      const { fetch } = host;
      return fetch(request, log);
    };
    return drift === undefined ? { call } : { drift, call };
  },
});

describeInProcess(
  'a fetch handler',
  [
    variant({ wrapped: 'once', sync: false }),
    variant({ wrapped: 'once', sync: true }),
    variant({ wrapped: 'twice', sync: false }),
    variant({ wrapped: 'as a method', sync: false }),
  ],
  300,
);
