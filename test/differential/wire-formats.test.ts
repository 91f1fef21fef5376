import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { driftMiddleware } from '../../adapters/node.js';
import { seededRandom } from '../../src/leaves/random.js';
import { CASES } from './wire-cases.js';
import * as readings from './wire-reading.js';

/** Rows of a second that are not sampled must fit into memory, whatever their columns: so many calls at a time. */
const CALLS = 250;
const TIMES = Math.ceil((Number(process.env.LEEWAY_DIFFERENTIAL ?? 0) || CALLS) / CALLS);
const SEED = Number(process.env.LEEWAY_SEED ?? 6);

type Table = readonly Readonly<Record<string, unknown>>[];
type Recorded = { readonly X: Table; readonly Y: Table };

/** What a server records of calls, by their places. */
async function recorded(calls: readonly readings.WireCall[]): Promise<Map<number, Recorded>> {
  const options = { experiment: 'wire', store: 'memory:', budget: { rowsPerSecond: 1e6 } } as const;
  const drift = driftMiddleware({
    ...options,
    model: 'm',
    schedule: false,
    onInfo: () => undefined,
  });
  const server = createServer(
    drift((req, res) => {
      const { answer, answerHeaders } = calls[
        Number(req.headers['x-request-id'])
      ] as readings.WireCall;
      req.resume().on('end', () => res.writeHead(200, answerHeaders).end(answer));
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  for (const [place, { method, path, headers, body }] of calls.entries()) {
    await new Promise((resolve) => {
      const given = { ...headers, 'x-request-id': String(place) };
      request({ port, agent, method, path, headers: given }, (res) =>
        res.resume().on('end', resolve),
      ).end(body);
    });
  }
  agent.destroy();
  await new Promise((resolve) => server.close(resolve));
  await drift.flush();
  const { rows } = await drift.experiment.data({ event: 'predict' });
  const { counters } = drift.status();
  expect(counters.recorded + counters.undecodable, 'each call is in one place').toBe(calls.length);
  expect([counters.errors, counters.recorded]).toEqual([0, rows.length]);
  await drift.close();
  const values = rows.map(({ value }) => value as Recorded & { readonly requestId: string });
  return new Map(values.map((value) => [Number(value.requestId), value]));
}

/** The log holds null, and NaN of bytes, where a row says nothing. */
const said = (table: Table): readings.Row[] =>
  table.map(
    (row) =>
      new Map(Object.entries(row).filter(([, value]) => value !== null && !Number.isNaN(value))),
  ) as never;
// In a column that holds texts too, −0 is 0.
const plain = (rows: readonly readings.Row[]) =>
  rows.map((row) => new Map([...row].map(([name, value]) => [name, unsigned(value)])));
const unsigned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(unsigned);
  return value === 0 ? 0 : value;
};

function expected(read: readings.Reading, call: readings.WireCall) {
  try {
    const { X, Y } = read(call);
    return X.length === Y.length && X.length > 0 ? { X, Y } : undefined;
  } catch (error) {
    if (error instanceof readings.Unread) return undefined;
    throw error;
  }
}

function compare(
  call: readings.WireCall,
  wanted: ReturnType<typeof expected>,
  got: Recorded | undefined,
): void {
  const shown = `${call.body.toString().slice(0, 500)} → ${call.answer.toString().slice(0, 500)}`;
  expect(got === undefined ? 'refused' : 'recorded', shown).toBe(
    wanted === undefined ? 'refused' : 'recorded',
  );
  if (wanted === undefined || got === undefined) return;
  expect(plain(said(got.X)), shown).toEqual(plain(wanted.X));
  expect(plain(said(got.Y)), shown).toEqual(plain(wanted.Y));
}

describe('what is recorded of a wire format', () => {
  it.each(Object.keys(CASES))(
    'is X as it was sent and Y as it was answered, by a second reading: %s',
    async (format) => {
      const random = seededRandom(SEED);
      const read = (readings as unknown as Record<string, readings.Reading>)[
        format
      ] as readings.Reading;
      for (let time = 0; time < TIMES; time += 1) {
        const calls = Array.from({ length: CALLS }, () =>
          (CASES[format] as (typeof CASES)[string])(random),
        );
        const seen = await recorded(calls);
        for (const [place, call] of calls.entries())
          compare(call, expected(read, call), seen.get(place));
        expect(seen.size).toBeGreaterThan(CALLS / 3);
      }
    },
  );
});
