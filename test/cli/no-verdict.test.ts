import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runHere } from './run-here.js';

describe('leeway compare --fail-on-drift', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const rows = (count: number, row: (index: number) => string): string =>
    Array.from({ length: count }, (_, at) => row(at)).join('\n');

  it('ends with 2 where nothing could be compared, and says why', async () => {
    const empty = file('empty.csv', `a,b\n${rows(50, () => ',')}\n`);
    const { code, stdout } = await runHere(['compare', empty, empty, '--fail-on-drift']);
    expect(stdout).toContain(
      'No verdict: nothing could be compared. 2 columns were not compared: a (all missing)',
    );
    expect(code).toBe(2);
    expect((await runHere(['compare', empty, empty])).code).toBe(0);
  });

  it('ends with 2 where a calm verdict leaves out rows that can not be read', async () => {
    const whole = file(
      'whole.jsonl',
      rows(400, (at) => `{"a":${at % 50}}`),
    );
    const half = file(
      'half.jsonl',
      rows(400, (at) => (at % 2 === 0 ? `{"a":${(at / 2) % 50}}` : `{"a":${at + 900}`)),
    );
    const one = file(
      'one.jsonl',
      rows(400, (at) => (at === 7 ? '{"a":' : `{"a":${at % 50}}`)),
    );
    expect((await runHere(['compare', whole, half, '--fail-on-drift'])).code).toBe(2);
    expect((await runHere(['compare', half, whole, '--fail-on-drift'])).code).toBe(2);
    expect((await runHere(['compare', whole, one, '--fail-on-drift'])).code).toBe(0);
  });

  it('ends with 2 where there are too few rows, with 0 where nothing changed and with 1 where it did', async () => {
    const few = file('few.csv', 'a\n1\n2\n3\n');
    const flags = file('flags.csv', `a\n${rows(1000, (at) => (at < 100 ? '1' : '0'))}\n`);
    const ones = file('ones.csv', `a\n${rows(333, () => '1')}\n`);
    expect((await runHere(['compare', few, few, '--fail-on-drift'])).code).toBe(2);
    expect((await runHere(['compare', flags, flags, '--fail-on-drift'])).code).toBe(0);
    expect((await runHere(['compare', flags, ones, '--fail-on-drift'])).code).toBe(1);
  });
});
