import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../src/leaves/random.js';
import type { Drift } from '../../src/service/middleware-controls.js';
import { jsonBody, pick } from './requests.js';

/** What a handler and its caller saw, in order. */
export type Log = (entry: string) => void;

/** A handler under test, bare or watched, with what is told to it beside the request. */
export interface InProcessHost {
  readonly drift?: Drift;
  call(request: Request, log: Log): unknown;
}

/** How a host is built. */
export interface InProcessVariant {
  readonly name: string;
  /** Paths to ask for; `endless` is in those whose response has no end. */
  readonly paths: readonly string[];
  make(watched: boolean): InProcessHost;
}

/** How the caller treats the response. */
const CONSUMERS: Readonly<Record<string, (response: Response, log: Log) => Promise<void>>> = {
  chunks: async ({ body }, log) => {
    if (body === null) return log('no body');
    const reader = body.getReader();
    log(`locked ${body.locked}`);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      log(`chunk ${Buffer.from(value).toString('latin1')}`);
    }
  },
  whole: async (response, log) => log(`text ${await response.text()}`),
  iterate: async ({ body }, log) => {
    for await (const chunk of body ?? []) log(`chunk ${Buffer.from(chunk).toString('latin1')}`);
  },
  twice: async (response, log) => {
    const copy = response.clone();
    log(`${await response.text()} and ${await copy.text()}`);
    await response.text();
  },
  pipe: async ({ body }, log) => {
    await body?.pipeTo(
      new WritableStream({
        write: (chunk) => log(`chunk ${Buffer.from(chunk).toString('latin1')}`),
      }),
    );
  },
  nothing: async () => undefined,
  cancel: async ({ body }, log) => {
    const reader = body?.getReader();
    log(`first ${Buffer.from((await reader?.read())?.value ?? []).toString('latin1')}`);
    // The copy that a host keeps of its response makes this wait.
    reader?.cancel('enough').catch((error) => log(`cancelling failed: ${String(error)}`));
  },
};

const CALLS = Number(process.env.LEEWAY_DIFFERENTIAL ?? 0);
const SEED = Number(process.env.LEEWAY_SEED ?? 6);
/** Who waits for the end of what never ends, waits for ever. */
const IMPATIENT = ['cancel', 'nothing'];
const TYPES = [
  'application/json',
  'application/json',
  'text/plain',
  'application/x-www-form-urlencoded',
  undefined,
];

/** Gives the same requests to a handler with and without leeway, and expects both sides to see the same. */
export function describeInProcess(
  name: string,
  variants: readonly InProcessVariant[],
  calls: number,
): void {
  describe(name, () => {
    it.each(variants.map((variant) => [variant.name, variant] as const))(
      'sees and answers the same as without leeway: %s',
      async (_name, variant) => {
        const bare = variant.make(false);
        const watched = variant.make(true);
        const random = seededRandom(SEED);
        // The long form asks for every path, and as often as it is told for any.
        const all = CALLS > 0 ? variant.paths : [];
        const some = Array.from({ length: CALLS || calls }, () => pick(random, variant.paths));
        for (const path of [...all, ...some]) {
          const call = oneCall(random, path);
          const expected = await seen(bare, call);
          const got = await seen(watched, call);
          expect(got, JSON.stringify(call)).toEqual(expected);
        }
        const { drift } = watched;
        const { recorded, undecodable, errors } = (drift as Drift).status().counters;
        expect(recorded + undecodable, 'it is watched indeed').toBeGreaterThan(0);
        expect(errors).toBe(0);
        await drift?.close();
      },
    );
  });
}

interface Call {
  readonly path: string;
  readonly use: string;
  readonly method: string;
  readonly type: string | undefined;
  readonly body: string | undefined;
  readonly streamed: boolean;
  readonly abort: boolean;
}

function oneCall(random: Random, path: string): Call {
  const use = pick(random, /endless/i.test(path) ? IMPATIENT : Object.keys(CONSUMERS));
  const method = pick(random, ['POST', 'POST', 'POST', 'PUT', 'GET', 'HEAD']);
  const bodiless = method === 'GET' || method === 'HEAD' || random() < 0.1;
  const body = bodiless ? undefined : jsonBody(random);
  return {
    path,
    use,
    method,
    type: pick(random, TYPES),
    body,
    streamed: random() < 0.3,
    abort: random() < 0.05,
  };
}

function requestOf({ path, method, type, body, streamed }: Call, signal: AbortSignal): Request {
  const pieces =
    body === undefined ? [] : [body.slice(0, 5), body.slice(5)].filter((piece) => piece !== '');
  const stream = new ReadableStream({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  const content = body === undefined ? {} : { body: streamed ? stream : body };
  const headers = { 'x-request-id': 'r-1', ...(type !== undefined && { 'content-type': type }) };
  return new Request(`http://host${path}`, {
    method,
    headers,
    signal,
    ...content,
    duplex: 'half',
  } as RequestInit);
}

async function seen(host: InProcessHost, call: Call): Promise<string[]> {
  const entries: string[] = [];
  const log: Log = (entry) => entries.push(entry);
  const aborting = new AbortController();
  const request = requestOf(call, aborting.signal);
  try {
    const given = host.call(request, log);
    log(`at once a ${given instanceof Promise ? 'promise' : typeof given}`);
    if (call.abort) aborting.abort(new Error('the client went away'));
    const response = await given;
    log(`request used ${request.bodyUsed}, locked ${request.body?.locked}`);
    if (response instanceof Response) await look(response, call, log);
    else log(`answered ${String(response)}`);
  } catch (error) {
    log(`threw ${String(error)}`);
  }
  // What sources hear of the end of their streams, they hear within a few turns.
  await turns(5);
  return entries;
}

async function look(response: Response, call: Call, log: Log): Promise<void> {
  const { status, statusText, type, url, redirected, ok, bodyUsed } = response;
  log(
    JSON.stringify({
      status,
      statusText,
      type,
      url,
      redirected,
      ok,
      bodyUsed,
      headers: [...response.headers],
    }),
  );
  log(`body ${response.body === null ? 'none' : `locked ${response.body.locked}`}`);
  try {
    await (CONSUMERS[call.use] as (typeof CONSUMERS)[string])(response, log);
  } catch (error) {
    log(`reading threw ${String(error)}`);
  }
  log(`used ${response.bodyUsed}, locked ${response.body?.locked}`);
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Bytes that come piece by piece, and what their source hears. */
export function pieces(
  log: Log,
  texts: readonly string[],
  end: 'close' | 'error' | 'never' = 'close',
): ReadableStream {
  let next = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await new Promise((resolve) => setImmediate(resolve));
        const text = texts[next];
        next += 1;
        if (text !== undefined) controller.enqueue(new TextEncoder().encode(text));
        else if (end === 'close') controller.close();
        else if (end === 'error') controller.error(new Error('the source broke'));
      },
      cancel: (reason) => log(`source cancelled: ${String(reason)}`),
    },
    { highWaterMark: 0 },
  );
}
