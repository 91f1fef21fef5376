import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GivenBaseline, readBaseline } from '../../src/service/given-baseline.js';
import { pinnedProfile } from '../../src/service/pinned-profile.js';
import { type BuiltCommand, buildCommand } from './build.js';
import { runHere } from './run-here.js';

let command: BuiltCommand;
beforeAll(async () => {
  command = await buildCommand();
  put(
    'days.csv',
    `wind,weather,temp\n${days.map((day) => Object.values(day).join(',')).join('\n')}\n`,
  );
});
afterAll(() => command.remove());

const days = Array.from({ length: 300 }, (_, index) => ({
  wind: (index % 50) / 10,
  weather: index % 4 === 0 ? 'rain' : 'sun',
  temp: 10 + (index % 20),
}));
const put = (name: string, content: string | Uint8Array): void =>
  writeFileSync(join(command.directory, name), content);
const profile = (...args: string[]) => command.run(['profile', ...args]);
const baseline = (file: string) =>
  pinnedProfile(
    readBaseline({ baseline: join(command.directory, file), outputs: [] }) as GivenBaseline,
    {},
  );

describe('leeway', () => {
  it('ends bad input with code 2 and one line', async () => {
    const { code, stdout, stderr } = await command.run(['prfile']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      'leeway: there is no command "prfile"; did you mean "profile"? See leeway --help\n',
    );
  });

  it.each([
    [['--help'], 'Usage: leeway COMMAND'],
    [['help'], 'Usage: leeway COMMAND'],
    [['profile', '--help'], '-o, --output FILE'],
    [['help', 'profile'], '-o, --output FILE'],
    [
      ['--version'],
      (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version,
    ],
  ])('answers %j', async (args, says) => {
    const { code, stdout, stderr } = await command.run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(says);
  });

  it.each<[args: string[], says: string]>([
    [[], 'Usage'],
    [['prfile'], 'there is no command "prfile"; did you mean "profile"?'],
    [['--verison'], 'there is no option "--verison"; did you mean "--version"?'],
    [['profile'], 'DATA is missing'],
    [['profile', '@days.csv'], 'name the file to write'],
    [
      ['profile', '@days.csv', '-o', '@p', '--taget', 'temp'],
      'has no option --taget; did you mean --target?',
    ],
    [['profile', '@days.csv', '-o', '@p', '-x'], 'has no option -x'],
    [['profile', '@days.csv', '-o'], '-o needs a value'],
    [['profile', '@days.csv', '-o', '@p', '-o', '@q'], 'given twice'],
    [['profile', '@days.csv', '-o', '@p', '--json=yes'], '--json accepts no value'],
    [['profile', '@days.csv', '@more.csv', '-o', '@p'], 'one too many'],
    [
      ['profile', '@days.csv', '-o', '@p', '--target', 'tmep'],
      'no column "tmep"; did you mean "temp"?',
    ],
    [
      ['profile', '@days.csv', '-o', '@p', '--catcols', 'wind,wether'],
      'no column "wether"; did you mean "weather"?',
    ],
    [['profile', '@days.csv', '-o', '@p', '--format', 'jsnl'], 'did you mean "jsonl"?'],
    [['profile', '@days.csv', '-o', '@p', '--max-columns', '2'], 'more than the 2 of maxColumns'],
    [['profile', '@dys.csv', '-o', '@p'], 'did you mean "days.csv"?'],
    [['profile', '@days.csv', '-o', '@no/such/p'], 'there is no directory'],
    [['profile', '@days.csv', '-o', '@days.csv'], 'would overwrite the data'],
    [['profile', '@days.csv', '-o', '@.'], 'it exists and is not a file'],
    [
      ['profile', '@days.csv', '--format', 'jsonl', '-o', '@p'],
      'no rows to profile: 301 bad rows, the first on line 1',
    ],
    [['profile', '@days.csv', '--format', 'parquet', '-o', '@p'], "can't be read as Parquet"],
  ])('ends %j with code 2 and one line', async (args, says) => {
    const { code, stdout, stderr } = await runHere(
      args.map((arg) => arg.replace(/^@/, `${command.directory}/`)),
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/\n\s+at /);
    if (args.length > 0) expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(existsSync(join(command.directory, 'p'))).toBe(false);
  });
});

describe('leeway profile', () => {
  it('writes a baseline that the middleware takes, and tells what it found', async () => {
    const { code, stdout, stderr } = await profile(
      'days.csv',
      '-o',
      'b.profile',
      '--target',
      'temp',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('days.csv: 300 rows, 2 inputs, 1 target');
    expect(stdout).toMatch(/X_wind +numeric +0 % +0 … 4\.9/);
    expect(stdout).toMatch(/X_weather +categorical +0 % +sun 75 %, rain 25 %/);
    expect(stdout).toMatch(/Y_temp +\w+ +0 % +10 … 29/);
    const read = baseline('b.profile');
    expect(read?.rows).toBe(300);
    expect(read?.columnNames).toEqual(['X_wind', 'X_weather', 'Y_temp']);
    expect(readdirSync(command.directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('finds the same in every format', async () => {
    put('days.csv.gz', gzipSync(readFileSync(join(command.directory, 'days.csv'))));
    put('days.jsonl', days.map((day) => JSON.stringify(day)).join('\r\n'));
    const columnData = (['wind', 'weather', 'temp'] as const).map((name) => ({
      name,
      data: days.map((day) => day[name]),
    }));
    put('days.parquet', new Uint8Array(parquetWriteBuffer({ columnData })));
    put(
      'days.tsv',
      `wind\tweather\ttemp\n${days.map((day) => Object.values(day).join('\t')).join('\n')}\n`,
    );
    const found = await Promise.all(
      ['days.csv', 'days.csv.gz', 'days.jsonl', 'days.parquet', 'days.tsv'].map(async (file) => {
        const { code, stdout, stderr } = await profile(
          file,
          '-o',
          `${file}.profile`,
          '--target',
          'temp',
          '--json',
        );
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        // Numbers that come one by one and numbers that come in batches sum up differently in the last digit.
        const digits = (_name: string, value: unknown): unknown =>
          typeof value === 'number' ? Number(value.toPrecision(12)) : value;
        const {
          data,
          file: output,
          bytes: _,
          ...rest
        } = JSON.parse(stdout, digits) as Record<string, unknown>;
        expect({ data, output }).toEqual({ data: file, output: `${file}.profile` });
        return rest;
      }),
    );
    expect(found[0]).toMatchObject({ rows: 300, badRows: 0 });
    const [, weather, temp] = (found[0] as { columns: Record<string, unknown>[] }).columns;
    expect(weather).toMatchObject({
      column: 'X_weather',
      type: 'categorical',
      distinct: 2,
      missing: 0,
    });
    expect(temp).toMatchObject({ column: 'Y_temp', min: 10, max: 29 });
    for (const other of found.slice(1)) expect(other).toEqual(found[0]);
  });

  it('takes the codes of --catcols for names, and keeps prefixes', async () => {
    put('codes.csv', 'X_zone,Y_out,a\n1,2,3\n4,5,6\n');
    const { code, stdout } = await profile(
      'codes.csv',
      '-o',
      'c.profile',
      '--catcols',
      'X_zone,a',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout).columns).toMatchObject([
      { column: 'X_zone', type: 'categorical' },
      { column: 'Y_out' },
      { column: 'X_a', type: 'categorical' },
    ]);
    put('twice.csv', 'a,X_a\n1,2\n');
    const twice = await profile('twice.csv', '-o', 'd.profile');
    expect(twice).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('would both be recorded as "X_a"'),
    });
  });

  it('counts bad rows and shows the first', async () => {
    put('bad.csv', `a,b\n${'1,2\n3\n'.repeat(20)}`);
    const { code, stdout, stderr } = await profile('bad.csv', '-o', 'e.profile');
    expect(code).toBe(0);
    expect(stdout).toContain('20 rows');
    expect(stderr).toContain(
      '20 bad rows left out:\n  line 3: 1 field, where the table has 2 columns\n',
    );
    expect(stderr).toContain('… and 15 more');
    const json = await profile('bad.csv', '-o', 'e.profile', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      badRows: 20,
      firstBadRows: [{ line: 3 }, {}, {}, {}, {}],
    });
  });

  it('lets no name or value of the data talk to the terminal', async () => {
    const evil = '\u001b]0;owned\u0007\u009b31m\u202e';
    put('evil.csv', `"a${evil}",b\nx${evil},1\n`);
    for (const args of [[], ['--json'], ['--target', `c${evil}`]]) {
      const { stdout, stderr } = await profile('evil.csv', '-o', 'f.profile', ...args);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(stdout + stderr).toContain('\\u001b');
    }
    const { stdout } = await profile('evil.csv', '-o', 'f.profile', '--json');
    expect(JSON.parse(stdout).columns[0].column).toBe(`X_a${evil}`);
  });

  it('uses colours only where they are wanted', async () => {
    const colours = async (env: Record<string, string>) =>
      (await command.run(['profile', 'days.csv', '-o', 'g.profile'], env)).stdout.includes(
        '\u001b[',
      );
    expect(await colours({})).toBe(false);
    expect(await colours({ FORCE_COLOR: '1' })).toBe(true);
    expect(await colours({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
  });

  it('leaves the old file where it fails, and follows a link to it', async () => {
    mkdirSync(join(command.directory, 'out'));
    put('out/old.profile', 'old');
    symlinkSync('old.profile', join(command.directory, 'out/link.profile'));
    put('cut.csv.gz', gzipSync('a,b\n1,2\n'.repeat(1000)).subarray(0, 30));
    const failed = await profile('cut.csv.gz', '-o', 'out/old.profile');
    expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining('damaged gzip') });
    expect(readFileSync(join(command.directory, 'out/old.profile'), 'utf8')).toBe('old');
    expect((await profile('days.csv', '-o', 'out/link.profile')).code).toBe(0);
    expect(baseline('out/old.profile')?.rows).toBe(300);
    expect(readdirSync(join(command.directory, 'out')).sort()).toEqual([
      'link.profile',
      'old.profile',
    ]);
  });

  it('begins with a shebang', () => {
    expect(readFileSync(command.main, 'utf8').split('\n')[0]).toBe('#!/usr/bin/env node');
  });
});
