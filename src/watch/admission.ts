import { answerNow } from '../leaves/require-sync.js';
import type { Recording } from '../record/recording.js';
import { onlyChosen, type RowChoice, type RowPick } from '../record/row-choice.js';
import { type DecodedTable, rowCount, tableBytes } from '../wire/decoded-table.js';
import type { InterceptorOptions } from './interceptor-options.js';
import type { Request } from './route.js';
import type { ReadCall } from './route-reader.js';

/** A call that was read, and what is known of it beside X and Y. */
export interface SettledCall extends ReadCall {
  readonly request: Request;
  /** The model, and the version that its route tells. */
  readonly model: string;
  readonly version: string | undefined;
  readonly at: number;
  readonly latencyMs: number;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly parent: number | null;
  /** Whether the client went away before the answer. */
  readonly aborted: boolean;
  readonly pick: RowPick | undefined;
}

/** Whether a call has rows, and as many answers. */
export const isWhole = ({ X, Y }: ReadCall): boolean =>
  X !== undefined && Y !== undefined && rowCount(X) === rowCount(Y) && rowCount(X) > 0;

/** Has a call recorded under names that are within bounds, unless `sample` leaves it out. */
export function admit(call: SettledCall, options: InterceptorOptions): void {
  const { pipeline } = options;
  const admitted = new AdmittedCall(call, options);
  if (pipeline.sampler.takes(admitted)) {
    admitted.name(call, options);
    pipeline.accept(admitted);
  } else if (!call.aborted) pipeline.counters.unsampled += 1;
}

/** A call on its way to the buffer. What it takes to find its id is done only where a row of it is kept. */
class AdmittedCall implements Recording {
  readonly X: DecodedTable | undefined;
  readonly Y: DecodedTable | undefined;
  readonly choice: RowChoice | undefined;
  readonly at: number;
  readonly latencyMs: number;
  readonly status: number;
  readonly parent: number | null;
  readonly aborted: boolean;
  readonly bytes: number;
  model = '';
  version: string | undefined;
  readonly #request: Request;
  #id: string | null | undefined;

  constructor(call: SettledCall, { requestId }: InterceptorOptions) {
    const { pick, request } = call;
    this.#request = request;
    if (requestId !== undefined) {
      this.#id = visibleId(firstOf(answerNow('requestId', () => requestId(request))));
    }
    this.choice = pick?.choiceOf(call.X) ?? pick?.choiceOf(call.Y);
    this.X = onlyChosen(call.X, this.choice);
    this.Y = onlyChosen(call.Y, this.choice);
    this.at = call.at;
    this.latencyMs = call.latencyMs;
    this.status = call.status;
    this.parent = call.parent;
    this.aborted = call.aborted;
    this.bytes =
      (this.X === undefined ? 0 : tableBytes(this.X)) +
      (this.Y === undefined ? 0 : tableBytes(this.Y));
  }

  get requestId(): string | null {
    if (this.#id === undefined)
      this.#id = visibleId(firstOf(this.#request.headers['x-request-id']));
    return this.#id;
  }

  /** Names take room among the distinct ones that there may be, so a call that is left out has none. */
  name(call: SettledCall, { admitModel, admitVersion, version }: InterceptorOptions): void {
    const said =
      version === undefined
        ? call.version
        : firstOf(answerNow('version', () => version(call.request)));
    this.model = admitModel(call.model);
    if (typeof said === 'string' && said !== '') this.version = admitVersion(this.model, said);
  }
}

/** A header that came several times has several values. */
const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);

/** An id of at most 128 visible ASCII characters, or none. */
export function visibleId(id: unknown): string | null {
  return typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id) ? id : null;
}
