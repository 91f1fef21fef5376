import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../../', import.meta.url));

/** A page of documentation, by its path from the root. */
export interface DocumentPage {
  readonly path: string;
  readonly text: string;
}

/** A block of code in a page. Its first line after the fence says what it is: `js`, or `js fragment`. */
export interface Snippet {
  readonly page: string;
  readonly line: number;
  readonly info: string;
  readonly code: string;
}

export function readPages(): DocumentPage[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  return ['README.md', ...docs.sort()].map((path) => ({
    path,
    text: readFileSync(join(root, path), 'utf8'),
  }));
}

export function snippetsOf({ path, text }: DocumentPage): Snippet[] {
  const snippets: Snippet[] = [];
  let open: { info: string; line: number; code: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (fence === null) open?.code.push(line);
    else if (open === undefined)
      open = { info: (fence[1] as string).trim(), line: index + 1, code: [] };
    else {
      snippets.push({
        page: relative('.', path),
        line: open.line,
        info: open.info,
        code: `${open.code.join('\n')}\n`,
      });
      open = undefined;
    }
  }
  return snippets;
}

/** What the links and pictures of a page lead to, without those out of the repository. */
export function linksOf({ text }: DocumentPage): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] as string)
    .filter((target) => !/^[a-z]+:/i.test(target));
}

/** The anchors that the headings of a page have on GitHub. */
export function anchorsOf({ text }: DocumentPage): Set<string> {
  const headings = text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      (heading as string)
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replace(/ /g, '-'),
    ),
  );
}
