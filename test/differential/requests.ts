import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Random } from '../../src/leaves/random.js';
import type { RawRequest } from './wire.js';

/** What the generator may ask of a host. */
export interface RequestSpace {
  /** Paths, with whatever query they take. */
  readonly paths: readonly string[];
  readonly methods?: readonly string[];
}

export const pick = <T>(random: Random, choices: readonly T[]): T =>
  choices[Math.floor(random() * choices.length)] as T;
const chance = (random: Random, share: number): boolean => random() < share;

export function jsonBody(random: Random): string {
  const rows = Math.floor(random() * 4);
  const value = (): unknown =>
    pick<unknown>(random, [
      1,
      -2.5,
      'Zürich',
      '',
      null,
      true,
      [1, 2],
      { inner: { deep: 1 } },
      '\u2028',
      1e300,
    ]);
  const row = (): object => ({
    x: Math.floor(random() * 100),
    city: value(),
    [`f${Math.floor(random() * 3)}`]: value(),
  });
  return pick(random, [
    () => JSON.stringify(row()),
    () => JSON.stringify({ instances: Array.from({ length: rows }, row) }),
    () => JSON.stringify([[1, 2, 3]]),
    () =>
      JSON.stringify({ inputs: [{ name: 'a', shape: [1, 2], datatype: 'FP32', data: [1, 2] }] }),
    () =>
      JSON.stringify({
        messages: [{ role: 'user', content: 'hi' }],
        model: 'm',
        stream: chance(random, 0.5),
      }),
    () => JSON.stringify({ input: 'text', model: 'm' }),
    () => JSON.stringify({ dataframe_split: { columns: ['a'], data: [[1], [2]] } }),
    () => `{"x": ${'9'.repeat(Math.floor(random() * 40) + 1)}}`,
    () => JSON.stringify({ x: 1, pad: 'p'.repeat(Math.floor(random() * 200_000)) }),
    () => '{"x":',
    () => '{"x": NaN}',
    () => '',
    () => 'null',
    () => '"text"',
    () => '{"__proto__":{"x":1},"x":1}',
    () => '[]',
    () => '{}',
  ])();
}

const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'text/plain',
  'text/csv',
  'application/octet-stream',
];
const ENCODERS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const;

/** Cuts bytes into a few pieces at random places. */
function cut(random: Random, bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let from = 0;
  const count = 1 + Math.floor(random() * 3);
  for (let piece = 1; piece < count; piece += 1) {
    const to = from + Math.floor(random() * (bytes.length - from));
    if (to > from) pieces.push(bytes.subarray(from, to));
    from = Math.max(from, to);
  }
  pieces.push(bytes.subarray(from));
  return pieces;
}

/** One request as bytes, head and body framed somehow. */
function oneRequest(
  random: Random,
  space: RequestSpace,
  last: boolean,
): { text: string; bytes: Buffer } {
  const path = pick(random, space.paths);
  const method = pick(
    random,
    space.methods ?? ['POST', 'POST', 'POST', 'POST', 'PUT', 'GET', 'HEAD', 'OPTIONS', 'DELETE'],
  );
  const bodiless = method === 'GET' || method === 'HEAD';
  let body = bodiless ? Buffer.alloc(0) : Buffer.from(jsonBody(random));
  const headers = ['Host: test'];
  if (!bodiless && chance(random, 0.9))
    headers.push(`Content-Type: ${pick(random, TYPES.slice(0, chance(random, 0.8) ? 2 : 5))}`);
  if (!bodiless && chance(random, 0.15)) {
    const encoding = pick(random, Object.keys(ENCODERS) as (keyof typeof ENCODERS)[]);
    body = ENCODERS[encoding](body);
    headers.push(`Content-Encoding: ${encoding}`);
  }
  if (chance(random, 0.4))
    headers.push(
      `Accept-Encoding: ${pick(random, ['gzip', 'br', 'deflate', 'identity', 'gzip, br'])}`,
    );
  if (chance(random, 0.2)) headers.push(`X-Request-Id: r-${Math.floor(random() * 1e6)}`);
  if (chance(random, 0.1)) headers.push('If-None-Match: *');
  if (chance(random, 0.1)) headers.push('TE: trailers');
  if (last) headers.push('Connection: close');
  if (!bodiless && chance(random, 0.05)) headers.push('Expect: 100-continue');
  let framed = body;
  if (!bodiless || body.length > 0) {
    if (chance(random, 0.3)) {
      headers.push('Transfer-Encoding: chunked');
      const chunks = cut(random, body).filter((chunk) => chunk.length > 0);
      const lines = chunks.flatMap((chunk) => [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n']);
      framed = Buffer.concat(
        [...lines, '0\r\n\r\n'].map((line) =>
          typeof line === 'string' ? Buffer.from(line) : line,
        ),
      );
    } else headers.push(`Content-Length: ${body.length}`);
  }
  const version = chance(random, 0.05) ? '1.0' : '1.1';
  const head = `${method} ${path} HTTP/${version}\r\n${headers.join('\r\n')}\r\n\r\n`;
  return {
    text: `${method} ${path} ${headers.join(' | ')} ${body.toString('latin1').slice(0, 80)}`,
    bytes: Buffer.concat([Buffer.from(head), framed]),
  };
}

/** One connection: a request, several one after the other or pipelined, or one that the client walks away from. */
export function randomConnection(random: Random, space: RequestSpace): RawRequest {
  const count = chance(random, 0.25) ? 2 + Math.floor(random() * 3) : 1;
  const requests = Array.from({ length: count }, (_, index) =>
    oneRequest(random, space, index === count - 1),
  );
  const label = requests.map(({ text }) => text).join(' THEN ');
  const bytes = Buffer.concat(requests.map((request) => request.bytes));
  if (chance(random, 0.08)) {
    const sent = bytes.subarray(0, Math.floor(random() * bytes.length));
    return {
      label: `${label} (aborted)`,
      pieces: [chance(random, 0.5) ? sent : bytes],
      hangUpAfter: chance(random, 0.5) ? 0 : 40,
    };
  }
  return { label, pieces: chance(random, 0.5) ? [bytes] : cut(random, bytes) };
}
