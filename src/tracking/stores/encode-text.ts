/**
 * Text as databases can hold it: a JSON string without its quotes. Ordinary names stay readable; NUL, which SQLite
 * cuts at and PostgreSQL refuses, and lone surrogates, which UTF-8 has no bytes for, are escaped. Unlike texts have
 * unlike codes, so codes can be compared for equality (not for order).
 */
export function encodeText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

export function decodeText(code: string): string {
  return code.includes('\\') ? JSON.parse(`"${code}"`) : code;
}
