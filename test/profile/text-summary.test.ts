import { describe, expect, it } from 'vitest';
import { TEXT_MEASURES, TextSummary } from '../../src/profile/text-summary.js';

const summaryOf = (...texts: string[]): TextSummary => {
  const summary = new TextSummary();
  for (const text of texts) summary.add(text);
  return summary;
};
const medians = (summary: TextSummary) =>
  Object.fromEntries(
    [...summary.measures].map(([measure, { quantiles }]) => [measure, quantiles.quantile(0.5)]),
  );

describe('TextSummary', () => {
  it('tells length, words and shares of characters', () => {
    expect(medians(summaryOf('Ab 3д'))).toEqual({
      length: 5,
      tokens: 2,
      letters: 0.6,
      capitals: 0.2,
      digits: 0.2,
      spaces: 0.2,
    });
    expect(medians(summaryOf(''))).toEqual(
      Object.fromEntries(TEXT_MEASURES.map((measure) => [measure, 0])),
    );
  });

  it('reads what was written before there were capitals, and does not know them of both together', () => {
    const { capitals: _, ...before } = summaryOf('one', 'two').toState();
    const older = TextSummary.fromState(before);
    expect([...older.measures.keys()]).toEqual(['length', 'tokens', 'letters', 'digits', 'spaces']);
    for (const [first, second] of [
      [summaryOf('THREE'), older],
      [TextSummary.fromState(before), summaryOf('THREE')],
    ] as const) {
      first.merge(second);
      expect([...first.measures.values()].map(({ count }) => count)).toEqual([3, 3, 3, 3, 3]);
      expect(TextSummary.fromState(first.toState()).measures.size).toBe(5);
    }
  });
});
