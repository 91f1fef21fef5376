import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { type Random, seededRandom, shuffle } from '../../src/leaves/random.js';
import type { DriftStatus } from '../../src/service/middleware-controls.js';
import { experiment } from '../../src/service/open-experiment.js';
import { Service } from '../../src/service/request-service.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

interface Day {
  readonly temp_max: number;
  readonly [name: string]: unknown;
}
const example = async () => {
  const data = (await import(new URL('../../examples/weather/data.js', import.meta.url).href)) as {
    cityDays(city: string): Day[];
    alternateWeeks(days: readonly Day[]): { training: Day[]; others: Day[] };
    question(day: Day): Record<string, unknown>;
  };
  const model = (await import(
    new URL('../../examples/weather/model.js', import.meta.url).href
  )) as {
    modelOf(parameters: object): (day: object) => number;
  };
  const { learn } = (await import(
    new URL('../../examples/weather/learn.js', import.meta.url).href
  )) as {
    learn(days: readonly Day[]): { weights: number[] };
  };
  return { ...data, learn, trainModel: (days: readonly Day[]) => model.modelOf(learn(days)) };
};

const directories: string[] = [];
const temporary = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-demo-'));
  directories.push(directory);
  return directory;
};
afterEach(() => {
  for (const directory of directories.splice(0))
    rmSync(directory, { recursive: true, force: true });
});

describe('the weather demo', () => {
  it.each(['express', 'hono', 'node'])(
    'runs to its end on %s, silent on Seattle, with an alert on New York',
    async (framework) => {
      const dir = temporary();
      const args = ['examples/weather/demo.js', '--json', '--framework', framework, '--dir', dir];
      const { stdout, stderr } = await run(process.execPath, args, { cwd: root });
      expect(stderr).toBe('');
      const { halves, report } = JSON.parse(stdout);
      expect(halves).toEqual([
        {
          name: 'Seattle, the other weeks',
          rowsSent: 728,
          rowsRecorded: 728,
          drift: false,
          columns: [],
          alerts: [],
        },
        {
          name: 'New York',
          rowsSent: 1461,
          rowsRecorded: 1461,
          drift: true,
          columns: expect.any(Array),
          alerts: [expect.any(Object)],
        },
      ]);
      expect(halves[1].columns).toEqual(expect.arrayContaining(['X_wind', 'X_temp_min']));
      expect(halves[1].alerts[0].columns).toEqual(expect.arrayContaining(['X_wind', 'X_temp_min']));
      expect(report).toBe(join(dir, 'report.html'));
      expect(readFileSync(report, 'utf8')).toContain('X_wind');
    },
  );

  it('serves the model that its training gives', async () => {
    const { cityDays, alternateWeeks, learn } = await example();
    const { weights } = learn(alternateWeeks(cityDays('Seattle')).training);
    const stored = JSON.parse(readFileSync(join(root, 'examples/weather/model.json'), 'utf8'));
    expect(stored.weights.length).toBe(weights.length);
    for (const [index, weight] of weights.entries())
      expect(stored.weights[index]).toBeCloseTo(weight, 9);
  });

  it('tells people the same in words, and ends by itself without a terminal', async () => {
    const env = { ...process.env, NO_COLOR: '1' };
    const { stdout } = await run(
      process.execPath,
      ['examples/weather/demo.js', '--dir', temporary()],
      {
        cwd: root,
        env,
      },
    );
    expect(stdout).toContain('● No drift in 5 columns.');
    expect(stdout).toMatch(/▲ Drift in \d of 5 columns: X_wind, X_temp_min/);
    expect(stdout).toContain('Largest mover: X_wind, median rose from 3 m/s to 4.7 m/s');
    // One busy process can't tell what leeway costs; bench/overhead does.
    expect(stdout).not.toContain('µs');
    expect(stdout).toMatch(/Report: .*report\.html\nStore: {2}.*leeway\.db/);
  });

  it('is silent on the control and alerts on the other city, whichever city is learnt and in whatever order rows come', async () => {
    const { cityDays, alternateWeeks, question, trainModel } = await example();
    const verdicts: string[] = [];
    for (const [home, away] of [
      ['Seattle', 'New York'],
      ['New York', 'Seattle'],
    ] as const) {
      const { training, others } = alternateWeeks(cityDays(home));
      const predict = trainModel(training);
      for (let seed = 1; seed <= 20; seed += 1) {
        const random: Random = seededRandom(seed);
        const baseline = shuffle([...training], random).map((day) => ({
          ...question(day),
          temp_max: predict(day),
        }));
        const alerts: readonly string[][] = [];
        const service = new Service({
          experiment: 'weather',
          model: 'temp-max',
          match: 'POST /predict',
          outputs: ['temp_max'],
          store: 'memory:',
          baseline,
          onAlert: (alert) => (alerts as string[][]).push([...alert.columns]),
        });
        const stream = (days: readonly Day[]): void => {
          for (const day of shuffle([...days], random))
            service.record({ X: [question(day)], Y: [predict(day)] });
        };
        stream(others);
        const control = await service.monitor().capture();
        const silent = !control.drift && alerts.length === 0 && control.outcome === 'compared';
        stream(cityDays(away));
        const other = await service.monitor().capture();
        const told =
          other.drift &&
          alerts.length === 1 &&
          ['X_wind', 'X_temp_min'].every((c) => alerts[0]?.includes(c));
        verdicts.push(
          `${home} ${seed}: ${silent ? 'silent' : 'ALARM'}, ${told ? 'told' : 'NOT TOLD'}`,
        );
        await service.close();
      }
    }
    expect(verdicts.length).toBe(40);
    expect(verdicts.filter((verdict) => !verdict.endsWith('silent, told'))).toEqual([]);
  });

  it('goes on after a kill where it was: no row twice, none lost that was flushed', async () => {
    const { cityDays, alternateWeeks, question } = await example();
    const { others } = alternateWeeks(cityDays('Seattle'));
    const file = join(temporary(), 'leeway.db');
    const serve = async () => {
      const child = spawn(process.execPath, ['test/fixtures/weather-server.js', file], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const port = await new Promise<number>((resolve) =>
        child.stdout.once('data', (text) => resolve(Number(text))),
      );
      return { child, base: `http://127.0.0.1:${port}` };
    };
    const send = async (base: string, days: readonly Day[]): Promise<void> => {
      for (const day of days) {
        const body = JSON.stringify(question(day));
        const response = await fetch(`${base}/predict`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        await response.json();
      }
    };
    const status = async (base: string) =>
      (await (await fetch(`${base}/status`)).json()) as DriftStatus;

    const first = await serve();
    expect((await status(first.base)).state).toBe('learning');
    await send(first.base, others.slice(0, 300));
    await fetch(`${first.base}/flush`);
    await send(first.base, others.slice(300, 310));
    first.child.kill('SIGKILL');
    await new Promise((resolve) => first.child.once('exit', resolve));

    const second = await serve();
    await expect
      .poll(async () => (await status(second.base)).models[0]?.windowRows)
      .toBeGreaterThanOrEqual(300);
    const kept = (await status(second.base)).models[0]?.windowRows ?? 0;
    expect(kept).toBeLessThanOrEqual(310);
    await send(second.base, others.slice(310));
    const captured = await (await fetch(`${second.base}/capture`)).json();
    expect(captured).toEqual({
      outcome: 'compared',
      drift: false,
      rows: kept + others.length - 310,
    });
    second.child.kill('SIGKILL');
    await new Promise((resolve) => second.child.once('exit', resolve));

    const log = experiment('weather', { store: `sqlite:${file}` });
    const calls = (await log.data({ event: 'predict' })).rows;
    await log.close();
    expect(calls.map((call) => call.run)).toEqual(
      Array.from({ length: kept + others.length - 310 }, (_, index) => index + 1),
    );
    const sent = (call: (typeof calls)[number]): unknown => (call.value as { X: unknown[] }).X[0];
    expect(calls.slice(0, 300).map(sent)).toEqual(others.slice(0, 300).map(question));
    expect(calls.slice(kept).map(sent)).toEqual(others.slice(310).map(question));
  });
});
