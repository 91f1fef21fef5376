import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/leaves/random.js';
import type { Drift } from '../../src/service/middleware-controls.js';
import type { DriftOptions } from '../../src/service/options.js';
import { type RequestSpace, randomConnection } from './requests.js';
import { exchange, type RawRequest } from './wire.js';

/** A server under test, bare or watched. */
export interface Host {
  readonly port: number;
  readonly drift?: Drift;
  close(): Promise<void>;
}

/** How a host is built. */
export interface Variant {
  readonly name: string;
  /** @param options leeway's, or none for the bare host. */
  start(options: DriftOptions | undefined): Promise<Host>;
}

/** The long form, thousands of connections to each variant, is asked for by this. */
const CONNECTIONS = Number(process.env.LEEWAY_DIFFERENTIAL ?? 0);
const ATTEMPTS = 24;
const SEED = Number(process.env.LEEWAY_SEED ?? 6);

export const EVERYTHING: DriftOptions = {
  experiment: 'differential',
  model: 'm',
  match: (_method, path) => !path.startsWith('/unwatched'),
  store: 'memory:',
  schedule: false,
  onError: () => undefined,
};

/** Sends the same bytes to a host with and without leeway, and expects the same bytes back. */
export function describeDifferential(
  name: string,
  space: RequestSpace,
  variants: readonly Variant[],
  {
    connections,
    always = [],
  }: { readonly connections: number; readonly always?: readonly RawRequest[] },
): void {
  describe(name, () => {
    for (const variant of variants) {
      it(`answers byte for byte as without leeway: ${variant.name}`, async () => {
        const bare = await variant.start(undefined);
        const watched = await variant.start(EVERYTHING);
        try {
          const random = seededRandom(SEED);
          const generated = Array.from({ length: CONNECTIONS || connections }, () =>
            randomConnection(random, space),
          );
          for (const request of [...always, ...generated]) {
            const [expected, got] = await bothAnswers(bare, watched, request);
            if (got !== expected) expect(got, request.label).toBe(expected);
          }
          const { counters } = (watched.drift as Drift).status();
          expect(counters.recorded, 'it is watched indeed').toBeGreaterThan(0);
          expect(counters.errors).toBe(0);
        } finally {
          await watched.drift?.close();
          await Promise.all([bare.close(), watched.close()]);
        }
      });
    }
  });
}

/**
 * How a body is cut into chunks, and what a cut connection still got, hang on how the network cuts what is sent. So where
 * two answers differ, the bare host is its own control: it is asked again, under the same load, until it has answered
 * just what the watched host did. What it never answers is ours.
 */
async function bothAnswers(
  bare: Host,
  watched: Host,
  request: RawRequest,
): Promise<[expected: string, got: string]> {
  const [expected, got] = await Promise.all([
    exchange(bare.port, request),
    exchange(watched.port, request),
  ]);
  if (got === expected) return [expected, got];
  for (let attempt = 1; attempt < ATTEMPTS; attempt += 1) {
    const [again] = await Promise.all([
      exchange(bare.port, request),
      exchange(watched.port, request),
    ]);
    if (again === got) return [again, got];
  }
  return [expected, got];
}
