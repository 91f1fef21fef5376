import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Service } from '../../src/service/request-service.js';
import { runHere } from './run-here.js';

let directory: string;
let store: string;
const NAME = '=1+1|@<script>\u001b[31m\u202e';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'leeway-report-'));
  store = join(directory, 'log.db');
  const service = new Service({
    experiment: 'shop',
    model: 'price',
    store: `sqlite:${store}`,
    schedule: false,
    onAlert: () => {},
  });
  const send = async (count: number, shift: number): Promise<void> => {
    const X = Array.from({ length: count }, (_, index) => ({
      [NAME]: ((index * 7919) % count) / count + shift,
    }));
    service.record({ X, Y: X.map(() => ({ y: 1 })) });
    await service.monitor().capture();
  };
  await send(1_000, 0);
  await send(200, 0);
  await send(200, 0.5);
  await service.close();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('leeway report', () => {
  it('writes the page and Markdown of the latest window, with the windows before it', async () => {
    const [html, md] = ['r.html', 'r.md'].map((name) => join(directory, name)) as [string, string];
    const { code, stdout, stderr } = await runHere(['report', store, '--html', html, '--md', md]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Drift in 1 of 2 columns: X_=1\+1.*\n● .*r\.html\n● .*r\.md\n$/);
    const page = readFileSync(html, 'utf8');
    expect(page).toContain('Window by window');
    expect(page).toContain('first seen in snapshot 2');
    expect(page).toContain('This monitor is not calibrated');
    expect(readFileSync(md, 'utf8')).toMatch(/^## ⚠️ price · shop/);
  });

  it('prints JSON, with hostile names made safe', async () => {
    const { stdout } = await runHere(['report', store, '-e', 'shop', '-m', 'price', '--json']);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
    expect(stdout.trimEnd()).not.toMatch(/[\u0000-\u001f\u202e]/);
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({
      experiment: 'shop',
      model: 'price',
      drift: true,
      outcome: 'compared',
    });
    expect(told.columns[0].column).toBe(`X_${NAME}`);
    expect(told.timeline.map((window: { drifted: string[] }) => window.drifted.length)).toEqual([
      0, 1,
    ]);
  });

  it('names what is nearest where a name is wrong, and writes nothing', async () => {
    const html = join(directory, 'none.html');
    const model = await runHere(['report', store, '--model', 'prise', '--html', html]);
    expect(model.code).toBe(2);
    expect(model.stderr).toContain('did you mean "price"');
    const experiment = await runHere(['report', store, '--experiment', 'shopp', '--html', html]);
    expect(experiment.code).toBe(2);
    expect(experiment.stderr).toContain('the store has shop');
    expect((await runHere(['report', join(directory, 'no.db')])).stderr).toContain(
      'there is no store',
    );
    expect(existsSync(html)).toBe(false);
  });
});

describe('leeway demo', () => {
  it('runs the demo where it was asked to, and passes on how it ended', async () => {
    const dir = join(directory, 'demo');
    const { code, stdout, stderr } = await runHere([
      'demo',
      '--framework',
      'node',
      '--json',
      '--dir',
      dir,
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { halves, framework } = JSON.parse(stdout);
    expect(framework).toBe('node');
    expect(halves.map(({ drift }: { drift: boolean }) => drift)).toEqual([false, true]);
    // What the demo logged is all that a report needs.
    expect((await runHere(['report', join(dir, 'leeway.db'), '--fail-on-drift'])).code).toBe(1);
  });

  it('names the nearest framework', async () => {
    expect(await runHere(['demo', '--framework', 'expres'])).toMatchObject({ code: 2 });
    expect((await runHere(['demo', '--framework', 'expres'])).stderr).toContain(
      'did you mean "express"',
    );
  });
});
