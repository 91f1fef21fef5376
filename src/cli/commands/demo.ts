import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LeewayError, shown } from '../../leaves/errors.js';
import { nearestName } from '../../leaves/option-names.js';
import { type Command, type CommandIo, EXIT } from '../command.js';

const FRAMEWORKS = ['express', 'hono', 'node'] as const;
/** What a framework's server of the demo is made of. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  express: ['express'],
  hono: ['hono', '@hono/node-server'],
  node: [],
};

/** `leeway demo`: a model that learnt Seattle's weather meets New York's. */
export const demoCommand: Command = {
  name: 'demo',
  summary: "run a model that learned Seattle's weather on that of New York",
  parameters: [],
  options: [
    {
      name: 'framework',
      value: 'NAME',
      description: 'express, hono or node (default: express if it is installed, else node)',
    },
    {
      name: 'dir',
      value: 'DIR',
      description: 'the directory for the log and the report (default .leeway/demo-NAME)',
    },
  ],
  examples: ['leeway demo', 'leeway demo --framework hono'],
  async run(input, io) {
    const demo = join(dirname(fromHere.resolve('leeway/package.json')), 'examples/weather/demo.js');
    const framework = checkedFramework(input.value('framework'));
    const dir = input.value('dir');
    const args = [
      ...['--framework', framework],
      ...(dir === undefined ? [] : ['--dir', dir]),
      ...(input.flag('json') ? ['--json'] : []),
    ];
    return await ended([demo, ...args], io);
  },
};

const fromHere = createRequire(import.meta.url);

function checkedFramework(named: string | undefined): string {
  if (named === undefined) return isInstalled('express') ? 'express' : 'node';
  if (!(FRAMEWORKS as readonly string[]).includes(named)) {
    const nearest = nearestName(named, FRAMEWORKS);
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `--framework must be express, hono or node, got ${shown(named)}; did you mean ${shown(nearest)}?`,
    );
  }
  if (isInstalled(named)) return named;
  throw new LeewayError(
    'ERR_LEEWAY_OPTION',
    `--framework ${named} needs ${NEEDED[named]?.join(' and ')}: npm install ${NEEDED[named]?.join(' ')}`,
  );
}

/** Whether the demo, which lies in this package, would find it. */
function isInstalled(framework: string): boolean {
  try {
    for (const name of NEEDED[framework] ?? []) fromHere.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Runs a script in a process of its own, on the same terminal, and gives its exit code. */
function ended(args: readonly string[], io: CommandIo): Promise<number> {
  const ours = io.stdout === process.stdout;
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', ours ? 'inherit' : 'pipe', ours ? 'inherit' : 'pipe'],
  });
  child.stdout?.on('data', (bytes) => io.stdout.write(bytes));
  child.stderr?.on('data', (bytes) => io.stderr.write(bytes));
  // An interrupt of the terminal reaches the child by itself, and it ends in good order.
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? EXIT.interrupted));
  });
}
