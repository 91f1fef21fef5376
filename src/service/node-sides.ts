import type { Incoming, Outgoing } from '../watch/tap.js';

/** The objects of `node:http` under a request. */
export interface NodeSides {
  readonly incoming:
    | (Incoming & { readonly headers: Record<string, string | string[] | undefined> })
    | undefined;
  readonly outgoing: Outgoing | undefined;
}

/** What `@hono/node-server` hands down beside a Request; nothing on other runtimes. */
export function nodeSides(env: unknown): NodeSides {
  const { incoming, outgoing } = (env ?? {}) as {
    incoming?: NodeSides['incoming'];
    outgoing?: Outgoing;
  };
  const isResponse = typeof outgoing?.end === 'function' && typeof outgoing.write === 'function';
  const isRequest = typeof incoming?.push === 'function';
  return {
    incoming: isRequest ? incoming : undefined,
    outgoing: isResponse ? outgoing : undefined,
  };
}
