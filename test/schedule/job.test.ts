import { describe, expect, it } from 'vitest';
import { Job, type JobOptions } from '../../src/schedule/job.js';
import { parseSchedule } from '../../src/schedule/schedule.js';
import { fakeClock } from '../fixtures/fake-clock.js';

function setUp(options: Partial<JobOptions> = {}) {
  const clock = fakeClock(Date.UTC(2026, 0, 15, 12, 30));
  const ran: number[] = [];
  const errors: unknown[] = [];
  const job = new Job({
    name: 'monitors/e/m',
    schedule: parseSchedule('hourly'),
    clock,
    work: async () => {
      ran.push(clock.now());
    },
    onError: (error) => errors.push(error),
    ...options,
  });
  return { clock, ran, errors, job };
}

const HOUR = 3_600_000;

describe('Job', () => {
  it('runs at the hours of the clock, once each, and stops', async () => {
    const { clock, ran, job } = setUp();
    job.start();
    job.start();
    expect(job.status()).toMatchObject({ active: true, next: Date.UTC(2026, 0, 15, 13) });
    await clock.advance(3 * HOUR);
    expect(ran.map((at) => new Date(at).getUTCHours())).toEqual([13, 14, 15]);
    await job.stop();
    await clock.advance(3 * HOUR);
    expect(ran.length).toBe(3);
    expect(clock.waiting).toBe(0);
    expect(job.status()).toMatchObject({ active: false, next: null });
  });

  it('runs once for all the ticks that a sleeping machine missed, and counts that', async () => {
    const { clock, ran, job } = setUp();
    job.start();
    clock.jump(5 * HOUR);
    await clock.advance(60_000);
    expect(ran.length).toBe(1);
    // 13, 14, 15, 16 and 17 o'clock passed; the run stands for one of them.
    expect(job.status().missed).toBe(4);
    await clock.advance(HOUR);
    expect(ran.length).toBe(2);
    await job.stop();
  });

  it('never overlaps itself', async () => {
    let release = (): void => undefined;
    let started = 0;
    const { clock, job } = setUp({
      work: () => {
        started += 1;
        return new Promise((resolve) => {
          release = resolve;
        });
      },
    });
    job.start();
    await clock.advance(HOUR);
    await clock.advance(2 * HOUR);
    expect(started).toBe(1);
    expect(job.status()).toMatchObject({ running: true, missed: 2 });
    release();
    await clock.advance(HOUR);
    expect(started).toBe(2);
    release();
    await job.stop();
  });

  it('survives work that throws at once or rejects, and a listener that throws', async () => {
    for (const work of [
      () => {
        throw new Error('at once');
      },
      () => Promise.reject(new Error('later')),
    ]) {
      const { clock, job } = setUp({
        work,
        onError: () => {
          throw new Error('listener');
        },
      });
      job.start();
      await clock.advance(2 * HOUR);
      expect(job.history().map((run) => run.outcome)).toEqual(['failed', 'failed']);
      expect(job.status().last?.error).toMatch(/at once|later/);
      await job.stop();
    }
  });

  it('skips where another replica holds the work', async () => {
    const { job, ran } = setUp({ acquire: async () => 'done' });
    await job.runNow();
    expect(ran).toEqual([]);
    expect(job.history()).toMatchObject([{ outcome: 'skipped' }]);
  });

  it('tells its work which tick it is for: the latest, however long the machine slept', async () => {
    const ticks: (number | undefined)[] = [];
    const { clock, job } = setUp({ work: async (tick) => void ticks.push(tick) });
    job.start();
    await clock.advance(HOUR);
    clock.jump(5 * HOUR);
    await clock.advance(60_000);
    await job.runNow();
    expect(ticks).toEqual([Date.UTC(2026, 0, 15, 13), Date.UTC(2026, 0, 15, 18), undefined]);
    await job.stop();
  });

  it('looks again after a while where another replica took the tick, until that one has done it', async () => {
    const whose: ('taken' | 'mine' | 'done')[] = ['taken', 'taken', 'mine', 'taken', 'done'];
    const { clock, job, ran } = setUp({ acquire: async () => whose.shift() ?? 'done' });
    job.start();
    await clock.advance(HOUR);
    expect(ran.map((at) => new Date(at).toISOString().slice(11, 16))).toEqual(['13:02']);
    await clock.advance(HOUR);
    expect(job.history().map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped', 'done', 'skipped', 'skipped']);
    await job.stop();
    expect(clock.waiting).toBe(0);
  });

  it('runs when told, also without a schedule', async () => {
    const { job, ran, clock } = setUp({ schedule: undefined });
    job.start();
    expect(job.status().active).toBe(false);
    await Promise.all([job.runNow(), job.runNow()]);
    expect(ran).toEqual([clock.now()]);
  });
});
