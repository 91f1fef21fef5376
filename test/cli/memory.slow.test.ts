import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuiltCommand, buildCommand } from './build.js';

const MEGABYTES = process.env.LEEWAY_LONG === '1' ? 1000 : 200;
/** A long form only: 1 GB takes a minute or two. */

const FILLER = 'lorem ipsum '.repeat(100);

let command: BuiltCommand;
beforeAll(async () => {
  command = await buildCommand();
});
afterAll(() => command.remove());

it(`profiles ${MEGABYTES} MB of CSV in bounded memory`, async () => {
  const file = join(command.directory, 'large.csv');
  const rows = await writeLarge(file, MEGABYTES * 1e6);
  const args = [
    '--max-old-space-size=128',
    command.main,
    'profile',
    file,
    '-o',
    join(command.directory, 'p'),
    '--json',
  ];
  let peakKilobytes = 0;
  const said = await new Promise<string>((resolve, reject) => {
    const child = execFile(process.execPath, args, { maxBuffer: 1e7 }, (error, stdout) => {
      clearInterval(watch);
      if (error === null) resolve(stdout);
      else reject(error);
    });
    const watch = setInterval(() => {
      peakKilobytes = Math.max(peakKilobytes, residentKilobytes(child.pid));
    }, 50);
  });
  expect(JSON.parse(said)).toMatchObject({ rows, badRows: 0 });
  if (process.platform === 'linux') {
    expect(peakKilobytes).toBeGreaterThan(20_000);
    expect(peakKilobytes / 1024).toBeLessThan(300);
  }
});

/** The most that a process has held so far. */
function residentKilobytes(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Long categories and long unique texts: strings that, kept as views, would hold every piece that was read. */
async function writeLarge(file: string, bytes: number): Promise<number> {
  const out = createWriteStream(file);
  out.write('number,category,text\n');
  let rows = 0;
  for (let written = 0; written < bytes; ) {
    let block = '';
    for (; block.length < 1 << 20; rows += 1) {
      block += `${(rows * 7919) % 10_007},a rather long category ${rows % 5000},"text ${rows}: ${FILLER}"\n`;
    }
    written += block.length;
    if (!out.write(block)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  return rows;
}
