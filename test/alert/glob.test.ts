import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../src/alert/glob.js';

describe('matchesGlob', () => {
  it.each([
    ['X_*', 'X_wind', true],
    ['X_*', 'Y_wind', false],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a*c', 'abcbc', true],
    ['a*c', 'abcb', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['X_.+', 'X_ab', false],
    ['X_.+', 'X_.+', true],
    ['**b**', 'abc', true],
  ])('%j on %j: %s', (pattern, name, fits) => {
    expect(matchesGlob(pattern, name)).toBe(fits);
  });

  it('says what a regular expression says', () => {
    const text = fc.stringMatching(/^[ab]{0,8}$/);
    fc.assert(
      fc.property(fc.stringMatching(/^[ab*?]{0,8}$/), text, (pattern, name) => {
        const expression = new RegExp(
          `^${pattern.replaceAll('*', '[^]*').replaceAll('?', '[^]')}$`,
        );
        expect(matchesGlob(pattern, name)).toBe(expression.test(name));
      }),
    );
  });

  it('takes no longer for a pattern that was meant to hurt', () => {
    // A backtracking expression would not come back from this in a lifetime.
    expect(matchesGlob(`${'a*'.repeat(100)}b`, 'a'.repeat(5_000))).toBe(false);
  });
});
