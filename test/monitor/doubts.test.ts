import { expect, it } from 'vitest';
import { Service } from '../../src/service/request-service.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

const open = (options = {}) => {
  const clock = fakeClock();
  const service = new Service(
    {
      experiment: 'e',
      model: 'm',
      store: memoryStore({ clock }),
      schedule: false,
      minRows: 50,
      ...options,
    },
    { clock },
  );
  const send = (row: (i: number) => object): void => {
    for (let i = 0; i < 200; i += 1) service.record({ X: [row(i)], Y: [1] });
  };
  return { service, send, monitor: service.monitor() };
};

it('says in reasons which columns look like numbers and are none, without a value', async () => {
  const { service, send, monitor } = open();
  const row = (i: number) => ({ weight: `${(i * 7919) % 1000} kg`, n: i % 9 });
  for (let window = 0; window < 3; window += 1) send(row);
  await monitor.capture();
  send(row);
  await monitor.capture();
  const { reasons } = service.status();
  expect(reasons.join()).toContain(
    "X_weight: 200 values look like numbers and can't be read as such",
  );
  expect(reasons.join()).not.toContain(' kg');
  await service.close();
});

it('reads requests as the baseline was read: dates by its order, numbers by its commas, words as missing', async () => {
  const date = (i: number, month: number) =>
    `${String(1 + (i % 28)).padStart(2, '0')}/0${month}/2026`;
  const baseline = Array.from({ length: 300 }, (_, i) => ({
    at: date(i, 1),
    price: `${i},5`,
    country: ['NA', 'DE', 'FR'][i % 3],
  }));
  const { service, send, monitor } = open({ baseline, missing: [''] });
  send((i) => ({
    at: date(i % 9, 2),
    price: i % 2 ? `${i},5` : '1,234',
    country: ['NA', 'DE', 'FR'][i % 3],
  }));
  await monitor.snapshot();
  const stats = await monitor.compare({ seq: 'baseline' });
  expect(stats.baseline('X_at').type).toBe('timestamp');
  expect(stats.drifted).not.toContain('X_at');
  expect(stats.select({ column: 'X_price', statistic: 'type' })[0]?.current).toBe(0);
  expect(stats.current('X_country').profile.items.countOf('NA')).toBeGreaterThan(0);
  await service.close();
});

it('takes columns of a snapshot with all that lies in them', async () => {
  const { service, monitor } = open();
  const X = Array.from({ length: 60 }, (_, i) => ({
    user: { age: i, home: { city: 'x' } },
    other: 1,
    list: [1, [2, 3]],
  }));
  const names = async (query: object) =>
    (await monitor.snapshot({ X, logged: false, ...query })).columnNames;
  expect(await names({ columns: ['user'] })).toEqual(['X_user.age', 'X_user.home.city']);
  expect(await names({ columns: ['X_user.age', '*ther'] })).toEqual(['X_user.age', 'X_other']);
  await expect(names({ columns: ['usr'] })).rejects.toThrow('"usr"');
  const lists = await monitor.snapshot({
    X: [
      [1, [2, 3]],
      [4, [5, 6]],
    ],
    logged: false,
  });
  expect(lists.columnNames).toEqual(['X_0', 'X_1', 'X_2']);
  await service.close();
});
