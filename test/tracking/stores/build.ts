import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** Compiles the stores into `directory`, so that child processes can load them; answers with the folder of stores. */
export async function buildStores(directory: string): Promise<string> {
  const root = resolve(import.meta.dirname, '../../..');
  const config = {
    extends: join(root, 'tsconfig.build.json'),
    compilerOptions: {
      outDir: directory,
      rootDir: root,
      declaration: false,
      isolatedDeclarations: false,
    },
    include: [],
    files: [join(root, 'src/tracking/open-store.ts')],
  };
  const configFile = join(directory, 'tsconfig.json');
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  await writeFile(configFile, JSON.stringify(config));
  await writeFile(join(directory, 'package.json'), '{"type":"module"}');
  await promisify(execFile)(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-p',
    configFile,
  ]);
  return join(directory, 'src/tracking');
}
