import { expect, it } from 'vitest';
import type { UnusualCall } from '../../src/record/usual-inputs.js';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const BASELINE = Array.from({ length: 200 }, (_, row) => ({
  age: row % 80,
  city: ['Bern', 'Basel'][row % 2] as string,
}));

function watch(options: Partial<DriftOptions>) {
  const told: UnusualCall[] = [];
  const errors: unknown[] = [];
  const clock = fakeClock();
  const service = new Service(
    {
      experiment: 'e',
      model: 'm',
      store: 'memory:',
      schedule: false,
      onError: (error) => errors.push(error),
      onUnusual: (call) => told.push(call),
      ...options,
    },
    { clock },
  );
  return { told, errors, clock, service };
}

const record = (service: Service, ...X: object[]): void =>
  service.record({ X, Y: X.map(() => 1), id: 'r-1' });

it('tells of inputs that are outside of what the baseline knows, of every row of a call', async () => {
  const { told, service } = watch({ baseline: BASELINE, budget: { rowsPerSecond: 1 } });
  record(service, { age: 0, city: 'Bern' }, { age: 79, city: 'Basel' }, { age: null, city: null });
  record(
    service,
    { age: 30, city: 'Bern' },
    { age: -1, city: 'Bern' },
    { age: 79.5, city: 'Ur' },
    { age: 'x', new: 1 },
  );
  await expect.poll(() => told).toHaveLength(1);
  expect(told).toEqual([
    {
      model: 'm',
      requestId: 'r-1',
      status: 0,
      count: 3,
      inputs: [
        { column: 'X_age', row: 1, value: -1, why: 'below' },
        { column: 'X_age', row: 2, value: 79.5, why: 'above' },
        { column: 'X_city', row: 2, value: 'Ur', why: 'unseen' },
      ],
    },
  ]);
  record(service, ...Array.from({ length: 50 }, () => ({ age: 99, city: 'Bern' })));
  expect([told[1]?.inputs.length, told[1]?.count]).toEqual([20, 50]);
  await service.close();
});

it('begins when a first baseline is there', async () => {
  const { told, clock, service } = watch({});
  record(service, ...BASELINE);
  record(service, { age: 99, city: 'Bern' });
  await service.monitor().snapshot();
  record(service, { age: 100, city: 'Bern' });
  expect(told).toEqual([]);
  await clock.advance(60_000);
  await expect
    .poll(() => {
      record(service, { age: 100, city: 'Bern' });
      return told[0];
    })
    .toMatchObject({ inputs: [{ column: 'X_age', value: 100, why: 'above' }] });
  await service.close();
});

it.each([
  [
    'throws',
    () => {
      throw new Error('theirs');
    },
  ],
  ['rejects', () => Promise.reject(new Error('theirs'))],
])('counts a callback that %s, and records the call', async (_name, onUnusual) => {
  const { errors, service } = watch({ baseline: BASELINE, onUnusual });
  record(service, { age: 99, city: 'Bern' });
  await service.flush();
  await expect.poll(() => errors).toHaveLength(1);
  expect([
    errors.length,
    service.status().counters.errors,
    service.status().counters.recorded,
  ]).toEqual([1, 1, 1]);
  await service.close();
});
