import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../src/schedule/schedule.js';

const at = (text: string): number => Date.parse(`${text}Z`);

describe('parseSchedule', () => {
  it.each([
    ['hourly', '2026-01-15T12:30:00', '2026-01-15T13:00:00', 3_600_000],
    ['daily', '2026-01-15T12:30:00', '2026-01-16T00:00:00', 86_400_000],
    ['weekly', '2026-01-15T12:30:00', '2026-01-19T00:00:00', 7 * 86_400_000],
    ['monthly', '2026-01-15T12:30:00', '2026-02-01T00:00:00', 28 * 86_400_000],
    ['15m', '2026-01-15T12:30:00', '2026-01-15T12:45:00', 900_000],
    ['30 6 * * *', '2026-01-15T12:30:00', '2026-01-16T06:30:00', 86_400_000],
  ])('%s after %s is %s', (spec, after, next, periodMs) => {
    const schedule = parseSchedule(spec);
    expect(schedule.next(at(after))).toBe(at(next));
    expect(schedule.periodMs).toBe(periodMs);
  });

  it('means its time zone', () => {
    expect(parseSchedule('daily', 'America/New_York').next(at('2026-01-15T12:30:00'))).toBe(at('2026-01-16T05:00:00'));
  });

  it('refuses what is no schedule, saying what one is', () => {
    for (const wrong of ['dayly', '', '0s', '61 * * * *', 7 as never]) {
      expect(() => parseSchedule(wrong), String(wrong)).toThrow(/schedule must be 'hourly', 'daily'/);
    }
    expect(() => parseSchedule('daily', 'Mars/Olympus')).toThrow(
      /timeZone must be an IANA name .* got "Mars\/Olympus"/,
    );
  });
});
