import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../src/schedule/schedule.js';

const at = (text: string): number => Date.parse(`${text}Z`);

describe('parseSchedule', () => {
  it.each([
    ['hourly', '2026-01-15T12:30:00', '2026-01-15T13:00:00', 3_600_000],
    ['daily', '2026-01-15T12:30:00', '2026-01-16T00:00:00', 86_400_000],
    ['weekly', '2026-01-15T12:30:00', '2026-01-19T00:00:00', 7 * 86_400_000],
    ['monthly', '2026-01-15T12:30:00', '2026-02-01T00:00:00', (1_461 / 48) * 86_400_000],
    ['15m', '2026-01-15T12:30:00', '2026-01-15T12:45:00', 900_000],
    ['30 6 * * *', '2026-01-15T12:30:00', '2026-01-16T06:30:00', 86_400_000],
  ])('%s after %s is %s', (spec, after, next, periodMs) => {
    const schedule = parseSchedule(spec);
    expect(schedule.next(at(after))).toBe(at(next));
    expect(schedule.periodMs).toBeCloseTo(periodMs, -1);
  });

  it.each([
    ['0 0,1 * * *', 12, 23],
    ['*/5 9-17 * * 1-5', (7 * 24) / (5 * 9 * 12), 63 + 5 / 60],
    ['0 0 1,2 * *', (1_461 / 96) * 24, 30 * 24],
    ['* * * * *', 1 / 60, 1 / 60],
    ['30 * * * * *', 1 / 60, 1 / 60],
    ['0 6 * * 1', 7 * 24, 7 * 24],
    ['0,10 8,20 * * *', 6, 12 - 10 / 60],
    ['0 0 29 2 *', 1_461 * 24, 1_461 * 24],
    ['@weekly', 7 * 24, 7 * 24],
    ['monthly', (1_461 / 48) * 24, 31 * 24],
  ])('%s comes every %d hours on average, and every %d at most', (spec, mean, longest) => {
    const { periodMs, longestMs } = parseSchedule(spec);
    expect(Math.abs(periodMs / (mean * 3_600_000) - 1)).toBeLessThan(0.003);
    expect(longestMs / 3_600_000).toBeCloseTo(longest, 6);
  });

  it.each(['0 0 30 2 *', '0 0 31 4 *', '0 0 31 4,6,9,11 *', '0 0 0 1 1 * 2020'])(
    'refuses %s, which never comes',
    (spec) => {
      expect(() => parseSchedule(spec)).toThrow(
        expect.objectContaining({ code: 'ERR_LEEWAY_OPTION' }),
      );
      expect(() => parseSchedule(spec)).toThrow(/never occurs/);
    },
  );

  it('means its time zone', () => {
    expect(parseSchedule('daily', 'America/New_York').next(at('2026-01-15T12:30:00'))).toBe(
      at('2026-01-16T05:00:00'),
    );
  });

  it('goes by the wall clock over the change to and from summer time', () => {
    // In Zurich the clocks went forward at 01:00 UTC on 29 March 2026, and back on 25 October.
    const daily = parseSchedule('daily', 'Europe/Zurich');
    expect(daily.next(at('2026-03-28T12:00:00'))).toBe(at('2026-03-28T23:00:00'));
    expect(daily.next(at('2026-03-29T12:00:00'))).toBe(at('2026-03-29T22:00:00'));
    expect(daily.next(at('2026-10-25T12:00:00'))).toBe(at('2026-10-25T23:00:00'));
    // Half past two does not exist on the one day, and is there twice on the other: still once a day.
    const night = parseSchedule('30 2 * * *', 'Europe/Zurich');
    const ticks: number[] = [];
    for (
      let tick = night.next(at('2026-10-24T12:00:00'));
      ticks.length < 3;
      tick = night.next(tick)
    )
      ticks.push(tick);
    expect(
      new Set(ticks.map((tick) => new Date(tick + 2 * 3_600_000).toISOString().slice(0, 10))).size,
    ).toBe(3);
  });

  it('takes a number of rows in place of times', () => {
    const schedule = parseSchedule({ everyRows: 1_000 });
    expect(schedule).toMatchObject({
      everyRows: 1_000,
      spec: { everyRows: 1_000 },
      timeZone: 'UTC',
    });
    expect(schedule.next(0)).toBe(Number.POSITIVE_INFINITY);
    for (const wrong of [{ everyRows: 0 }, { everyRows: 1.5 }, { everyRow: 5 }, {}, null]) {
      expect(() => parseSchedule(wrong as never)).toThrow(/schedule must be .*\{ everyRows \}/);
    }
  });

  it('refuses what is no schedule, saying what one is', () => {
    for (const wrong of ['dayly', '', '0s', '61 * * * *', 7 as never]) {
      expect(() => parseSchedule(wrong), String(wrong)).toThrow(
        /schedule must be 'hourly', 'daily'/,
      );
    }
    expect(() => parseSchedule('daily', 'Mars/Olympus')).toThrow(
      /timeZone must be an IANA name .* got "Mars\/Olympus"/,
    );
  });
});
