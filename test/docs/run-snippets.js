// Runs the files it is given one after the other, each as a module of its own, and says as JSON which failed. Servers that they leave
// open end with the process.
import { pathToFileURL } from 'node:url';

const failures = [];
let current = '';
const failed = (error) => failures.push({ file: current, error: error?.stack ?? String(error) });
process.on('unhandledRejection', failed);
process.on('uncaughtException', failed);
process.on('warning', () => {});
const { write } = process.stdout;
process.stdout.write = () => true;
for (const file of process.argv.slice(2)) {
  current = file;
  await Promise.race([
    import(pathToFileURL(file).href),
    new Promise((_, reject) =>
      setTimeout(reject, 120_000, new Error('took more than two minutes')).unref(),
    ),
  ]).catch(failed);
  await new Promise((resolve) => setImmediate(resolve));
}
process.stdout.write = write;
process.stdout.write(JSON.stringify(failures), () => process.exit(0));
