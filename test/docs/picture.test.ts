import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './pages.js';

it('has a picture that our own charts make of the data of the demo', () => {
  const made = execFileSync(process.execPath, ['examples/weather/picture.js'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(readFileSync(join(root, 'docs/weather.svg'), 'utf8')).toBe(made);
  expect(made).toContain('No drift in 5 columns.');
});
