import { describe, expect, it } from 'vitest';
import { describeTurn } from '../../src/alert/describe-alert.js';
import { judge, NO_MEMORY } from '../../src/alert/incident.js';
import { DEFAULT_RULES } from '../../src/alert/rule.js';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { profileTable } from '../../src/profile/profile-table.js';

const at = Date.UTC(2026, 2, 1, 12);
const ROWS = 1_000;
type Column = readonly (number | string | null)[];
const column = (make: (index: number) => number | string | null): Column =>
  Array.from({ length: ROWS }, (_, index) => make(index));

/** Even spread over [0, 1), in an order of its own per seed, so that columns are independent. */
const spread = (index: number, seed: number): number => ((index * seed) % ROWS) / ROWS;
const wind = column((index) => Number((10 * spread(index, 7_919)).toFixed(2)));
const gust = column((index) =>
  Number((20 * spread(index, 7_919) + spread(index, 104_729)).toFixed(2)),
);
const calm = {
  X_wind: wind,
  X_gust: gust,
  X_city: column((index) => ['north', 'south', 'west'][index % 3] as string),
};

/** What the alert says that these columns, in place of calm ones, open. */
function told(change: Readonly<Record<string, Column>>) {
  const stats = compareProfiles(profileTable(calm), profileTable({ ...calm, ...change }), {
    minRows: 100,
  });
  const context = { experiment: 'e', model: 'price', segment: null, now: at };
  const observation = {
    event: 'drift',
    stats,
    context,
    id: 'i',
    seq: 1,
    since: at - 3_600_000,
  } as const;
  const [turn] = judge(DEFAULT_RULES, observation, NO_MEMORY).turns;
  if (turn === undefined) throw new Error('no alert');
  const { title, message } = describeTurn(turn, stats, { model: 'price', version: '7', now: at });
  return [title, ...message.split('\n')];
}

const tail = 'Since 2026-03-01 11:00 UTC; 1,000 rows of version 7 against a baseline of 1,000.';
const outside =
  'the values outside the range that the model learned: units, defaults, sentinels such as -999.';
const traffic = 'where the traffic comes from, and the unit and scale of this column.';

describe('an alert in plain words', () => {
  it.each<[string, Readonly<Record<string, Column>>, readonly string[]]>([
    [
      'location',
      {
        X_wind: wind.map((value) => (value as number) + 3),
        X_gust: gust.map((value) => (value as number) + 6),
      },
      [
        'price: drift in X_wind and X_gust',
        'Drift in 2 of 3 columns: X_wind and X_gust.',
        'X_wind: median rose from 4.995 to 7.995 (+1.0 sd)',
        'X_gust: median rose from 10.5 to 16.5 (+1.0 sd)',
        tail,
        `Look first at X_wind: ${outside}`,
      ],
    ],
    [
      'scale',
      { X_wind: wind.map((value) => 5 + 2 * ((value as number) - 5)) },
      [
        'price: drift in X_wind',
        'Drift in 1 of 3 columns: X_wind.',
        'X_wind: spread grew from 2.888 to 5.776',
        tail,
        `Look first at X_wind: ${outside}`,
      ],
    ],
    [
      'location within the range',
      { X_wind: wind.map((value) => (value as number) ** 2 / 10) },
      [
        'price: drift in X_wind',
        'Drift in 1 of 3 columns: X_wind.',
        'X_wind: median fell from 4.995 to 2.495 (−0.9 sd)',
        tail,
        `Look first at X_wind: ${traffic}`,
      ],
    ],
    [
      'category',
      {
        X_city: column((index) =>
          index % 10 < 7 ? 'north' : (['south', 'west'][index % 2] as string),
        ),
      },
      [
        'price: drift in X_city',
        'Drift in 1 of 3 columns: X_city.',
        'X_city: one category rose from 33 % to 70 % of rows',
        tail,
        'Look first at X_city: where the traffic comes from: another mix of sources or customers.',
      ],
    ],
    [
      'missing',
      { X_wind: wind.map((value, index) => (index % 2 === 0 ? null : value)) },
      [
        'price: drift in X_wind',
        'Drift in 1 of 3 columns: X_wind.',
        'X_wind: is missing in 50 % of rows, was 0 %',
        tail,
        'Look first at X_wind: the source of this column: a source that is down, or a field that was renamed.',
      ],
    ],
    [
      'unseen',
      {
        X_city: column((index) =>
          index % 5 === 0 ? 'secret' : (['north', 'south', 'west'][index % 3] as string),
        ),
      },
      [
        'price: drift in X_city',
        'Drift in 1 of 3 columns: X_city.',
        'X_city: 20 % of rows are in categories never seen before',
        tail,
        'Look first at X_city: the new categories: whether they are spelled like the known ones, and whether the model can use them.',
      ],
    ],
    [
      'type',
      { X_wind: wind.map((value, index) => (index % 4 === 0 ? 'calm' : value)) },
      [
        'price: drift in X_wind',
        'Drift in 1 of 3 columns: X_wind.',
        'X_wind: has values of another type in 25 % of rows, was 0 %',
        tail,
        'Look first at X_wind: the sender of this column: a client or a parser that changed its type.',
      ],
    ],
  ])('says of %s what moved, by how much, since when, and where to look', (_, change, lines) => {
    expect(told(change)).toEqual(lines);
  });

  it('says of columns that no longer go together which, and where to look', () => {
    const shuffled = column((index) => gust[(index * 331) % ROWS] as number);
    const lines = told({ X_gust: shuffled });
    expect(lines.join('\n')).toMatch(/X_(wind|gust)/);
    expect(lines.join('\n')).toMatch(/no longer|together|correlation/i);
  });

  it('says of silence how long it lasts, and what to look at', () => {
    const observation = {
      event: 'no-data',
      holds: true,
      context: { experiment: 'e', model: 'price', segment: null, now: at },
      id: 'i',
      seq: 1,
      since: at - 7_200_000,
    } as const;
    const opened = judge([{ event: 'no-data' }], observation, NO_MEMORY);
    const [turn] = opened.turns;
    const context = { model: 'price', version: null, now: at, reason: 'no row for 120 minutes' };
    expect(describeTurn(turn as never, undefined, context)).toEqual({
      title: 'price: no data',
      message:
        'No row for 120 minutes.\nCheck first whether the model still receives calls, and whether `match` still matches its route.',
    });
    const [over] = judge(
      [{ event: 'no-data' }],
      { ...observation, holds: false },
      opened.memory,
    ).turns;
    expect(describeTurn(over as never, undefined, context)).toEqual({
      title: 'price: data again',
      message: 'It lasted 2 hours.',
    });
  });
});
