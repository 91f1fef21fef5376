import { afterEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.js';
import { callback } from '../../src/alert/sinks/callback.js';
import { seededRandom } from '../../src/leaves/random.js';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const services: Service[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});

function start(options: Partial<DriftOptions>): Service {
  const clock = fakeClock();
  const service = new Service(
    { experiment: 'e', store: memoryStore({ clock }), ...options },
    { clock },
  );
  services.push(service);
  return service;
}

const random = seededRandom(3);
const baselineOf = (shift: number) =>
  Array.from({ length: 1_000 }, () => ({ X_a: random() + shift, Y_p: random() }));
function send(service: Service, model: string, shift: number): void {
  for (let call = 0; call < 400; call += 1) {
    service.record({ model, X: [{ a: random() + shift }], Y: [{ p: random() }] });
  }
}

describe('models with their own', () => {
  it('baseline, schedule and rules are watched by them, the others by those for all', async () => {
    const told: string[] = [];
    const sink = (name: string) =>
      callback((alert: Alert) => told.push(`${name} ${alert.model}`), name);
    const service = start({
      baseline: baselineOf(0),
      schedule: 'daily',
      onAlert: (alert) => told.push(`all ${alert.model}`),
      models: {
        low: { match: 'POST /low' },
        high: {
          match: 'POST /high',
          baseline: baselineOf(5),
          schedule: 'hourly',
          rules: [{ notify: [sink('pager')] }],
        },
        hand: { match: 'POST /hand', schedule: false },
      },
    });
    const [low, high, hand] = ['low', 'high', 'hand'].map((model) => service.monitor(model));
    for (const model of ['low', 'high']) send(service, model, 0);
    expect((await low?.capture())?.drift).toBe(false);
    // What is calm for one is drift for the other, whose baseline is elsewhere.
    expect((await high?.capture())?.drift).toBe(true);
    send(service, 'low', 5);
    send(service, 'high', 5);
    expect((await low?.capture())?.drift).toBe(true);
    expect((await high?.capture())?.drift).toBe(false);
    expect(told).toEqual(['pager high', 'all low']);
    const next = [low, high].map((monitor) =>
      new Date(monitor?.job.status().next ?? 0).toISOString().slice(11, 16),
    );
    expect(next).toEqual(['00:00', '13:00']);
    expect(hand?.job.status()).toMatchObject({ active: false, next: null });
    const jobs = await service.experiment.jobs();
    expect(jobs.map(({ model, schedule, options }) => [model, schedule, options.baseline])).toEqual(
      [
        ['high', 'hourly', 'pinned'],
        ['low', 'daily', 'pinned'],
      ],
    );
  });

  it.each<[Partial<DriftOptions>, RegExp]>([
    [
      { models: { m: { match: 'POST /m', rules: [{ above: 2 }] } } },
      /above must be between 0 and 1/,
    ],
    [{ models: { m: { match: 'POST /m', schedule: 'dayly' } } }, /schedule must be/],
    [{ models: { m: { match: 'POST /m', baseline: 5 as never } } }, /models\.m\.baseline must be/],
    [{ models: { m: { match: 'POST /m', shedule: 'daily' } as never } }, /did you mean "schedule"/],
  ])('refuses %j', (options, message) => {
    expect(() => start(options)).toThrow(message);
  });
});
