import { describe, expect, it } from 'vitest';
import { boxChart } from '../../src/chart/box-chart.js';
import { categoryChart } from '../../src/chart/category-chart.js';
import { correlationChart } from '../../src/chart/correlation-chart.js';
import { distributionChart } from '../../src/chart/distribution-chart.js';
import { histogramChart } from '../../src/chart/histogram-chart.js';
import { overviewChart } from '../../src/chart/overview-chart.js';
import { timeChart } from '../../src/chart/time-chart.js';

const HOSTILE = '</title><script>alert(1)</script>"\' onload=x \u202e\u0000\ud800 & __proto__';

/** The elements of a picture, in order; fails where tags do not close as XML's do. */
function elementsOf(picture: string): string[] {
  const names: string[] = [];
  const open: string[] = [];
  for (const [, closing, name, , alone] of picture.matchAll(
    /<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/gi,
  )) {
    if (closing === '/') expect(open.pop()).toBe(name);
    else {
      names.push(name as string);
      if (alone !== '/') open.push(name as string);
    }
  }
  expect(open).toEqual([]);
  // Nothing that looks like a tag was passed over.
  expect(picture.match(/</g)?.length).toBe(
    [...picture.matchAll(/<\/?[a-z]+(?:\s+[\w:-]+="[^"<]*")*\s*\/?>/gi)].length,
  );
  return names;
}

const bins = { edges: [0, 1, 2, 3], baseline: [0.2, 0.5, 0.3], current: [0, 0.1, 0.9] };

/** A picture of each kind, by its title and the name of what is in it. */
const PICTURES: Record<string, (title: string, name: string) => string> = {
  distribution: (title) => distributionChart({ title, ...bins }),
  'distribution of counts': (title) =>
    distributionChart({
      title,
      ...bins,
      baseline: [2_000, 500, 3],
      current: [0, 1, 9],
      unit: 'count',
    }),
  histogram: (title) => histogramChart({ title, ...bins }),
  box: (title) =>
    boxChart({
      title,
      baseline: { quantiles: [1, 2, 3, 4, 5], mean: 3 },
      current: { quantiles: [2, 3, 4, 5, 9], mean: 400 },
    }),
  categories: (title, name) =>
    categoryChart({ title, bars: [{ name, baseline: 0.2, current: 0.8 }], omitted: 3 }),
  time: (title) =>
    timeChart({
      title,
      what: 'score',
      points: [
        { seq: 1, at: 0, value: 0.1, drift: false },
        { seq: 2, at: 3_600_000, value: null, drift: false },
        { seq: 3, at: null, value: 0.9, drift: true },
      ],
    }),
  overview: (title, name) =>
    overviewChart({ title, columns: [{ name, score: 0.4, drift: true }], omitted: 2 }),
  correlations: (title, name) =>
    correlationChart({
      title,
      columns: ['a', name],
      change: [
        [0, 0.9],
        [0.9, 0],
      ],
    }),
};

/** Pictures of nothing, or of what can hardly be drawn. */
const EXTREMES: Record<string, () => string> = {
  'an empty box': () => boxChart({ title: 't', baseline: undefined, current: undefined }),
  'a box of one value': () =>
    boxChart({ title: 't', baseline: { quantiles: [7, 7, 7, 7, 7], mean: 7 }, current: undefined }),
  'no windows': () => timeChart({ title: 't', what: 'score', points: [] }),
  'one window': () =>
    timeChart({
      title: 't',
      what: 'score',
      points: [{ seq: 1, at: null, value: 0, drift: false }],
    }),
  'no columns': () => overviewChart({ title: 't', columns: [], omitted: 0 }),
  'no correlations': () => correlationChart({ title: 't', columns: [], change: [] }),
  'unknown correlations': () =>
    correlationChart({
      title: 't',
      columns: ['a', 'b'],
      change: [
        [Number.NaN, Number.NaN],
        [Number.NaN, Number.NaN],
      ],
    }),
  'huge numbers': () =>
    histogramChart({
      title: 't',
      edges: [-8e307, 0, 8e307],
      baseline: [0.5, 0.5],
      current: [0.5, 0.5],
    }),
  'empty histograms': () =>
    histogramChart({ title: 't', edges: [0, 1], baseline: [0], current: [0] }),
};

describe('a picture', () => {
  it.each(Object.entries(PICTURES))(
    'of kind %s says what it shows, and is inert whatever is in it',
    (_, draw) => {
      const calm = draw('wind', 'north');
      expect(calm).toContain('role="img"');
      expect(calm).toContain('<title>wind</title>');
      expect(calm).toMatch(/<desc>.{20,}<\/desc>/);
      expect(calm).not.toMatch(/NaN|undefined|Infinity/);
      const picture = draw(HOSTILE, HOSTILE);
      // The same elements, whatever the names: what is in them became text.
      expect(elementsOf(picture)).toEqual(elementsOf(calm));
      for (const character of '\u202e\u0000') expect(picture.includes(character)).toBe(false);
      expect(picture).not.toMatch(/\p{Cs}/u);
      expect(picture).not.toMatch(/\son\w+="|script>|href|url\(/i);
    },
  );

  it.each(Object.entries(EXTREMES))('of %s is drawn all the same', (_, draw) => {
    const picture = draw();
    elementsOf(picture);
    expect(picture).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('has names as long as they may be, and no longer', () => {
    for (const draw of Object.values(PICTURES)) {
      expect(draw('x'.repeat(10_000), 'y'.repeat(10_000)).length).toBeLessThan(8_000);
    }
  });

  it('stands the bars of a histogram on its counts', () => {
    const picture = histogramChart({
      title: 't',
      edges: [0, 1, 2],
      baseline: [10, 0],
      current: [0, 5],
      unit: 'count',
    });
    const heights = [
      ...picture.matchAll(/<rect x="[\d.]+" y="[\d.]+" width="[\d.]+" height="([\d.]+)"\/>/g),
    ].map(([, height]) => Number(height));
    expect(heights).toHaveLength(4);
    const [full, none, other, half] = heights as [number, number, number, number];
    expect([none, other]).toEqual([0, 0]);
    expect(half / full).toBeCloseTo(0.5, 2);
  });
});
