import { describe, expect, it } from 'vitest';
import { experiment } from '../../src/service/open-experiment.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { fakeClock } from '../fixtures/fake-clock.js';

/** A model in the manner of those on npm: with private state, methods that answer at once and later. */
class Model {
  #slope = 2;
  trained = 0;

  fit(X: number[][], Y: number[]): this {
    this.trained = X.length;
    this.#slope = (Y[0] ?? 0) / (X[0]?.[0] ?? 1);
    return this;
  }

  predict(X: readonly (readonly number[])[]): number[] {
    return X.map(([x]) => (x ?? 0) * this.#slope);
  }

  async predictProba(rows: { age: number }[]): Promise<number[][]> {
    return rows.map(({ age }) => [age / 100, 1 - age / 100]);
  }

  score(_X: unknown, _Y: unknown): number {
    return 0.9;
  }

  get slope(): number {
    return this.#slope;
  }

  fails(): never {
    throw new Error('as without us');
  }
}

describe('exp.wrap()', () => {
  const open = (options = {}) => {
    const clock = fakeClock();
    return experiment('shop', { store: memoryStore({ clock }), clock, ...options });
  };

  it('logs predictions like requests, and answers as the model does', async () => {
    const exp = open();
    const model = exp.wrap('m', new Model());
    expect(model.predict([[1], [3]])).toEqual([2, 6]);
    expect(await model.predictProba([{ age: 30 }])).toEqual([[0.3, 0.7]]);
    const rows = (await exp.data({ event: 'predict' })).rows;
    expect(rows).toMatchObject([
      { run: 1, key: 'm', value: { X: [{ 0: 1 }, { 0: 3 }], Y: [{ 0: 2 }, { 0: 6 }] } },
      { run: 2, key: 'm', value: { X: [{ age: 30 }], Y: [{ 0: 0.3, 1: 0.7 }] } },
    ]);
    expect(await exp.stats()).toMatchObject([{ model: 'm', calls: 2, rows: 3 }]);
    await exp.close();
  });

  it('logs what fits with its rows, and what scores as a metric', async () => {
    const exp = open();
    const model = exp.wrap('m', new Model());
    const run = await exp.start();
    expect(model.fit([[1], [2]], [5, 10])).toBeInstanceOf(Model);
    expect(model.score([[1]], [5])).toBe(0.9);
    await exp.stop();
    expect(model.slope).toBe(5);
    expect(model.trained).toBe(2);
    const [fit] = (await exp.data({ event: 'fit' })).rows;
    expect(fit).toMatchObject({
      parent: run,
      value: { X: [{ 0: 1 }, { 0: 2 }], Y: [{ 0: 5 }, { 0: 10 }] },
    });
    expect((await exp.data({ event: 'metric' })).rows).toMatchObject([
      { run, key: 'm/score', value: 0.9 },
    ]);
    expect(await exp.restoreData('X', { event: 'fit', model: 'm' })).toEqual([{ 0: 1 }, { 0: 2 }]);
    await exp.close();
  });

  it('records what a call was given, not what the model made of it', async () => {
    const exp = open();
    const model = exp.wrap('m', {
      predict(rows: number[][]) {
        for (const row of rows) row[0] = -1;
        return rows.map(() => 0);
      },
    });
    model.predict([[7]]);
    expect((await exp.data({ event: 'predict' })).rows[0]?.value).toMatchObject({ X: [{ 0: 7 }] });
    await exp.close();
  });

  it('takes a list of scalars for a column, or for a row where there is one answer, and typed arrays for lists', async () => {
    const exp = open();
    const each = exp.wrap('each', {
      predict: (xs: ArrayLike<number>) => Array.from(xs, (x) => x + 1),
    });
    const one = exp.wrap('one', { predict: (_: number[]) => 5 });
    each.predict(new Float32Array([1, 2]));
    one.predict([1, 2]);
    const values = (await exp.data({ event: 'predict' })).rows.map(({ key, value }) => [
      key,
      value,
    ]);
    expect(values).toMatchObject([
      ['each', { X: [{ 0: 1 }, { 0: 2 }], Y: [{ 0: 2 }, { 0: 3 }] }],
      ['one', { X: [{ 0: 1, 1: 2 }], Y: [{ 0: 5 }] }],
    ]);
    await exp.close();
  });

  it('lets errors through, and records nothing of such calls', async () => {
    const exp = open();
    const model = exp.wrap('m', {
      predict: () => {
        throw new Error('at once');
      },
      transform: () => Promise.reject(new Error('later')),
      fails: new Model().fails,
    });
    expect(() => model.predict()).toThrow('at once');
    await expect(model.transform()).rejects.toThrow('later');
    expect(() => model.fails()).toThrow('as without us');
    expect((await exp.data()).length).toBe(0);
    await exp.close();
  });

  it('harms nothing with what is no table', async () => {
    const exp = open();
    const model = exp.wrap('m', { predict: (x: unknown) => x });
    for (const odd of [undefined, null, 'text', () => 1, new Map(), [[1], { a: 1 }]]) {
      expect(model.predict(odd)).toBe(odd);
    }
    await exp.close();
  });

  it('logs nothing by itself with autotrack: false, and a monitor then warns', async () => {
    const exp = open({ autotrack: false });
    const model = new Model();
    expect(exp.wrap('m', model)).toBe(model);
    const warnings: string[] = [];
    const listen = (warning: Error) => warnings.push(warning.message);
    process.on('warning', listen);
    exp.asMonitor('m');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    expect(warnings.join()).toMatch(/autotrack: false, so the monitor of "m"/);
    await exp.close();
  });

  it('feeds the monitor of the model', async () => {
    const exp = open();
    const model = exp.wrap('m', new Model());
    const monitor = exp.asMonitor('m');
    const rows = (shift: number) =>
      Array.from({ length: 300 }, (_, index) => [((index * 7919) % 300) / 300 + shift]);
    model.predict(rows(0));
    expect(await monitor.snapshot()).toBe(0);
    model.predict(rows(2));
    expect(await monitor.snapshot()).toBe(1);
    expect((await monitor.compare()).drift).toBe(true);
    await exp.close();
  });
});

describe('experiment()', () => {
  it('with recreate drops what the log held, at the first use and once', async () => {
    const store = memoryStore();
    await experiment('shop', { store }).logMetric('a', 1);
    const exp = experiment('shop', { store, recreate: true });
    await exp.logMetric('b', 2);
    await exp.logMetric('c', 3);
    expect((await exp.data()).rows.map((row) => row.key)).toEqual(['b', 'c']);
    await exp.close();
  });

  it('refuses what it does not know', () => {
    expect(() => experiment('shop', { autotrak: true } as never)).toThrow(
      /did you mean "autotrack"/,
    );
    expect(() => experiment('shop', { recreate: 'yes' } as never)).toThrow(
      /recreate must be true or false/,
    );
    expect(() => experiment('')).toThrow(/experiment must be a name/);
  });
});
