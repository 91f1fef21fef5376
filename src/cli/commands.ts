import type { Command } from './command.js';
import { compareCommand } from './commands/compare.js';
import { demoCommand } from './commands/demo.js';
import { eventsCommand } from './commands/events.js';
import { exportCommand } from './commands/export.js';
import { importCommand } from './commands/import.js';
import { jobsCommand } from './commands/jobs.js';
import { migrateCommand } from './commands/migrate.js';
import { profileCommand } from './commands/profile.js';
import { pruneCommand } from './commands/prune.js';
import { reportCommand } from './commands/report.js';
import { tickCommand } from './commands/tick.js';

/** Every subcommand, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  demoCommand,
  compareCommand,
  profileCommand,
  reportCommand,
  eventsCommand,
  jobsCommand,
  tickCommand,
  exportCommand,
  importCommand,
  migrateCommand,
  pruneCommand,
];
