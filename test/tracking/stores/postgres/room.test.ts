import { expect, it } from 'vitest';
import type { PgDriver } from '../../../../src/tracking/stores/postgres/driver.js';
import { PostgresRoom } from '../../../../src/tracking/stores/postgres/room.js';

it('one writer alone never goes over the bound, however seldom it looks', async () => {
  let held = 992;
  let looks = 0;
  const driver = {
    all: async () => {
      looks += 1;
      return [{ held }];
    },
  } as unknown as PgDriver;
  const room = new PostgresRoom('postgres://somewhere', 1_000);
  for (let write = 0; write < 2; write += 1) {
    await room.check(driver, 4);
    held += 4;
    room.wrote(4);
  }
  expect(looks).toBe(1);
  await expect(room.check(driver, 4)).rejects.toThrow(/has reached its maxBytes \(1000\)/);
  held = 100;
  await room.check(driver, 4);
});
