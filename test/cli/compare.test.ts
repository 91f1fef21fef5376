import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { seededRandom } from '../../src/leaves/random.js';
import { Profile } from '../../src/profile/profile.js';
import { profileTable } from '../../src/profile/profile-table.js';
import { SCRIPT } from '../../src/report/script.js';
import { runHere } from './run-here.js';

let directory: string;
const at = (name: string): string => join(directory, name);

interface Day {
  readonly wind: number;
  readonly weather: string;
  readonly temp: number;
}

function days(seed: number, shift = 0, other = 'sun'): Day[] {
  const random = seededRandom(seed);
  return Array.from({ length: 400 }, () => ({
    wind: Number((random() * 5 + shift).toFixed(3)),
    weather: random() < 0.3 ? 'rain' : other,
    temp: Number((10 + random() * 20).toFixed(3)),
  }));
}

const table = (rows: readonly Day[]): Record<string, unknown>[] => rows.map((row) => ({ ...row }));

const csv = (rows: readonly object[]): string =>
  `${Object.keys(rows[0] as object).join(',')}\n${rows.map((row) => Object.values(row).join(',')).join('\n')}\n`;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'leeway-compare-'));
  writeFileSync(at('train.csv'), csv(days(1)));
  writeFileSync(at('calm.csv'), csv(days(2)));
  writeFileSync(at('windy.csv'), csv(days(3, 2)));
  writeFileSync(
    at('windy.jsonl'),
    days(3, 2)
      .map((day) => JSON.stringify(day))
      .join('\n'),
  );
  await runHere(['profile', at('train.csv'), '-o', at('train.profile'), '--target', 'temp']);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const compare = (before: string, now: string, ...args: string[]) =>
  runHere(['compare', at(before), at(now), ...args]);

describe('leeway compare', () => {
  it('says in words what drifted, and ends with 0 unless told to fail', async () => {
    const { code, stdout, stderr } = await compare('train.csv', 'windy.csv');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Drift in 1 of 3 columns: wind\.\n400 rows against 400 rows\.\n/);
    expect(stdout).toMatch(/wind\s+drift\s+median rose from 2\.\d+ to 4\.\d+/);
    expect(stdout).toMatch(/weather\s+no drift/);
  });

  it('fails on drift where told to, and on nothing else', async () => {
    expect((await compare('train.csv', 'windy.csv', '--fail-on-drift')).code).toBe(1);
    expect((await compare('train.csv', 'calm.csv', '--fail-on-drift')).code).toBe(0);
    expect(
      (await compare('train.csv', 'windy.csv', '--fail-on-drift', '--ignore', 'wind')).code,
    ).toBe(0);
  });

  it('prints what the comparison holds as JSON', async () => {
    const { stdout } = await compare('train.csv', 'windy.csv', '--json');
    const told = JSON.parse(stdout);
    const stats = compareProfiles(profileTable(table(days(1))), profileTable(table(days(3, 2))));
    expect(told).toMatchObject({
      drift: true,
      outcome: 'compared',
      rows: { baseline: 400, current: 400 },
    });
    expect(told.settings).toMatchObject({ falseAlarmRate: 0.05 });
    const [wind] = told.columns;
    expect(wind).toMatchObject({
      column: 'wind',
      type: 'numeric',
      drift: true,
      outcome: 'compared',
    });
    const [ks] = stats.select({ column: 'wind', statistic: 'ks' });
    expect(wind.statistics.ks.statistic).toBe(ks?.metric);
    expect(wind.statistics.ks.pValue).toBe(ks?.pValue);
    expect(told.columns.map((column: { drift: boolean }) => column.drift)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('takes a profile for either side, and finds its columns by the names of the table', async () => {
    const { stdout, code } = await compare(
      'train.profile',
      'windy.jsonl',
      '--json',
      '--fail-on-drift',
    );
    expect(code).toBe(1);
    const told = JSON.parse(stdout);
    expect(
      told.columns.map(({ column, drift }: { column: string; drift: boolean }) => [column, drift]),
    ).toEqual([
      ['X_wind', true],
      ['Y_temp', false],
      ['X_weather', false],
    ]);
    expect(Profile.fromBytes(readFileSync(at('train.profile'))).columnNames).toContain('Y_temp');
    const again = await compare('train.profile', 'train.profile', '--fail-on-drift');
    expect(again.code).toBe(0);
  });

  it('writes reports that say the same', async () => {
    const { code, stdout } = await compare(
      'train.csv',
      'windy.csv',
      '--html',
      at('r.html'),
      '--md',
      at('r.md'),
      '--fail-on-drift',
    );
    expect(code).toBe(1);
    expect(stdout).toContain('r.html');
    const verdict = 'Drift in 1 of 3 columns: wind.';
    expect(stdout).toContain(verdict);
    expect(readFileSync(at('r.html'), 'utf8')).toContain(verdict);
    const markdown = readFileSync(at('r.md'), 'utf8');
    expect(markdown).toContain('**Drift in 1 of 3 columns: wind.**');
    expect(markdown).toMatch(/\| wind \| median rose from .* \| 0\.\d\d \|/);
    expect(markdown).toContain('<details><summary>2 columns without drift</summary>');
  });

  it('shows hostile names and categories as text, in every format', async () => {
    const name =
      '=cmd|x @all [a](https://evil.example) `b` <img src=x onerror=alert(1)> \u001b[31m\u202e|';
    const rows = (value: string): object[] =>
      days(4).map((day) => ({ [name]: value, wind: day.wind }));
    const before = at('hostile-a.jsonl');
    const now = at('hostile-b.jsonl');
    writeFileSync(
      before,
      rows('<!channel>')
        .map((row) => JSON.stringify(row))
        .join('\n'),
    );
    writeFileSync(
      now,
      rows('\u001b]8;;https://evil.example\u0007')
        .map((row) => JSON.stringify(row))
        .join('\n'),
    );
    const { stdout, code } = await runHere([
      'compare',
      before,
      now,
      '--html',
      at('h.html'),
      '--md',
      at('h.md'),
    ]);
    expect(code).toBe(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
    const obeyed = /[\u0000-\u0009\u000b-\u001f\u202e]/;
    expect(stdout).not.toMatch(obeyed);
    const html = readFileSync(at('h.html'), 'utf8');
    expect(html.replace(`<script>${SCRIPT}</script>`, () => '')).not.toMatch(/<img|<script/);
    const markdown = readFileSync(at('h.md'), 'utf8');
    expect(markdown).not.toMatch(obeyed);
    expect(markdown).not.toMatch(/<img|(?<!\\)\]\(|https?:\/\/|(?<!\\)`b|(?<!&#64;)@all/);
    // Still a table of four cells: the bars in the name are text.
    for (const line of markdown.split('\n').filter((one) => one.startsWith('| '))) {
      expect(line.replaceAll('\\|', '').match(/\|/g)).toHaveLength(5);
    }
  });

  it.each<[args: string[], says: string]>([
    [['train.csv'], 'CURRENT is missing'],
    [['train.csv', 'wndy.csv'], 'did you mean "windy.csv"?'],
    [['train.csv', 'windy.csv', '--ignore', 'wnd'], 'did you mean "wind"?'],
    [['train.csv', 'windy.csv', '--false-alarm-rate', '5'], 'must be between 0 and 1'],
    [
      ['train.csv', 'windy.csv', '--sensitivity', 'hihg'],
      'sensitivity must be low, normal or high',
    ],
    [['train.csv', 'windy.csv', '--fail'], 'did you mean --fail-on-drift?'],
  ])('ends %j with code 2 and says why', async (args, says) => {
    const given = args.map((arg) => (/\.csv$/.test(arg) ? at(arg) : arg));
    const { code, stdout, stderr } = await runHere(['compare', ...given]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
  });
});
