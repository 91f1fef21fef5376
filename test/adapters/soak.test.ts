import { expect, it } from 'vitest';
import type { Interception } from '../../src/intercept/interception.js';
import { Service } from '../../src/service/service.js';

/** 10⁶ calls with `LEEWAY_SOAK=1000000`. */
const CALLS = Number(process.env.LEEWAY_SOAK ?? 20_000);

it('keeps nothing of a call that is over', { timeout: 600_000 }, async () => {
  const service = new Service({
    ...{ experiment: 'soak', model: 'm', match: 'POST /predict', store: 'memory:', schedule: false },
    budget: { rowsPerSecond: 10 },
  });
  const over: WeakRef<Interception>[] = [];
  const outgoing = { statusCode: 200, writableFinished: true, getHeader: () => undefined, write: () => true };
  for (let each = 0; each < CALLS; each += 1) {
    const headers = { 'content-type': 'application/json', 'x-request-id': `r-${each}` };
    const call = service.follow({ method: 'POST', path: '/predict', headers }, () => undefined) as Interception;
    // Every way that a call can end.
    if (each % 5 !== 4) call.request({ x: each, city: `c-${each % 7}` });
    if (each % 5 === 1) call.abort();
    else if (each % 5 === 2) call.end(500);
    else {
      call.answer('{"prediction":1}');
      call.answered({ ...outgoing, end: () => undefined, once: () => undefined });
    }
    if (each % 100 === 0) over.push(new WeakRef(call));
    if (each % 2_000 === 0) await service.flush();
  }
  await service.flush();
  const { counters } = service.status();
  expect([counters.requests, counters.errors]).toEqual([CALLS, 0]);
  const { recorded, aborted, unsuccessful, undecodable, bypassed } = counters;
  expect(recorded + aborted + unsuccessful + undecodable + bypassed).toBe(CALLS);
  await collected();
  expect(over.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(3);
  await service.close();
});

/** WeakRefs let go at the end of a turn, once the collector ran. */
async function collected(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
}
