import { describe, expect, it } from 'vitest';
import { importLines } from '../../src/tracking/import-lines.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';

const HEAD = {
  leeway: 'log',
  version: 2,
  experiment: 'e',
  head: { pos: 1, run: 1 },
  monitors: [],
  deliveries: [],
};
const ENTRY = {
  pos: 1,
  event: 'metric',
  key: 'k',
  run: 1,
  runs: 1,
  value: 1,
  rows: 0,
  dt: 1,
  dtEnd: 1,
  node: 'n',
  userid: '',
};
const FOLD = { key: 'm', level: 1, posFrom: 1, posTo: 1, rows: 1, dt: 1, dtEnd: 1, bytes: 'AA==' };
const MONITOR = { monitor: 'mon', key: 'm', version: 1, seq: 0, cursor: 0, captured: 0, tick: 0 };

async function* lines(...given: readonly object[]): AsyncGenerator<string> {
  for (const line of given) yield JSON.stringify(line);
}

describe('an import', () => {
  it('takes what is sound', async () => {
    expect(await importLines(memoryStore(), lines(HEAD, ENTRY))).toEqual(new Map([['e', 1]]));
  });

  it.each([
    ['a time beyond dates', [HEAD, { ...ENTRY, dt: 1e300 }]],
    ['an end beyond dates', [HEAD, { ...ENTRY, dtEnd: -8.65e15 }]],
    ['a time that is a text', [HEAD, { ...ENTRY, dt: '2026-01-01' }]],
    ['no time', [HEAD, { ...ENTRY, dt: undefined }]],
    ['an event that there is none of', [HEAD, { ...ENTRY, event: 'explosion' }]],
    ['a key that is no text', [HEAD, { ...ENTRY, key: 5 }]],
    ['no value', [HEAD, { ...ENTRY, value: undefined }]],
    ['bytes that are no base64', [HEAD, { ...ENTRY, bytes: 'not base64!' }]],
    [
      'predictions that are no list',
      [HEAD, { ...ENTRY, event: 'predict', predictions: { length: 1 } }],
    ],
    [
      'a prediction without a time',
      [HEAD, { ...ENTRY, event: 'predict', predictions: [{ id: 'a', offset: 0, value: 1 }] }],
    ],
    ['a fold beyond dates', [HEAD, { fold: { ...FOLD, dtEnd: 1e300 } }]],
    ['a tick beyond dates', [{ ...HEAD, monitors: [{ ...MONITOR, tick: 1e300 }] }]],
    [
      'an end of the log beyond numbers',
      [{ ...HEAD, head: { pos: Number.MAX_SAFE_INTEGER, run: 1 } }],
    ],
  ])('of %s is refused, with its line', async (_, given) => {
    const store = memoryStore();
    await expect(importLines(store, lines(...given))).rejects.toMatchObject({
      code: 'ERR_LEEWAY_FORMAT',
      message: expect.stringContaining(`line ${given.length} can't be imported`),
    });
    expect(await store.head('e')).toEqual({ pos: 0, run: 0 });
  });
});
