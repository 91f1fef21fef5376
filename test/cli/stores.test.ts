import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/cli/run-command.js';
import { withStore } from '../../src/cli/store-argument.js';
import type { NewEntry } from '../../src/tracking/log-entry.js';
import { sqliteStore } from '../../src/tracking/stores/sqlite/store.js';

let directory: string;
let file: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'leeway-stores-'));
  file = join(directory, 'leeway.db');
  const store = sqliteStore({ file });
  const base = { key: 'price', value: null, dt: Date.UTC(2020, 0, 1), node: 'n', userid: 'u' };
  const chunk: NewEntry = {
    ...base,
    event: 'predict',
    runs: 2,
    rows: 2,
    bytes: new Uint8Array([1]),
  };
  await store.append('shop', [
    chunk,
    chunk,
    { ...base, event: 'alert', value: { title: 'red\u001b[31m' } },
  ]);
  const replaces = [1, 2].map((posFrom) => ({ level: 0, posFrom }));
  await store.fold({
    experiment: 'shop',
    key: 'price',
    level: 1,
    replaces,
    bytes: new Uint8Array([2]),
  });
  await store.append('other', [{ ...base, event: 'metric', key: 'acc', value: 0.5 }]);
  await store.close();
});
afterAll(() => rmSync(directory, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' };
  const collect = (name: 'stdout' | 'stderr'): Writable =>
    new Writable({
      write: (chunk, _encoding, done) => {
        said[name] += String(chunk);
        done();
      },
    });
  const io = {
    stdout: collect('stdout'),
    stderr: collect('stderr'),
    env: {},
    signal: new AbortController().signal,
  };
  return { code: await runCommand(args, io), ...said };
}

describe('leeway events', () => {
  it('shows the latest events, nothing of them obeyed by a terminal', async () => {
    const { code, stdout } = await run('events', `sqlite:${file}`);
    expect(code).toBe(0);
    expect(stdout).toContain('1–2');
    expect(stdout).toContain('alert');
    expect(stdout).not.toContain('\u001b[31m');
  });

  it('narrows, and says it as JSON', async () => {
    const { stdout } = await run(
      'events',
      file,
      '-e',
      'shop',
      '--event',
      'predict',
      '--limit',
      '1',
      '--json',
    );
    expect(JSON.parse(stdout)).toEqual({
      events: [
        expect.objectContaining({
          experiment: 'shop',
          event: 'predict',
          pos: 2,
          run: 3,
          rows: 2,
          dt: '2020-01-01T00:00:00.000Z',
        }),
      ],
    });
    expect(JSON.parse((await run('events', file, '--since', '1d', '--json')).stdout)).toEqual({
      events: [],
    });
    expect((await run('events', file, '--key', 'nobody')).stdout).toBe('no events\n');
  });
});

describe('leeway export and import', () => {
  it('carry a log to another store', async () => {
    const lines = join(directory, 'log.jsonl');
    const copy = join(directory, 'copy.db');
    expect(await run('export', file, '-o', lines, '--json')).toEqual({
      code: 0,
      stdout: `{"file":${JSON.stringify(lines)},"lines":7}\n`,
      stderr: '',
    });
    expect((await run('export', file)).stdout).toBe(readFileSync(lines, 'utf8'));
    expect(JSON.parse((await run('import', `sqlite:${copy}`, lines, '--json')).stdout)).toEqual({
      experiments: [
        { experiment: 'other', entries: 1 },
        { experiment: 'shop', entries: 3 },
      ],
    });
    expect((await run('export', copy)).stdout).toBe(readFileSync(lines, 'utf8'));
    const again = await run('import', copy, lines);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toMatch(/^leeway: the store has an experiment "other" .*already/);
  });
});

describe('leeway prune and migrate', () => {
  it('takes away what is old, and tells the layout', async () => {
    const text = (await run('migrate', file)).stdout;
    expect(text).toMatch(
      /has layout 2 already; versions of leeway that know layout 1 may write to it\n$/,
    );
    expect(JSON.parse((await run('migrate', file, '--json')).stdout)).toMatchObject({
      from: 2,
      to: 2,
      minWriter: 1,
    });
    expect(JSON.parse((await run('prune', file, '--rows', '99999d', '--json')).stdout)).toEqual({
      experiments: ['other', 'shop']
        .map((experiment) => ({ experiment, chunks: 0, rows: 0, folds: 1, predictions: 0 }))
        .map((pruned) => (pruned.experiment === 'other' ? { ...pruned, folds: 0 } : pruned)),
    });
    expect((await run('prune', file, '-e', 'shop')).stdout).toMatch(
      /^shop: removed 0 rows, 0 profiles, 0 predictions/,
    );
  });
});

describe('bad input ends with code 2 and one line', () => {
  it.each<[args: string[], says: string]>([
    [['events'], 'STORE is missing'],
    [['events', '@typo.db'], 'there is no store'],
    [['events', 'mysql://me:secret@h/d'], 'which is not supported'],
    [
      ['events', '@leeway.db', '-e', 'shpo'],
      'there is no experiment "shpo" (string); the store has other, shop',
    ],
    [['events', '@leeway.db', '--event', 'alrt'], 'did you mean "alert"'],
    [['events', '@leeway.db', '--since', 'yesterdayish'], '--since must be a date or a duration'],
    [['events', '@leeway.db', '--limit', '-1'], '--limit must be a whole number'],
    [['prune', '@leeway.db', '--rows', '7 days'], '--rows must be a duration such as 7d'],
    [['export', '@leeway.db', '-o', '@no/such/file'], 'there is no directory'],
    [['import', '@new.db', '@nothing.jsonl'], 'there is no file'],
    [['import', '@new.db', '@bad.jsonl'], 'line 1 can'],
    [['migrate', '@bad.jsonl'], 'not a SQLite database'],
  ])('%j', async (args, says) => {
    writeFileSync(
      join(directory, 'bad.jsonl'),
      'no json, and no database either, but a long enough text to tell\n'.repeat(20),
    );
    const { code, stdout, stderr } = await run(
      ...args.map((arg) => arg.replace(/^@/, `${directory}/`)),
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr).not.toContain('secret');
    expect(stderr.trimEnd().split('\n').length).toBe(1);
    expect(existsSync(join(directory, 'typo.db'))).toBe(false);
  });
});

describe('a store that does not answer', () => {
  it('is given up in time, with what was waited for', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const asked = withStore(
      `postgres://u:secret@127.0.0.1:${port}/db`,
      (store) => store.experiments(),
      {
        answerWithinMs: 500,
      },
    );
    await expect(asked).rejects.toMatchObject({ code: 'ERR_LEEWAY_TIMEOUT' });
    await expect(asked).rejects.not.toThrow('secret');
    silent.close();
  });
});
