/** docs/quality.md, section by section: each is made by itself, and takes the place of what it was. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const PAGE = new URL('../../docs/quality.md', import.meta.url);
const TOP = `# How good the verdicts are

How often a verdict is wrong without drift, how often drift is found, and how other systems do on the same data. Read
this page before you rely on a verdict.

\`bench/quality/run.js\` makes this page section by section, on shared cores:
\`npm run build && node bench/quality/run.js SECTION [repeats]\`. Each section begins with its name and its repeats.
Shares of pairs of tables with the verdict \`drift\` have 95 % intervals (Wilson). *Bonferroni* is alibi-detect's rule
(Kolmogorov–Smirnov or chi-square per column, at 0.05 divided by the number of columns) on the same draws.
`;

/** Writes a section into the page, in the order of `titles`; those that were not made yet are left out. */
export function writeSection(title, lines, titles) {
  const before = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  const sections = new Map(
    before
      .split(/^## /m)
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n')).trim()]),
  );
  sections.set(title, lines.join('\n').trim());
  const kept = titles.filter((name) => sections.has(name));
  writeFileSync(
    PAGE,
    `${TOP}\n${kept.map((name) => `## ${name}\n\n${sections.get(name)}\n`).join('\n')}`,
  );
}

/** A section in the making, told while it is made. */
export function section() {
  const lines = [];
  const say = (...more) => {
    lines.push(...more);
    console.log(more.join('\n'));
  };
  const row = (...cells) => say(`| ${cells.join(' | ')} |`);
  const table = (...heads) => {
    row(...heads);
    say(`|${' --- |'.repeat(heads.length)}`);
  };
  return { lines, say, row, table };
}

export const figure = (value) => value.toFixed(3);
export const range = ([low, high], digits = 3) => `${low.toFixed(digits)}–${high.toFixed(digits)}`;
