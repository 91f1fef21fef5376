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
      timeoutMs: 24 * HOUR,
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
    expect(job.history().map(({ outcome }) => outcome)).toEqual([
      'skipped',
      'skipped',
      'done',
      'skipped',
      'skipped',
    ]);
    await job.stop();
    expect(clock.waiting).toBe(0);
  });

  it('looks again before the next tick, however short its schedule is', async () => {
    const settled: number[] = [];
    let asked = 0;
    const { clock, job } = setUp({
      schedule: parseSchedule('2s'),
      acquire: async () => {
        asked += 1;
        if (asked % 2 === 1) return 'taken';
        settled.push(clock.now());
        return 'done';
      },
    });
    job.start();
    await clock.advance(20_000);
    expect(settled.length).toBeGreaterThanOrEqual(9);
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

  it('fails a run that hangs, and the next tick runs', async () => {
    let runs = 0;
    const { clock, job, errors } = setUp({
      timeoutMs: 60_000,
      work: () => {
        runs += 1;
        return runs === 1 ? new Promise(() => undefined) : Promise.resolve();
      },
    });
    job.start();
    await clock.advance(HOUR);
    await clock.advance(HOUR);
    expect(job.history().map(({ outcome }) => outcome)).toEqual(['failed', 'done']);
    expect(job.history()[0]?.error).toBe('it took longer than 60000 ms');
    expect(String(errors)).toContain('took longer');
    await job.stop();
  });

  it('runs steps around its work, in their order, which may keep it from running', async () => {
    const said: string[] = [];
    const { job, clock } = setUp({ work: async () => void said.push('work') });
    job
      .use(async ({ name, tick, at }, next) => {
        said.push(`first ${name} ${tick} ${at === clock.now()}`);
        await next();
        said.push('first ends');
      })
      .use(async (_, next) => {
        said.push('second');
        await next();
      });
    await job.runNow();
    expect(said).toEqual(['first monitors/e/m undefined true', 'second', 'work', 'first ends']);
    job.use(() => undefined);
    await job.runNow();
    expect(said.filter((what) => what === 'work')).toHaveLength(1);
    expect(job.history().map(({ outcome }) => outcome)).toEqual(['done', 'done']);
  });

  it('lets a step that throws, or calls next twice, fail its run and harm nothing', async () => {
    let broken = true;
    const { job, ran } = setUp();
    job.use(async (_, next) => {
      if (broken) throw new Error('a step');
      await next();
    });
    await job.runNow();
    broken = false;
    await job.runNow();
    job.use(async (_, next) => {
      await next();
      await next();
    });
    await job.runNow();
    expect(job.history().map(({ outcome, error }) => error ?? outcome)).toEqual([
      'a step',
      'done',
      'a step of monitors/e/m called next() twice',
    ]);
    expect(ran).toHaveLength(2);
    expect(() => job.use('step' as never)).toThrow(/job.use needs a function/);
  });

  it('runs once for ticks that passed while no process was there', async () => {
    const noon = Date.UTC(2026, 0, 15, 12);
    // The tick of nine o'clock was done; ten, eleven and twelve were not.
    const { clock, job, ran } = setUp({ resume: async () => noon - 3 * HOUR });
    const ticks: (number | undefined)[] = [];
    job.use(async ({ tick }, next) => {
      ticks.push(tick);
      await next();
    });
    job.start();
    await clock.advance(1_000);
    expect(ticks).toEqual([noon]);
    expect(job.status().missed).toBe(2);
    await clock.advance(HOUR);
    expect(ran).toHaveLength(2);
    await job.stop();
  });

  it('captures daily though it is restarted every hour, and is away at midnight', async () => {
    const clock = fakeClock(Date.UTC(2026, 0, 15, 0, 30));
    const begun = clock.now();
    let done = 0;
    const ticks: number[] = [];
    for (let hour = 0; hour < 74; hour += 1) {
      const job = new Job({
        name: 'j',
        schedule: parseSchedule('daily'),
        clock,
        resume: async () => done || begun,
        work: async (tick) => {
          ticks.push(tick as number);
          done = tick as number;
        },
        onError: () => undefined,
      });
      job.start();
      // Up from half past to ten to: never there when a day begins.
      await clock.advance(20 * 60_000);
      await job.stop();
      clock.jump(40 * 60_000);
    }
    expect(ticks.map((tick) => new Date(tick).toISOString().slice(0, 13))).toEqual([
      '2026-01-16T00',
      '2026-01-17T00',
      '2026-01-18T00',
    ]);
  });

  it('runs when there is work besides ticks', async () => {
    let rows = 0;
    const ran: number[] = [];
    const { clock, job } = setUp({
      schedule: parseSchedule({ everyRows: 100 }),
      due: async () => rows >= 100,
      work: async () => {
        ran.push(rows);
        rows = 0;
      },
    });
    job.start();
    expect(job.status()).toMatchObject({ active: true });
    await clock.advance(90_000);
    expect(ran).toEqual([]);
    rows = 100;
    await clock.advance(30_000);
    expect(ran).toHaveLength(1);
    rows = 250;
    await job.poke();
    expect(ran).toHaveLength(2);
    await clock.advance(90_000);
    expect(ran).toHaveLength(2);
    await job.stop();
  });

  it('goes on over a clock that is set back', async () => {
    const { clock, job, ran } = setUp();
    job.start();
    await clock.advance(HOUR);
    clock.jump(-2 * HOUR);
    await clock.advance(4 * HOUR);
    expect(ran.length).toBeGreaterThanOrEqual(2);
    expect(job.status().last?.outcome).toBe('done');
    await job.stop();
  });
});
