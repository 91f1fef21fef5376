import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STATISTICS } from '../../src/drift/statistics/registry.js';
import { STATISTIC_KEYS } from '../../src/drift/statistics/statistic.js';
import { root } from './pages.js';

const folder = join(root, 'docs/statistics');

describe('the pages of the statistics', () => {
  it.each(STATISTIC_KEYS)(
    '%s: what it sees, what it misses, its threshold, and whether it decides',
    (key) => {
      const file = join(folder, `${key}.md`);
      expect(existsSync(file)).toBe(true);
      const text = readFileSync(file, 'utf8');
      const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading);
      expect(headings).toEqual([
        expect.stringMatching(`^${key}: `),
        'What it sees',
        'What it misses',
        'Its threshold',
      ]);
      expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain(`[${key}](${key}.md)`);
      const statistic = STATISTICS.find((one) => one.key === key);
      if (statistic?.decides === true) expect(text).toMatch(/In the verdict it decides/);
      else expect(text).toMatch(/In the verdict it (reports|decides as a pair|is the verdict)/);
    },
  );
});
