import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { driftMiddleware } from '../../adapters/node.js';
import { EVERYTHING } from './describe-differential.js';

const several = <T>(count: number, each: (place: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => each(at));
const deep = (open: string, close: string): string => `${open.repeat(1e4)}1${close.repeat(1e4)}`;
const wide = (count: number, prefix: string): string =>
  JSON.stringify(Object.fromEntries(several(count, (place) => [prefix + place, place])));
const INHERITED = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toJSON',
  'then',
  'length',
  'valueOf',
];
const ODD = [
  '',
  '.',
  '\u0000',
  '\r\n',
  '\u001b[31m',
  '\ud800',
  '\u202e',
  '<script>',
  'X_a',
  'n'.repeat(1e6),
];

/** What comes as a request is answered as a response, too. */
const BODIES: Readonly<Record<string, readonly string[]>> = {
  'many names': [wide(1e5, 'n'), ...several(20, (call) => wide(1_000, `k${call}_`))],
  'deep nesting': [
    deep('[', ']'),
    deep('{"a":', '}'),
    `{"a":${deep('[', ']')}}`,
    `[[${deep('{"a":', '}')}]]`,
  ],
  'many cells': [
    JSON.stringify(several(1e6, () => 1)),
    JSON.stringify({ rows: several(1e3, () => several(1_001, () => 1)) }),
  ],
  'inherited names': INHERITED.flatMap((name) => [
    `{"${name}":1}`,
    `[{"${name}":{"${name}":[1]}},{"a":{"b":2}}]`,
    `{"inputs":{"${name}":[1,2]},"outputs":{"${name}":[1,2]}}`,
    `{"columns":["${name}"],"data":{"${name}":{"${name}":1}},"result":[1]}`,
    `{"inputs":[{"name":"${name}","shape":[1],"datatype":"${name}","data":[1]}],"outputs":[{"name":"${name}"}]}`,
  ]),
  'odd names': ODD.map((name) =>
    JSON.stringify({ [name]: 1, inner: { [name]: name.slice(0, 9) } }),
  ),
  'many categories': several(50, (call) =>
    JSON.stringify({ rows: several(200, (row) => ({ c: `${call} ${row}` })) }),
  ),
  'odd numbers': [
    '{"a":1e400,"b":-1e400,"c":-0,"d":"1e400","e":1,"e":"two"}',
    '{"a":NaN,"b":-Infinity}',
    `{"a":${'9'.repeat(999)}}`,
  ],
  'mixed rows': [
    '[{"a":1},{"b":2},{"a":"x"},{"a":[1]},{"a":{"b":1}}]',
    '[[1],[1,2],[],["x"],[[1]]]',
    '[1,"x",[2],{"a":3},null]',
  ],
  'no JSON': ['', '{', '[1,,2]', '{"a":1,}', '\u0000', '{"a":1}{"b":2}', '\ufeff', 'a,b\n1,2'],
};

it('answers whatever comes unchanged, has each call in one place, and never errs', async () => {
  const drift = driftMiddleware({ ...EVERYTHING, limits: { bytes: 16 * 2 ** 20 } });
  const server = createServer(
    drift((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk) => chunks.push(chunk)).on('end', () => res.end(Buffer.concat(chunks)));
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/predict`;
  let sent = 0;
  for (const [name, bodies] of Object.entries(BODIES)) {
    for (const body of bodies) {
      const headers = { 'content-type': 'application/json' };
      const answer = Buffer.from(
        await (await fetch(url, { method: 'POST', headers, body })).arrayBuffer(),
      );
      expect(answer.equals(Buffer.from(body)), name).toBe(true);
      sent += 1;
    }
  }
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await drift.monitor('m').snapshot();
  const {
    requests,
    recorded,
    undecodable,
    bypassed,
    droppedCalls,
    rows,
    droppedRows,
    droppedColumns,
    errors,
  } = drift.status().counters;
  expect([requests, recorded + undecodable + bypassed + droppedCalls, errors]).toEqual([
    sent,
    sent,
    0,
  ]);
  expect(droppedColumns).toBeGreaterThan(0);
  const [snapshot] = (await drift.experiment.data({ event: 'snapshot' })).rows;
  expect((snapshot!.value as { readonly rows: number }).rows + droppedRows, 'no row is lost').toBe(
    rows,
  );
  await drift.close();
});
