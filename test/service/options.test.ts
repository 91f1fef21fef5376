import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { driftMiddleware as forExpress } from '../../adapters/express.js';
import { driftMiddleware as forHono } from '../../adapters/hono.js';
import { LeewayError } from '../../src/leaves/errors.js';
import { profileTable } from '../../src/profile/profile-table.js';
import { readBaseline } from '../../src/service/given-baseline.js';
import type { DriftOptions } from '../../src/service/options.js';
import { pinnedProfile } from '../../src/service/pinned-profile.js';
import { resolveDriftOptions } from '../../src/service/resolved-options.js';

const sound: DriftOptions = { experiment: 'e', store: 'memory:' };

const wrong: [given: object, message: RegExp][] = [
  [{ experiment: '' }, /experiment must be a name, got "" \(string\)/],
  [{ experiment: undefined }, /experiment must be a name, got undefined/],
  [{ modle: 'x' }, /has no option "modle"; did you mean "model"\?/],
  [{ shedule: 'daily' }, /has no option "shedule"; did you mean "schedule"\?/],
  [{ model: 7 }, /model must be a name or a function, got 7 \(number\)/],
  [{ match: 'predict' }, /match must be a path such as 'POST \/predict'.* got "predict"/],
  [{ codec: 'tfservng' }, /codec must be .* got "tfservng" \(string\); did you mean "tfserving"/],
  [{ codec: 'json' }, /codec 'json' needs match/],
  [{ codec: { decode: () => undefined } }, /a codec of your own needs match/],
  [{ features: 'a' }, /features must be an array of distinct names, got "a"/],
  [{ outputs: ['a', 'a'] }, /outputs must be an array of distinct names/],
  [{ schedule: 'dayly' }, /schedule must be 'hourly', 'daily'.* got "dayly"/],
  [{ timeZone: 'Nowhere' }, /timeZone must be an IANA name/],
  [{ store: 'redis://x' }, /store must be/],
  [{ baseline: 3 }, /baseline must be 'first', a file, a profile or a table, got 3/],
  [{ baseline: './nothing.here' }, /the file ".\/nothing.here" \(string\) can't be read/],
  [{ baseline: [] }, /baseline has no rows/],
  [{ baseline: { toBytes() {} } }, /a table is an array of row objects or an object of arrays/],
  [{ baseline: profileTable({ a: [1] }) }, /baseline's columns must begin with X_ or Y_, got a/],
  [{ rules: [{ colums: ['X_a'] }] }, /rules\[0\] has no field "colums", did you mean "columns"\?/],
  [{ rules: [{ statistic: 'kss' }] }, /rules\[0\].statistic must be one of ks/],
  [{ rules: [{}, { above: 2 }] }, /rules\[1\].above must be between 0 and 1, got 2/],
  [
    { falseAlarms: { atMost: 0, per: 'month' } },
    /falseAlarms.atMost must be a number above 0, got 0/,
  ],
  [
    { falseAlarms: { atMost: 1, per: 'fortnight' } },
    /falseAlarms.per must be hour, day.* got "fortnight"/,
  ],
  [
    { falseAlarms: { atmost: 1, per: 'day' } },
    /falseAlarms has no option "atmost"; did you mean "atMost"/,
  ],
  [{ minRows: 0.5 }, /minRows must be a whole number, 1 or more, got 0.5/],
  [{ onAlert: 'mail' }, /onAlert must be a function, got "mail"/],
  [{ limits: { model: 3 } }, /limits has no option "model"; did you mean "models"/],
  [{ limits: { models: -1 } }, /limits.models must be a whole number, 1 to 10000, got -1/],
  [{ limits: { columns: 1e6 } }, /limits.columns must be a whole number, 1 to 100000/],
  [{ enabled: 'yes' }, /enabled must be true or false, got "yes"/],
];

describe('options', () => {
  for (const [framework, driftMiddleware] of [
    ['Express', forExpress],
    ['Hono', forHono],
  ] as const) {
    it.each(wrong)(
      `are refused when the middleware for ${framework} is made: %o`,
      (given, message) => {
        const make = () => driftMiddleware({ ...sound, ...given } as DriftOptions);
        expect(make).toThrow(LeewayError);
        expect(make).toThrow(message);
      },
    );
  }

  it('are needed', () => {
    expect(() => forExpress(undefined as never)).toThrow(
      /driftMiddleware needs an object of options, got undefined/,
    );
  });

  it('have the defaults that the docs name, and are left as they were', () => {
    const given = Object.freeze({ ...sound });
    const resolved = resolveDriftOptions(given);
    expect(resolved).toMatchObject({
      minRows: 100,
      baseline: 'first',
      enabled: true,
      limits: { models: 64, columns: 1_000 },
    });
    expect(resolved.schedule?.periodMs).toBe(86_400_000);
    expect(resolved.falseAlarmsPerMs * 30 * 86_400_000).toBeCloseTo(1, 12);
  });
});

describe('a pinned baseline', () => {
  const pinnedBaseline = (options: Parameters<typeof readBaseline>[0]) => {
    const given = readBaseline(options);
    return given === undefined ? undefined : pinnedProfile(given, {});
  };

  it('takes training data as rows or columns, outputs by name', () => {
    const table = [{ wind: 1, temp_max: 20, Y_sure: 0.5 }];
    const profile = pinnedBaseline({ baseline: table, outputs: ['temp_max'] });
    expect(profile?.columnNames).toEqual(['X_wind', 'Y_temp_max', 'Y_sure']);
    expect(pinnedBaseline({ baseline: { wind: [1, 2] }, outputs: [] })?.columnNames).toEqual([
      'X_wind',
    ]);
  });

  it('reads the file of a profile', () => {
    const directory = mkdtempSync(join(tmpdir(), 'leeway-'));
    try {
      const file = join(directory, 'baseline.profile');
      writeFileSync(file, profileTable({ X_wind: [1, 2, 3] }).toBytes());
      expect(pinnedBaseline({ baseline: file, outputs: [] })?.rows).toBe(3);
      writeFileSync(file, 'no profile');
      expect(() => pinnedBaseline({ baseline: file, outputs: [] })).toThrow(/not a leeway profile/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

it('reads a baseline of columns once: what the host changes later changes nothing', () => {
  const table = { wind: [1, 2, 3] };
  const given = readBaseline({ baseline: table, outputs: [] });
  table.wind.fill(9);
  const profile = pinnedProfile(given as Exclude<typeof given, undefined>, {});
  expect(profile.column('X_wind')?.quantiles.max).toBe(3);
});
