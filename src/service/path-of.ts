const END_OF_PATH = /[?#]/;

/** The path of a request's target or URL: of `/predict?q=1`, and of `http://host/predict`, as clients send it to a proxy. */
export function pathOf(target: string): string {
  if (target.startsWith('/')) return withoutQuery(target);
  const scheme = target.indexOf('://');
  const start = scheme < 0 ? -1 : target.indexOf('/', scheme + 3);
  return start < 0 ? '/' : withoutQuery(target.slice(start));
}

function withoutQuery(text: string): string {
  const end = text.search(END_OF_PATH);
  return end < 0 ? text : text.slice(0, end);
}
