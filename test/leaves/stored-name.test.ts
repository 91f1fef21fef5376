import { describe, expect, it } from 'vitest';
import { storedName } from '../../src/leaves/stored-name.js';
import { Service } from '../../src/service/request-service.js';

describe('storedName', () => {
  it.each([
    ['plain', 10, 'plain'],
    ['abcdef', 3, 'abc'],
    ['ab\u{1f600}', 3, 'ab'],
    ['ab\u{1f600}', 4, 'ab\u{1f600}'],
    ['a\ud83d', 10, 'a\ufffd'],
    ['\udc00', 10, '\ufffd'],
    ['', 3, ''],
  ])('%j in %d units is %j', (name, most, stored) => {
    expect(storedName(name, most)).toBe(stored);
    expect(storedName(name, most).isWellFormed()).toBe(true);
  });
});

it('makes names of models, versions, columns and segments well-formed on their way in', async () => {
  const service = new Service({
    experiment: 'e',
    store: 'memory:',
    schedule: false,
    match: 'POST /p',
    model: () => 'm\ud83d',
    version: () => `${'v'.repeat(127)}\u{1f600}`,
    segments: ['X_city'],
    baseline: [{ a: 1, city: 'x' }],
    minRows: 1,
  });
  const call = service.follow({ method: 'POST', path: '/p', headers: {} }, () => undefined);
  call?.request({ city: 'Z\ud83d', 'b\udc00': 1 });
  call?.answer('{"y":1}');
  call?.end(200);
  await service.flush();
  expect(service.status().models.map(({ model }) => model)).toEqual(['m\ufffd']);
  const [row] = (await service.experiment.data({ event: 'predict' })).rows;
  expect(row?.key.isWellFormed()).toBe(true);
  const value = row?.value as { X: object[]; version: string };
  expect(value.version.isWellFormed()).toBe(true);
  expect(Object.keys(value.X[0] ?? {}).every((name) => name.isWellFormed())).toBe(true);
  await service.monitor('m\ud83d').snapshot();
  const snapshot = await service.monitor('m\ud83d').baseline();
  for (const name of snapshot?.segments.keys() ?? []) expect(name.isWellFormed()).toBe(true);
  await service.close();
});
