import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { build } from 'vite';
import { expect, it } from 'vitest';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

it('runs the pure core where there is no Node', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-browser-'));
  try {
    const entry = join(directory, 'entry.ts');
    writeFileSync(
      entry,
      `import { compareProfiles, Profile, profileTable } from '${source}profile.ts';
       import * as stats from '${source}stats.ts';
       const side = (shift: number) => profileTable({ a: Array.from({ length: 200 }, (_, i) => i / 200 + shift), c: Array.from({ length: 200 }, (_, i) => (i % 2 ? 'x' : 'y')) });
       const found = compareProfiles(Profile.fromBytes(side(0).toBytes()), side(1));
       export const answer = { drifted: found.drifted, picture: found.plot('a').slice(0, 4), functions: Object.keys(stats).length };`,
    );
    const result = await build({
      root: directory,
      configFile: false,
      logLevel: 'silent',
      build: { write: false, minify: false, lib: { entry, formats: ['iife'], name: 'bundle' } },
    });
    const [output] = Array.isArray(result) ? result : [result];
    if (output === undefined || !('output' in output)) throw new Error('no bundle');
    const { code, imports } = output.output[0];
    expect(imports).toEqual([]);
    const foreign = code.match(
      /.{0,40}(?:\bprocess\.\w|\brequire\(|__vite-browser-external).{0,40}/g,
    );
    expect(foreign).toBeNull();
    const { answer } = runInNewContext(`${code}; bundle`, {
      TextEncoder,
      TextDecoder,
      setTimeout,
      clearTimeout,
    });
    expect(answer).toMatchObject({ drifted: ['a'], picture: '<svg' });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
