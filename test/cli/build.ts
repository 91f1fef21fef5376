import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** How a run of the command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command, built into a directory of its own: others may be rebuilding `dist`. */
export interface BuiltCommand {
  readonly directory: string;
  readonly main: string;
  run(args: readonly string[], env?: Record<string, string>): Promise<Ended>;
  remove(): void;
}

export async function buildCommand(): Promise<BuiltCommand> {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-cli-'));
  copyFileSync(join(root, 'package.json'), join(directory, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  const main = join(directory, 'dist/src/cli/main.js');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const config = join(root, 'tsconfig.build.json');
  const built = await ended(
    process.execPath,
    [tsc, '-p', config, '--outDir', join(directory, 'dist')],
    {},
  );
  if (!existsSync(main)) throw new Error(`the build failed:\n${built.stdout}`);
  return {
    directory,
    main,
    run: (args, env = {}) => ended(process.execPath, [main, ...args], { cwd: directory, env }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function ended(
  file: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string> },
): Promise<Ended> {
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...env } = process.env;
  return new Promise((resolve) => {
    const child = execFile(
      file,
      args,
      { ...options, env: { ...env, ...options.env } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}
