import type { Command } from './command.js';
import { profileCommand } from './commands/profile.js';

/** Every subcommand, in the order of the help. */
export const COMMANDS: readonly Command[] = [profileCommand];
