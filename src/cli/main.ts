#!/usr/bin/env node
import { runCommand } from './run-command.js';

const interrupt = new AbortController();
// Once: a second interrupt ends the process at once.
process.once('SIGINT', () => interrupt.abort());
// A reader that has seen enough (`leeway … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
const { stdout, stderr, env } = process;
process.exitCode = await runCommand(process.argv.slice(2), {
  stdout,
  stderr,
  env,
  signal: interrupt.signal,
});
