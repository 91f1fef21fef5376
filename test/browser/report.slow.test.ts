import axe, { type AxeResults } from 'axe-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { seededRandom } from '../../src/leaves/random.js';
import { profileTable, type Table } from '../../src/profile/profile-table.js';
import { renderHtml } from '../../src/report/html.js';
import type { ReportView } from '../../src/report/report-view.js';
import { type Look, TestBrowser, type Watched } from './browser.js';

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser.close());

const HOSTILE = [
  '</title></style><script>window.owned = 1</script>',
  '"><img src="https://evil.example/a.png" onerror="window.owned = 2">',
  "'-alert(3)-'",
  '<svg onload=window.owned=4><a href="javascript:window.owned=5">x</a>',
  '\u202egnp.exe\u0000\u001b[31m\ud800',
  '__proto__',
  'constructor',
  'x'.repeat(10_000),
  '<!--<script>',
  '&lt;b&gt;',
];

function rows(seed: number, shift: number): Record<string, unknown>[] {
  const random = seededRandom(seed);
  return Array.from({ length: 400 }, () => ({
    X_wind: Number((random() * 5 + shift).toFixed(3)),
    X_rain: Number((random() * 9).toFixed(3)),
    X_weather: random() < 0.4 ? 'sun' : 'rain',
    Y_temp: Number((10 + random() * 20).toFixed(3)),
  }));
}

const view = (before: Table, now: Table, more: Partial<ReportView> = {}): ReportView => ({
  experiment: 'weather',
  model: 'temp-max',
  stats: compareProfiles(profileTable(before), profileTable(now)),
  at: Date.UTC(2026, 0, 15, 12, 30),
  ...more,
});

const timeline = Array.from({ length: 30 }, (_, index) => ({
  seq: index + 1,
  from: Date.UTC(2026, 0, index + 1),
  to: Date.UTC(2026, 0, index + 2),
  rows: 400 + index,
  drifted: index > 25 ? ['X_wind'] : [],
}));
const calibration = {
  calibrated: true,
  words: 'This monitor is calibrated: 1.0 false incidents a month are expected at most.',
  columns: [{ column: 'X_wind', shift: 0.21, shiftOver24: 0.05 }],
};
const ordinary = (): string => renderHtml(view(rows(1, 0), rows(2, 2), { timeline, calibration }));

const shownNames = (opened: Watched): Promise<string[]> =>
  opened.page.locator('table.overview tbody tr:visible th').allInnerTexts();

describe('the report in a browser', () => {
  it('runs no script of a stranger, asks for nothing, and breaks no policy of its own', async () => {
    const column = (now: boolean): unknown[] =>
      Array.from({ length: 400 }, (_, index) => HOSTILE[(index * (now ? 7 : 3)) % HOSTILE.length]);
    const table = (now: boolean): Table =>
      Object.fromEntries(
        [...HOSTILE.entries()].map(([index, name]) => [
          index < 5 ? name : `X_${name}`,
          column(now),
        ]),
      );
    const hostile = view(table(false), table(true), {
      experiment: HOSTILE[0] as string,
      model: HOSTILE[1] as string,
    });
    const opened = await browser.open(renderHtml(hostile));
    expect(await opened.page.evaluate('globalThis.owned')).toBeUndefined();
    expect(await opened.page.locator('script').count()).toBe(1);
    expect(await opened.page.locator('img, iframe, object, embed, link, base, form').count()).toBe(
      0,
    );
    expect(opened).toMatchObject({ requests: [], complaints: [] });
    const names = await shownNames(opened);
    expect(names).toContain(HOSTILE[2]);
    expect(names.some((name) => name.startsWith('"><img src='))).toBe(true);
  });

  it('would be stopped by its policy, were a script or a picture smuggled in', async () => {
    const smuggled =
      '<script>window.owned = 1</script><img src="https://evil.example/a.png"><p style="color: red">x</p>';
    const opened = await browser.open(ordinary().replace('<main>', `<main>${smuggled}`));
    expect(await opened.page.evaluate('globalThis.owned')).toBeUndefined();
    expect(
      opened.complaints.filter((text) => /Content Security Policy/.test(text)).length,
    ).toBeGreaterThanOrEqual(3);
  });

  const looks: [string, Look][] = [
    ['light', {}],
    ['dark', { dark: true }],
    ['narrow', { width: 360 }],
  ];
  it.each(looks)('has no serious violation of accessibility, %s', async (_, look) => {
    const { page } = await browser.open(ordinary(), look);
    await page.evaluate(
      "document.querySelectorAll('details').forEach((details) => { details.open = true; })",
    );
    await page.evaluate(axe.source);
    const found = (await page.evaluate('axe.run(document)')) as AxeResults;
    const serious = found.violations.filter(
      ({ impact }) => impact === 'serious' || impact === 'critical',
    );
    expect(serious.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
    expect(found.passes.length).toBeGreaterThan(10);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });

  it('is sorted by the keyboard, either way', async () => {
    const opened = await browser.open(ordinary());
    const head = opened.page.locator('table.overview thead button', { hasText: 'column' });
    await head.focus();
    await opened.page.keyboard.press('Enter');
    expect(await shownNames(opened)).toEqual(['X_rain', 'X_weather', 'X_wind', 'Y_temp']);
    await opened.page.keyboard.press('Enter');
    expect(await shownNames(opened)).toEqual(['Y_temp', 'X_wind', 'X_weather', 'X_rain']);
    expect(
      await opened.page.locator('table.overview th[aria-sort=descending]').innerText(),
    ).toContain('column');
    await opened.page.locator('table.overview thead button', { hasText: 'score' }).press('Space');
    expect((await shownNames(opened))[0]).toBe('X_wind');
  });

  it('is filtered by the keyboard: table, parts and data quality together, and says how many are left', async () => {
    const opened = await browser.open(ordinary());
    const { page } = opened;
    await page.locator('input[type=search]').focus();
    await page.keyboard.type('W');
    expect(await shownNames(opened)).toEqual(['X_wind', 'X_weather']);
    expect(await page.locator('section.column:visible').count()).toBe(2);
    expect(await page.locator('output').innerText()).toBe('2 of 4 columns');
    await page.keyboard.press('Tab');
    await page.keyboard.type('drift');
    expect(await shownNames(opened)).toEqual(['X_wind']);
  });

  it('opens the part that a link leads to', async () => {
    const { page } = await browser.open(ordinary());
    const last = page.locator('table.overview tbody a').last();
    const target = (await last.getAttribute('href')) as string;
    expect(await page.locator(`${target} details`).getAttribute('open')).toBeNull();
    await last.press('Enter');
    await expect.poll(() => page.locator(`${target} details`).getAttribute('open')).toBe('');
  });
});
