import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as stats from '../../src/stats.js';

const folder = new URL('../../src/stats/', import.meta.url);
/** `call; // what it gives` under an `@example`. */
const example = /@example\n((?: \* .*\n)+)/g;
const line = /^ \* ([a-z]\w*(?:\.\w+)?\(.*\)(?:\.\w+)?); \/\/ (.*)$/i;

const examples = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'weighted.ts')
  .flatMap((file) =>
    Array.from(
      readFileSync(new URL(file, folder), 'utf8').matchAll(example),
      ([, body]) => body as string,
    ),
  )
  .flatMap((body) => body.split('\n'))
  .map((text) => line.exec(text))
  .filter((match) => match !== null);

it('finds the examples', () => expect(examples.length).toBeGreaterThan(20));

it.each(examples.map(([, call, said]) => [call as string, said as string]))(
  '%s gives %s',
  (call, said) => {
    const names = Object.keys(stats);
    const result: unknown = new Function(...names, `return ${call};`)(...Object.values(stats));
    if (said.startsWith('above 0')) expect(result).toBeGreaterThan(0);
    else
      expect(numbersOf(JSON.stringify(result))).toSatisfy((actual: string[]) =>
        agrees(actual, numbersOf(said)),
      );
  },
);

function numbersOf(text: string): string[] {
  return text.match(/-?\d+(?:\.\d+)?(?:e-?\d+)?…?/g) ?? [];
}

/** Each number said, in order; one that ends in … is cut, not rounded. */
function agrees(actual: string[], said: string[]): boolean {
  return said.every((text, index) => {
    const got = Number(actual[index]);
    const wanted = Number(text.replace('…', ''));
    const unit = 10 ** -(/\.(\d+)/.exec(text)?.[1]?.length ?? 0);
    if (!text.endsWith('…')) return Math.abs(got - wanted) <= 1e-12 * Math.abs(wanted);
    return Math.abs(got - wanted) < unit && Math.abs(got) >= Math.abs(wanted) * (1 - 1e-12);
  });
}
