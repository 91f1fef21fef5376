const said = new Set<string>();

/** Warns through the process, once for each code or kind of error: for hosts that gave no `onError`. */
export function warnOnce(error: unknown): void {
  const code =
    error instanceof Error ? ((error as Error & { code?: string }).code ?? error.name) : 'Error';
  if (said.has(code)) return;
  said.add(code);
  const message = error instanceof Error ? error.message : String(error);
  process.emitWarning(
    `leeway: ${message} (later errors of this kind are only counted; set onError to receive all of them)`,
    {
      code: String(code),
    },
  );
}
