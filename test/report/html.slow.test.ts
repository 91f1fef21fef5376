import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { profileTable, type Table } from '../../src/profile/profile-table.js';
import { renderHtml } from '../../src/report/html.js';
import { SCRIPT } from '../../src/report/script.js';
import { STYLE } from '../../src/report/style.js';

const at = Date.UTC(2026, 0, 15, 12, 30);
const report = (
  before: Table,
  now: Table,
  names: { experiment?: string; model?: string } = {},
): string =>
  renderHtml({
    experiment: 'shop',
    model: 'price',
    ...names,
    stats: compareProfiles(profileTable(before), profileTable(now)),
    at,
  });

/** A page without the style and the script that every page has. */
const withoutOurs = (page: string): string => {
  expect(page.split(`<script>${SCRIPT}</script>`).length).toBe(2);
  return page
    .replace(`<script>${SCRIPT}</script>`, () => '')
    .replace(`<style>${STYLE}</style>`, () => '');
};

const numbers = (count: number, shift = 0): number[] =>
  Array.from({ length: count }, (_, index) => ((index * 7919) % count) / count + shift);

describe('the HTML report', () => {
  it('says the verdict in words, and draws every column', () => {
    const page = report(
      { X_wind: numbers(300), X_rain: numbers(300) },
      { X_wind: numbers(300, 0.5), X_rain: numbers(300) },
    );
    expect(page).toContain('<h1 class="drift">Drift in 1 of 2 columns: X_wind.</h1>');
    expect(page).toMatch(/median rose from 0\.498\d* to 0\.998\d* /);
    expect(page.match(/<svg /g)?.length).toBe(2);
    expect(page.indexOf('>X_wind</h3>')).toBeLessThan(page.indexOf('>X_rain</h3>'));
    expect(report({ X_a: numbers(300) }, { X_a: numbers(300) })).toContain(
      '<h1 class="calm">No drift in 1 column.</h1>',
    );
  });

  it('is one file: no script or style but its own, named by their hashes, and nothing is loaded', () => {
    const page = report({ X_a: numbers(300) }, { X_a: numbers(300, 1) });
    const hash = (text: string): string =>
      `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    expect(policy?.split('; ')).toEqual([
      "default-src 'none'",
      `style-src ${hash(STYLE)}`,
      `script-src ${hash(SCRIPT)}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    const rest = withoutOurs(page);
    expect(rest).not.toMatch(
      /<script|<style|\sstyle=|\son\w+=|<link|<img|<iframe|@import|url\(|javascript:/i,
    );
    expect(
      page.match(/https?:\/\/[^"'\s<]+/g)?.every((url) => url === 'http://www.w3.org/2000/svg'),
    ).toBe(true);
  });

  it('shows hostile names and categories as text', () => {
    const name = '</title><script>alert(1)</script>"onload=\u202eevil\u0000\ud800__proto__';
    const city = '"><img src=x onerror=alert(2)>';
    const page = report(
      { [`X_${name}`]: Array(300).fill(city), X_b: numbers(300) },
      {
        [`X_${name}`]: [...Array(150).fill(city), ...Array(150).fill('\u001b[31m')],
        X_b: numbers(300),
      },
      { experiment: name, model: name },
    );
    expect(withoutOurs(page)).not.toMatch(/<script|<img/);
    for (const character of '\u202e\u0000\u001b') expect(page.includes(character)).toBe(false);
    expect(page).not.toMatch(/\p{Cs}/u);
    expect(page).toContain('&#60;script&#62;');
  });

  it('stays small with fifty columns, and bounded with a thousand', () => {
    const table = (columns: number, shift: number): Table =>
      Object.fromEntries(
        Array.from({ length: columns }, (_, index) => [
          `X_column_${index}`,
          numbers(200, index % 3 === 0 ? shift : 0),
        ]),
      );
    expect(Buffer.byteLength(report(table(50, 0), table(50, 1)))).toBeLessThan(500_000);
    const large = report(table(1_000, 0), table(1_000, 1));
    expect(Buffer.byteLength(large)).toBeLessThan(3_000_000);
    expect(large.match(/<h3>/g)?.length).toBe(1_000);
    expect(large).toContain('Only the first 100 columns have pictures.');
  });

  it('stays bounded with a thousand names of ten kilobytes that all have to be escaped', () => {
    const table = (shift: number): Table =>
      Object.fromEntries(
        Array.from({ length: 1_000 }, (_, index) => [
          `X_${index}${'<'.repeat(10_000)}`,
          numbers(100, shift),
        ]),
      );
    expect(Buffer.byteLength(report(table(0), table(1)))).toBeLessThan(3_000_000);
  });

  it('survives columns without values, of one value, and of huge or tiny ones', () => {
    const page = report(
      {
        X_none: Array(200).fill(null),
        X_one: Array(200).fill(7),
        X_huge: numbers(200).map((value) => value * 1e308),
        X_gone: numbers(200),
      },
      {
        X_none: Array(200).fill(null),
        X_one: Array(200).fill(7),
        X_huge: numbers(200).map((value) => value * 1e-308),
        X_new: numbers(200),
      },
    );
    expect(withoutOurs(page)).not.toMatch(/NaN|undefined|Infinity/);
    expect(page).toContain('is gone');
    expect(page).toContain('is new');
  });
});
