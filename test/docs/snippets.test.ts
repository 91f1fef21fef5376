import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { anchorsOf, linksOf, readPages, root, type Snippet, snippetsOf } from './pages.js';

const pages = readPages();
const snippets = pages.flatMap(snippetsOf);
const whole = snippets.filter(({ info }) => info === 'js');
const fragments = snippets.filter(({ info }) => info === 'js fragment');
const where = ({ page, line }: Snippet): string => `${page}:${line}`;

// A folder as a user has it: all packages of ours installed, and leeway among them.
const directory = mkdtempSync(join(tmpdir(), 'leeway-docs-'));
mkdirSync(join(directory, 'node_modules'));
for (const name of readdirSync(join(root, 'node_modules'))) {
  if (!name.startsWith('.'))
    symlinkSync(join(root, 'node_modules', name), join(directory, 'node_modules', name));
}
symlinkSync(root, join(directory, 'node_modules/leeway'));
writeFileSync(join(directory, 'training.csv'), 'income,rooms,price\n3,5,1.7\n4,4,2\n');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the documentation', () => {
  it('has only snippets that say what they are', () => {
    const known = /^(js|js fragment|sh|console|json|yaml|sql|ts fragment)$/;
    expect(snippets.filter(({ info }) => !known.test(info)).map(where)).toEqual([]);
    expect(whole.length).toBeGreaterThan(10);
  });

  it('has snippets that run as they stand', async () => {
    const files = new Map(
      whole.map((snippet, index) => {
        const file = join(directory, `${index}.mjs`);
        writeFileSync(file, snippet.code);
        return [file, where(snippet)];
      }),
    );
    const { NODE_ENV: _, ...env } = process.env;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(root, 'test/docs/run-snippets.js'), ...files.keys()],
      { cwd: directory, env: { ...env, PORT: '0', NO_COLOR: '1' } },
    );
    const failures = JSON.parse(stdout) as { file: string; error: string }[];
    expect(failures.map(({ file, error }) => `${files.get(file)}: ${error}`)).toEqual([]);
  });

  it('leads to a first alert, as the README tells it', async () => {
    const [first] = whole.filter(
      ({ page, code }) => page === 'README.md' && code.includes('onAlert'),
    );
    const file = join(directory, 'server.mjs');
    writeFileSync(file, first?.code ?? '');
    // The snippets before it ran as far as they came, and may have left rows in the same log.
    rmSync(join(directory, '.leeway'), { recursive: true, force: true });
    const env = { ...process.env, PORT: '0', NO_COLOR: '1' };
    const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: directory, env });
    const [said] = snippets.filter(({ page, info }) => page === 'README.md' && info === 'console');
    expect(stdout.slice(0, said?.code.length)).toBe(said?.code);
  });

  it('has fragments that are JavaScript: statements, or options', () => {
    const isJavaScript = (code: string): boolean => {
      try {
        // `…` stands for what is left out. It is compiled, not run.
        new Function(`return async () => {${code}\n}`);
        return true;
      } catch {
        return false;
      }
    };
    const wrong = fragments.filter(({ code }) => {
      const plain = code
        .replace(/^import .*$/gm, '')
        .replace(/([:>] ?)…/g, '$1undefined')
        .replace(/…/g, '...rest');
      const isOptions = (text: string): boolean => isJavaScript(`return {${text}\n}`);
      return !isJavaScript(plain) && !isOptions(plain) && !plain.split('\n').every(isOptions);
    });
    expect(wrong.map(where)).toEqual([]);
  });

  it('imports only what the package exports', async () => {
    const missing: string[] = [];
    for (const snippet of fragments) {
      for (const [, names, entry] of snippet.code.matchAll(
        /^import \{([^}]*)\} from '(leeway[^']*)'/gm,
      )) {
        const exported = (await import(entry as string)) as object;
        for (const name of (names as string)
          .split(',')
          .map((part) => part.trim().split(' ')[0] as string)) {
          if (!(name in exported)) missing.push(`${where(snippet)}: ${entry} has no ${name}`);
        }
      }
    }
    expect(missing).toEqual([]);
  });

  it('has no dead link', () => {
    const byPath = new Map(pages.map((page) => [page.path, page]));
    const dead = pages.flatMap((page) =>
      linksOf(page)
        .filter((target) => {
          const [file = '', anchor] = target.split('#');
          const path = file === '' ? page.path : normalize(join(dirname(page.path), file));
          if (!existsSync(join(root, path))) return true;
          const led = byPath.get(path);
          return anchor !== undefined && led !== undefined && !anchorsOf(led).has(anchor);
        })
        .map((target) => `${page.path}: ${target}`),
    );
    expect(dead).toEqual([]);
  });
});
