import type { Clock, Timer } from '../leaves/clock.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { withTimeLimit } from '../leaves/time-limit.js';
import type { Schedule } from './schedule.js';

/** A finished run of a job. */
export interface JobRun {
  /** When it began, epoch ms. */
  readonly at: number;
  readonly tookMs: number;
  readonly outcome: 'done' | 'skipped' | 'failed';
  /** The error, if the run failed. */
  readonly error?: string;
}

/** The parts of a job. */
export interface JobOptions {
  readonly name: string;
  /** `undefined`: it runs only by `runNow`. */
  readonly schedule: Schedule | undefined;
  readonly clock: Clock;
  /**
   * The time that ticks are meant in, epoch ms, where that is another clock's: what is run is a tick that this one has reached,
   * and the latest where an earlier one is done. @default `clock`
   */
  readonly now?: () => Promise<number>;
  /**
   * Whether this process is to do the work of a tick (`undefined`: it was told to, by no schedule): `'mine'`; `'done'`
   * where another replica did it; `'taken'` where one is at it, so that this one looks again after `retryMs`, should that
   * one die. @default always `'mine'`
   */
  readonly acquire?: (tick: number | undefined) => Promise<'mine' | 'done' | 'taken'>;
  /** After so long a tick that another replica took, or that failed for a passing reason, is looked at again. @default 60_000 */
  readonly retryMs?: number;
  /** Whether what failed may fare better in a moment. Then its tick runs again, five times at most. @default never */
  readonly isPassing?: (error: unknown) => boolean;
  /**
   * The latest tick that was done, by whatever process, or when the job first began, epoch ms: ticks since then that nobody did are
   * run at the start, once for all of them. @default none
   */
  readonly resume?: () => Promise<number | undefined>;
  /** Whether there is work to do besides ticks, such as enough rows; asked at least every 30 seconds. @default never */
  readonly due?: () => Promise<boolean>;
  /** A run that takes longer has failed, and the next tick may run. @default 600_000 */
  readonly timeoutMs?: number;
  readonly work: (tick: number | undefined) => Promise<void>;
  /** Hears how each run ended: `'skipped'` where another replica did it, or is at it. @default nobody */
  readonly onRun?: (run: JobRun) => void;
  /** Hears of every failure. */
  readonly onError: (error: unknown) => void;
}

/** A job's state. */
export interface JobStatus {
  readonly name: string;
  readonly active: boolean;
  readonly running: boolean;
  /** The next tick, epoch ms, or `null` if none is planned. */
  readonly next: number | null;
  /** The number of ticks that passed while the process slept or the job was still running. */
  readonly missed: number;
  readonly last: JobRun | null;
}

/** The context that a step of a job receives. */
export interface JobContext {
  readonly name: string;
  /** The tick of the run, epoch ms; `undefined` for a run by `runNow`. */
  readonly tick: number | undefined;
  /** When the run began, epoch ms. */
  readonly at: number;
}

/** A step around a job's work. It may act before and after `next()`, or leave out the work by not calling it. */
export type JobStep = (context: JobContext, next: () => Promise<void>) => unknown;

/** A sleep is never longer than this, so that a clock that is set, or a machine that slept, is noticed. */
const LONGEST_SLEEP_MS = 30_000;
const HISTORY_LENGTH = 100;
const RETRY_MS = 60_000;
const TIMEOUT_MS = 600_000;
/** A tick that fails is tried so often; the next tick is there for what it would have done. */
const MOST_TRIES = 6;

/**
 * Runs work at the times of a schedule, never twice at once. A tick that was missed runs once, late. Nothing that the
 * work does escapes: failures go to `onError` and into the history, and the next tick runs all the same.
 */
export class Job {
  readonly #options: JobOptions;
  #timer: Timer | undefined;
  #next: number | undefined;
  /** Looks again whether a tick that another replica took was done. */
  #retry: Timer | undefined;
  #running: Promise<void> | undefined;
  /** The tick that failed last, and how often. */
  #failed: { readonly tick: number; readonly tries: number } | undefined;
  /** Whether it is known which ticks passed while no process was there. */
  #isResumed = false;
  #missed = 0;
  readonly #history: JobRun[] = [];
  readonly #steps: JobStep[] = [];

  /** @internal */
  constructor(options: JobOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /**
   * Adds a step around the job's work, inside the steps that were added before. If a step throws or takes too long, only this
   * run fails.
   *
   * @example
   * monitor.job.use(async ({ tick }, next) => {
   *   console.time('capture');
   *   await next();
   *   console.timeEnd('capture');
   * });
   */
  use(step: JobStep): this {
    if (typeof step !== 'function') {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `job.use needs a function (context, next), got ${shown(step)}`,
      );
    }
    this.#steps.push(step);
    return this;
  }

  /** Starts the ticks. Does nothing if the job is already started or has no schedule. */
  start(): void {
    const { schedule, clock } = this.#options;
    if (this.#timer !== undefined || schedule === undefined) return;
    this.#next = schedule.next(clock.now());
    this.#isResumed = false;
    this.#sleep();
    void this.#catchUp(schedule);
  }

  /** Ticks that passed while no process was there are due now; this run stands for all of them. */
  async #catchUp(schedule: Schedule): Promise<void> {
    const { clock, resume, onError } = this.#options;
    if (this.#isResumed) return;
    this.#isResumed = true;
    let last: number | undefined;
    try {
      last = await resume?.();
    } catch (error) {
      // Where it can't be read yet it is read later.
      this.#isResumed = false;
      onError(error);
      return;
    }
    try {
      if (last === undefined || this.#timer === undefined) return;
      const due = schedule.next(last);
      const now = clock.now();
      if (due > now) return;
      const tick = lastTick(schedule, due, now);
      this.#missed += Math.max(0, Math.round((tick - due) / schedule.periodMs));
      await this.#start(tick);
    } catch (error) {
      onError(error);
    }
  }

  /** Looks at once whether there is work besides ticks. */
  async poke(): Promise<void> {
    const { due, onError } = this.#options;
    if (due === undefined || this.#timer === undefined || this.#running !== undefined) return;
    try {
      if (await due()) await this.#start(undefined);
    } catch (error) {
      onError(error);
    }
  }

  /** Stops the ticks, and waits for a run in progress. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#next = undefined;
    this.#retry?.cancel();
    await this.#running;
  }

  /** Runs the job now, or waits for the run in progress. Never rejects. */
  runNow(): Promise<void> {
    return this.#start(undefined);
  }

  #start(tick: number | undefined): Promise<void> {
    this.#running ??= this.#run(tick).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  status(): JobStatus {
    return {
      name: this.name,
      active: this.#timer !== undefined,
      running: this.#running !== undefined,
      next: this.#next ?? null,
      missed: this.#missed,
      last: this.#history.at(-1) ?? null,
    };
  }

  /** The latest hundred runs, oldest first. */
  history(): readonly JobRun[] {
    return [...this.#history];
  }

  #sleep(): void {
    const { clock } = this.#options;
    const wait = Math.max(0, (this.#next ?? 0) - clock.now());
    this.#timer = clock.setTimer(Math.min(wait, LONGEST_SLEEP_MS), () => this.#wake());
  }

  #wake(): void {
    const { schedule, clock } = this.#options;
    const now = clock.now();
    // Where the clock was set back, ticks that it had passed lie ahead again.
    if (schedule !== undefined && this.#next !== undefined)
      this.#next = Math.min(this.#next, nextTick(schedule, now));
    if (schedule !== undefined && this.#next !== undefined && now >= this.#next) {
      if (this.#running !== undefined) this.#missed += 1;
      else void this.#start(lastTick(schedule, this.#next, now));
      let next = schedule.next(this.#next);
      // Ticks that lie in the past were slept through: this run stands for all of them.
      if (next <= now) {
        this.#missed += 1 + Math.floor((now - next) / schedule.periodMs);
        next = schedule.next(now);
      }
      this.#next = next;
    }
    if (schedule !== undefined) void this.#catchUp(schedule);
    void this.poke();
    this.#sleep();
  }

  async #run(asked: number | undefined): Promise<void> {
    const { clock, onError } = this.#options;
    this.#retry?.cancel();
    const at = clock.now();
    const done = (outcome: JobRun['outcome'], error?: unknown): void => {
      const message =
        error === undefined
          ? {}
          : { error: error instanceof Error ? error.message : String(error) };
      const run = { at, tookMs: clock.now() - at, outcome, ...message };
      this.#history.push(run);
      if (this.#history.length > HISTORY_LENGTH) this.#history.shift();
      this.#options.onRun?.(run);
    };
    try {
      const outcome = await this.#inTime(() => this.#attempt(asked, at));
      this.#failed = undefined;
      done(outcome === 'done' ? 'done' : 'skipped');
      if (outcome === 'taken') this.#lookAgain(asked);
    } catch (error) {
      done('failed', error);
      this.#tryAgain(asked, error);
      try {
        onError(error);
      } catch {
        // Whoever listens for errors can't be helped with one more.
      }
    }
  }

  /** @returns `'done'` where this process did the work, else where it stands. */
  async #attempt(asked: number | undefined, at: number): Promise<'done' | 'elsewhere' | 'taken'> {
    const { acquire = async () => 'mine' as const, schedule, now, work } = this.#options;
    const time = asked === undefined ? undefined : await now?.();
    let tick = asked;
    if (schedule !== undefined && tick !== undefined && time !== undefined && tick > time) {
      tick = lastTick(schedule, Number.NEGATIVE_INFINITY, time);
    }
    let whose = await acquire(tick);
    // Where this clock is behind, there may be a later one.
    if (
      whose === 'done' &&
      schedule !== undefined &&
      time !== undefined &&
      schedule.next(tick as number) <= time
    ) {
      tick = lastTick(schedule, Number.NEGATIVE_INFINITY, time);
      whose = await acquire(tick);
    }
    if (whose !== 'mine') return whose === 'taken' ? 'taken' : 'elsewhere';
    await this.#throughSteps({ name: this.name, tick, at }, work);
    return 'done';
  }

  /** The steps in their order around the work; each may call its `next` once. */
  #throughSteps(context: JobContext, work: JobOptions['work']): Promise<void> {
    const run = async (place: number): Promise<void> => {
      const step = this.#steps[place];
      if (step === undefined) return work(context.tick);
      let called = false;
      await step(context, () => {
        if (called)
          throw new LeewayError('ERR_LEEWAY_STATE', `a step of ${this.name} called next() twice`);
        called = true;
        return run(place + 1);
      });
    };
    return run(0);
  }

  /** Work that hangs must not hold up all ticks to come. What it does later is its own. */
  #inTime<T>(work: () => Promise<T>): Promise<T> {
    const { clock, timeoutMs = TIMEOUT_MS } = this.#options;
    return withTimeLimit(work, {
      clock,
      ms: timeoutMs,
      late: () => new Error(`it took longer than ${timeoutMs} ms`),
    });
  }

  /** A tick that failed, and may fare better later, runs again in a while, and not for ever. */
  #tryAgain(tick: number | undefined, error: unknown): void {
    if (tick === undefined || this.#options.isPassing?.(error) !== true) return;
    const tries = this.#failed?.tick === tick ? this.#failed.tries + 1 : 1;
    this.#failed = { tick, tries };
    if (tries < MOST_TRIES) this.#lookAgain(tick);
  }

  #lookAgain(tick: number | undefined): void {
    const { clock, schedule, retryMs = RETRY_MS } = this.#options;
    if (tick === undefined || this.#timer === undefined) return;
    // The next tick ends this wait, so that for a short schedule the wait has to be shorter.
    const wait = Math.min(retryMs, (schedule?.periodMs ?? retryMs) / 2);
    this.#retry = clock.setTimer(wait, () => void this.#start(tick));
  }
}

/** The first tick at or after a time. */
const nextTick = (schedule: Schedule, now: number): number => schedule.next(now - 1);

/**
 * The latest tick up to now, at or after one that was planned: what all replicas call it, however long one of them slept. A tick
 * planned for later than now is given as it is.
 */
export function lastTick(schedule: Schedule, planned: number, now: number): number {
  let last = Math.max(planned, schedule.next(now - 2 * schedule.periodMs));
  if (last > now) last = planned;
  for (let next = schedule.next(last); next <= now; next = schedule.next(next)) last = next;
  return last;
}
