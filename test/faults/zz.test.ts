import { it } from 'vitest';
import { FAULTS } from './fault.js';
import { brokenPromises, playDay } from './scripted-day.js';
it('zz', async () => {
  const one = await playDay();
  console.log(JSON.stringify([...one.injector.counts]));
  await one.close();
  const methods = (process.env.ZZ ?? '').split(',').filter(Boolean);
  for (const [method, count] of one.injector.counts) {
    if (methods.length && !methods.includes(method)) continue;
    for (const nth of [...new Set([1, 2, Math.floor(count / 2)])]) for (const kind of FAULTS) {
      const day = await playDay({ fault: { method, nth, kind } });
      const wrong = await brokenPromises(day);
      if (wrong.length) console.log(method, nth, kind, wrong.slice(0, 4));
      await day.close();
    }
  }
}, 900_000);
