import { atOnce } from './at-once.js';
import { rowCount, tableBytes } from './decoded-table.js';
import type { InterceptorOptions } from './interceptor-options.js';
import type { Request } from './route.js';
import type { ReadCall } from './route-reader.js';
import { onlyChosen, type RowPick } from './row-choice.js';

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
  const { record, admitModel, admitVersion, requestId, version, sampler, counters } = options;
  const id = visibleId(atOnce(requestId(call.request), 'requestId'));
  if (!sampler.takes(id)) {
    if (!call.aborted) counters.unsampled += 1;
    return;
  }
  const said = version === undefined ? call.version : atOnce(version(call.request), 'version');
  const model = admitModel(call.model);
  const { pick } = call;
  const choice = pick?.choiceOf(call.X) ?? pick?.choiceOf(call.Y);
  const X = onlyChosen(call.X, choice);
  const Y = onlyChosen(call.Y, choice);
  record({
    model,
    X,
    Y,
    choice,
    at: call.at,
    latencyMs: call.latencyMs,
    status: call.status,
    requestId: id,
    parent: call.parent,
    version: typeof said === 'string' && said !== '' ? admitVersion(model, said) : undefined,
    aborted: call.aborted,
    bytes: (X === undefined ? 0 : tableBytes(X)) + (Y === undefined ? 0 : tableBytes(Y)),
  });
}

/** An id of at most 128 visible ASCII characters, or none. */
export function visibleId(id: unknown): string | null {
  return typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id) ? id : null;
}
