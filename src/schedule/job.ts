import type { Clock, Timer } from '../clock.js';
import type { Schedule } from './schedule.js';

/** How a run of a job ended. */
export interface JobRun {
  /** When it began, epoch ms. */
  readonly at: number;
  readonly tookMs: number;
  readonly outcome: 'done' | 'skipped' | 'failed';
  /** What went wrong, where it failed. */
  readonly error?: string;
}

/** What a job is made of. */
export interface JobOptions {
  readonly name: string;
  /** `undefined`: it runs only when told. */
  readonly schedule: Schedule | undefined;
  readonly clock: Clock;
  /**
   * Whether this process is to do the work of a tick (`undefined`: it was told to, by no schedule): `'mine'`; `'done'`
   * where another replica did it; `'taken'` where one is at it, so that this one looks again after `retryMs`, should that
   * one die. @default always `'mine'`
   */
  readonly acquire?: (tick: number | undefined) => Promise<'mine' | 'done' | 'taken'>;
  /** @default 60_000 */
  readonly retryMs?: number;
  readonly work: (tick: number | undefined) => Promise<void>;
  /** Hears of every failure. */
  readonly onError: (error: unknown) => void;
}

/** A job's state. */
export interface JobStatus {
  readonly name: string;
  readonly active: boolean;
  readonly running: boolean;
  /** The next tick, epoch ms, or `null` where none is planned. */
  readonly next: number | null;
  /** Ticks that passed while the process slept or the job was still running. */
  readonly missed: number;
  readonly last: JobRun | null;
}

/** A sleep is never longer than this, so that a clock that is set, or a machine that slept, is noticed. */
const LONGEST_SLEEP_MS = 30_000;
const HISTORY_LENGTH = 100;
const RETRY_MS = 60_000;

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
  #missed = 0;
  readonly #history: JobRun[] = [];

  constructor(options: JobOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Starts ticking. Does nothing where it ticks already or has no schedule. */
  start(): void {
    const { schedule, clock } = this.#options;
    if (this.#timer !== undefined || schedule === undefined) return;
    this.#next = schedule.next(clock.now());
    this.#sleep();
  }

  /** Stops ticking, and waits for a run under way. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#next = undefined;
    this.#retry?.cancel();
    await this.#running;
  }

  /** Runs now, or waits for the run that is under way. Never rejects. */
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
    this.#sleep();
  }

  async #run(tick: number | undefined): Promise<void> {
    const { clock, acquire, work, onError } = this.#options;
    this.#retry?.cancel();
    const at = clock.now();
    const done = (outcome: JobRun['outcome'], error?: unknown): void => {
      const message = error === undefined ? {} : { error: error instanceof Error ? error.message : String(error) };
      this.#history.push({ at, tookMs: clock.now() - at, outcome, ...message });
      if (this.#history.length > HISTORY_LENGTH) this.#history.shift();
    };
    try {
      const whose = acquire === undefined ? 'mine' : await acquire(tick);
      if (whose !== 'mine') {
        done('skipped');
        if (whose === 'taken') this.#lookAgain(tick);
        return;
      }
      await work(tick);
      done('done');
    } catch (error) {
      done('failed', error);
      try {
        onError(error);
      } catch {
        // Whoever listens for errors can't be helped with one more.
      }
    }
  }

  #lookAgain(tick: number | undefined): void {
    const { clock, retryMs = RETRY_MS } = this.#options;
    if (tick === undefined || this.#timer === undefined) return;
    this.#retry = clock.setTimer(retryMs, () => void this.#start(tick));
  }
}

/** The latest tick up to now, from one that was planned: what all replicas call it, however long one of them slept. */
function lastTick(schedule: Schedule, planned: number, now: number): number {
  let last = Math.max(planned, schedule.next(now - 2 * schedule.periodMs));
  if (last > now) last = planned;
  for (let next = schedule.next(last); next <= now; next = schedule.next(next)) last = next;
  return last;
}
