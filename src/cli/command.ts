import type { Writable } from 'node:stream';
import type { Verdict } from '../drift/verdict/not-compared.js';

/** What a command may touch of the process. */
export interface CommandIo {
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}

/** One `--option` of a command. */
export interface CommandOption {
  readonly name: string;
  readonly short?: string;
  /** What its value is called in the help. An option without one is a flag. */
  readonly value?: string;
  /** Whether it may be given several times. */
  readonly multiple?: boolean;
  readonly description: string;
}

/** A subcommand: one small file in `commands/`, listed in `commands.ts`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Its positional arguments, all required. */
  readonly parameters: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CommandOption[];
  readonly examples: readonly string[];
  /** Does the work and gives the exit code. What it throws as a `LeewayError` is bad input. */
  run(input: CommandInput, io: CommandIo): Promise<number>;
}

/** What the user gave, checked against the command's options. */
export interface CommandInput {
  /** The positional arguments, as many as the command has. */
  readonly parameters: readonly string[];
  flag(name: string): boolean;
  value(name: string): string | undefined;
  values(name: string): readonly string[];
}

/** Exit codes of every command. */
export const EXIT = { fine: 0, drift: 1, badInput: 2, interrupted: 130 } as const;

/** The exit code of a verdict that was asked for: none is as bad as what could not be read. */
export function exitOf(verdict: Verdict): number {
  if (verdict === 'drift') return EXIT.drift;
  return verdict === 'none' ? EXIT.badInput : EXIT.fine;
}

/** The options that every command has. */
export const COMMON_OPTIONS: readonly CommandOption[] = [
  { name: 'json', description: 'print JSON instead of text' },
  { name: 'help', short: 'h', description: 'show this help' },
];
