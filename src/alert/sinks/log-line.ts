import { visibleText } from '../../leaves/inert-text.js';
import type { Alert } from '../alert.js';
import type { AlertSink } from '../sink.js';

/** Where lines go: `console.warn`, a stream's `write` with an end of line, a logger's method. */
export type WriteLine = (line: string) => unknown;

/** Writes a line per alert, in which nothing is obeyed by a terminal: `leeway warning opened: m: drift in X_a`. */
export function logLine(
  write: WriteLine,
  { name = 'log' }: { readonly name?: string } = {},
): AlertSink {
  return { name, deliver: (alert) => write(lineOf(alert)) };
}

/** An alert on one line. */
export function lineOf({ severity, transition, title, message }: Alert): string {
  const more = message.split('\n').filter((line) => line !== '');
  return visibleText(
    `leeway ${severity} ${transition}: ${title}${more.length > 0 ? ` — ${more.join(' | ')}` : ''}`,
  );
}
