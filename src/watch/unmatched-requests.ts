import type { Request } from './route.js';

/** Requests are looked at until so many came that might have been predict calls. */
const ENOUGH = 20;
const MAX_PATHS = 5;
const MAX_SEGMENTS = 8;
/** A segment with a digit, or as long as this, is taken for somebody's id. */
const ID_LENGTH = 32;

/** Which requests came with JSON to paths that `match` does not take, for as long as none came that it takes. */
export class UnmatchedRequests {
  readonly #counts = new Map<string, number>();
  #seen = 0;
  #isOver = false;

  /** Looks at a request that no route takes. @returns whether that was the last one that it took to report. */
  note(request: Request): boolean {
    if (this.#isOver || this.#seen >= ENOUGH || !mayBePredictCall(request)) return false;
    this.#seen += 1;
    const path = `${request.method} ${pathShape(request.path)}`;
    if (this.#counts.size < MAX_PATHS || this.#counts.has(path)) {
      this.#counts.set(path, (this.#counts.get(path) ?? 0) + 1);
    }
    return this.#seen === ENOUGH;
  }

  /** A predict call came: `match` does take some. */
  end(): void {
    this.#isOver = true;
  }

  /** What came, once that is enough to say that something is wrong: `20 requests with JSON came to POST /api/predict (18), …`. */
  get report(): string | undefined {
    if (this.#isOver || this.#seen < ENOUGH) return undefined;
    const paths = [...this.#counts]
      .toSorted((a, b) => b[1] - a[1])
      .map(([path, count]) => `${path} (${count})`);
    return `none of the first ${ENOUGH} requests with JSON is a predict call; they came to ${paths.join(', ')}; see the option match`;
  }
}

const mayBePredictCall = ({ method, headers }: Request): boolean =>
  (method === 'POST' || method === 'PUT' || method === 'PATCH') &&
  /json/i.test(String(headers['content-type'] ?? ''));

/** A path without what may be anybody's: `/users/:id/predict`. */
function pathShape(path: string): string {
  const segments = path.split('/', MAX_SEGMENTS + 1).map((segment) => {
    const isName = /^[A-Za-z][A-Za-z._:-]*$|^v\d+$|^$/.test(segment) && segment.length < ID_LENGTH;
    return isName ? segment : ':id';
  });
  return segments.join('/');
}
