import type { Alert } from '../../../src/alert/alert.js';

/** What strangers call columns in the hope that somebody obeys. */
export const HOSTILE =
  'X_<!channel> <https://evil.example|click> @here *b* `c`\r\nBcc: all@example.com\u001b]8;;https://evil.example\u0007\u202e</script><img src=x onerror=alert(1)>';

/** An alert about columns with whatever names. */
export function alertAbout(...columns: string[]): Alert {
  return {
    id: 'monitors/e/m/7/drift/opened/7',
    incident: 'monitors/e/m/7/drift',
    transition: 'opened',
    event: 'drift',
    severity: 'warning',
    title: `m: drift in ${columns.join(' and ')}`,
    message: columns.map((column) => `${column}: median rose from 1 to 2`).join('\n'),
    rule: 'drift',
    rules: ['drift'],
    experiment: 'e',
    model: 'm',
    segment: null,
    version: null,
    columns,
    baselineSeq: 0,
    currentSeq: 7,
    since: '2026-01-01T00:00:00.000Z',
    at: '2026-01-01T01:00:00.000Z',
    values: { [columns[0] ?? '']: 'a secret value' },
  };
}
