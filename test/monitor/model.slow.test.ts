import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeewayError } from '../../src/leaves/errors.js';
import { resolveDriftOptions } from '../../src/service/resolved-options.js';
import { Tracker } from '../../src/service/tracker.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const replica = fc.constantFrom(0 as const, 1 as const);
const step = fc.oneof(
  fc.record({
    do: fc.constant('record' as const),
    replica,
    rows: fc.integer({ min: 1, max: 30 }),
    version: fc.constantFrom(undefined, 'v1', 'v2', '', '__proto__'),
  }),
  fc.record({
    do: fc.constantFrom(
      'capture',
      'judge',
      'snapshot',
      'pin',
      'unpin',
      'accept',
      'reject',
      'clear',
    ),
    replica,
  }),
);

describe('a monitor of two replicas', () => {
  it('puts every row into one snapshot, numbers them 0, 1, 2 …, and refuses by documented errors alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const clock = fakeClock(Date.UTC(2026, 0, 5));
        const store = memoryStore({ clock });
        const options = resolveDriftOptions({
          experiment: 'shop',
          model: 'price',
          schedule: false,
          minRows: 10,
          store,
          onError: () => undefined,
          onAlert: () => undefined,
        });
        const trackers = [
          new Tracker(options, { clock }),
          new Tracker(options, { clock }),
        ] as const;
        const monitors = trackers.map((tracker) => tracker.monitors.of('price'));
        const flush = () => Promise.all(trackers.map((tracker) => tracker.flush()));
        let sent = 0;
        for (const [place, now] of steps.entries()) {
          const monitor = monitors[now.replica] as (typeof monitors)[0];
          if ('rows' in now) {
            for (let row = 0; row < now.rows; row += 1) {
              trackers[now.replica].pipeline.accept({
                model: 'price',
                at: clock.now(),
                latencyMs: 1,
                status: 200,
                requestId: null,
                parent: null,
                bytes: 9,
                X: { names: ['a'], rows: [[(place * 31 + row * 7) % 17]] },
                Y: { names: ['p'], rows: [[row % 3]] },
                version: now.version,
              });
            }
            sent += now.rows;
            continue;
          }
          await flush();
          try {
            if (now.do === 'capture') await monitor.capture();
            else if (now.do === 'judge') await monitor.capture({ snapshot: false });
            else if (now.do === 'snapshot') await monitor.snapshot();
            else if (now.do === 'pin') await monitor.pin(-1);
            else if (now.do === 'unpin') await monitor.unpin();
            else if (now.do === 'clear') {
              await monitor.clear({ force: true });
              sent = 0;
            } else {
              const [proposal] = await monitor.proposals();
              if (proposal !== undefined) await monitor[now.do as 'accept' | 'reject'](proposal.id);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(LeewayError);
          }
          monitor.status();
          clock.jump(60_000);
        }
        await flush();
        for (const monitor of monitors) {
          const snapshots = await monitor.data();
          expect(snapshots.map(({ seq }) => seq)).toEqual(snapshots.map((_, seq) => seq));
          const cut = snapshots.reduce((sum, { rows }) => sum + rows, 0);
          expect(cut + (await monitor.pendingRows())).toBe(sent);
        }
        expect(await monitors[0]?.proposals()).toEqual(await monitors[1]?.proposals());
        await Promise.all(trackers.map((tracker) => tracker.close(1_000)));
      }),
      { seed: 8, numRuns: 200 },
    );
  });
});
