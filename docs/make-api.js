// Writes the API reference, docs/api/, from the types of the build. It fails where a public signature mentions a type
// that no entry point exports. Run it with `npm run docs:api`.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const root = fileURLToPath(new URL('..', import.meta.url));
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = Object.entries(exports).flatMap(([path, { types }]) =>
  types === undefined ? [] : [{ name: path === '.' ? 'leeway' : path.slice(2), types }],
);
const models = mkdtempSync(join(tmpdir(), 'leeway-api-'));
/** Types that a signature of an entry point mentions and that the entry point does not export. */
const mentioned = new Map();
const exported = new Set();

for (const { name, types } of entries) {
  const model = join(models, `${name}.api.json`);
  extract(name, types, model);
  for (const { members } of JSON.parse(readFileSync(model, 'utf8')).members)
    for (const member of members) exported.add(plain(member.name));
}
const missing = [...mentioned].filter(([type]) => !exported.has(plain(type)));
for (const [type, where] of missing)
  process.stderr.write(`${type} is mentioned by ${where}, and no entry point exports it\n`);
if (missing.length > 0) process.exitCode = 1;
else writePages();
rmSync(models, { recursive: true });

/** The name of a type. Where the language has a type of that name too, the tool puts a number behind it. */
function plain(type) {
  return type.replace(/_\d+$/, '');
}

function extract(name, types, model) {
  const none = { default: { logLevel: 'none' } };
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: join(root, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, types),
      compiler: { tsconfigFilePath: join(root, 'tsconfig.build.json') },
      docModel: { enabled: true, apiJsonFilePath: model },
      messages: {
        compilerMessageReporting: none,
        tsdocMessageReporting: none,
        extractorMessageReporting: { ...none, 'ae-forgotten-export': { logLevel: 'warning' } },
      },
    },
  });
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback(message) {
      message.handled = true;
      const type = /"([^"]+)"/.exec(message.text)?.[1];
      if (message.messageId === 'ae-forgotten-export') mentioned.set(type, name);
    },
  });
}

function writePages() {
  for (const { name } of entries) {
    const folder = join(models, name);
    mkdirSync(folder);
    copyFileSync(join(models, `${name}.api.json`), join(folder, 'leeway.api.json'));
    const target = join(root, 'docs/api', name);
    rmSync(target, { recursive: true, force: true });
    execFileSync(
      'npx',
      ['api-documenter', 'markdown', '--input-folder', folder, '--output-folder', target],
      { cwd: root, stdio: 'ignore' },
    );
  }
}
