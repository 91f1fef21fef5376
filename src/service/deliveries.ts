import type { Alert } from '../alert/alert.js';
import { Outbox, type OutboxStatus, type PendingAlert } from '../alert/outbox.js';
import { Routing } from '../alert/routing.js';
import { DEFAULT_RULES } from '../alert/rule.js';
import { callback } from '../alert/sinks/callback.js';
import { readStoredFields } from '../drift/verdict/stored-comparison.js';
import type { Clock } from '../leaves/clock.js';
import { LeewayError, shown } from '../leaves/errors.js';
import type { AlertMessage } from '../monitor/alerting/alert-desk.js';
import type { TrackingStore } from '../tracking/store.js';
import { LEASE_MS } from './monitors.js';
import type { ResolvedOptions } from './resolved-options.js';

/** What deliveries need from the outside. */
export interface DeliveriesOptions {
  readonly resolved: ResolvedOptions;
  readonly store: TrackingStore;
  readonly clock: Clock;
  /** Who takes the lease. */
  readonly owner: string;
  readonly onError: (error: unknown) => void;
}

/** Brings the alerts of one experiment from the store's outbox to the sinks that its rules name. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #routing: Routing;
  readonly #outbox: Outbox<AlertMessage>;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    const { resolved, store, clock, onError } = options;
    const ownRules = [...resolved.models].flatMap(([model, { rules }]) =>
      rules === undefined ? [] : [[model, rules] as const],
    );
    this.#routing = new Routing(
      resolved.rules ?? DEFAULT_RULES,
      callback((alert) => this.#tell(alert)),
      new Map(ownRules),
    );
    this.#outbox = new Outbox<AlertMessage>({
      clock,
      random: Math.random,
      pending: (limit, after) => this.#pending(limit, after),
      settle: (id, outcome) => store.settleDelivery(id, outcome),
      laneOf: ({ sink }) => sink,
      deliver: ({ alert, sink }) => this.#routing.sink(sink).deliver(alert),
      onFailure: (error, { sink }) => onError(undelivered(sink, error)),
      onTrouble: onError,
    });
  }

  /** How alerts fare on their way. */
  get status(): OutboxStatus {
    return this.#outbox.status;
  }

  /** The names of the sinks that an alert goes to. */
  sinksFor(alert: Alert): readonly string[] {
    return this.#routing.sinksFor(alert);
  }

  /** Delivers what waits, unless another replica is at it: then it, or a later round, delivers ours too. */
  async deliver(): Promise<void> {
    const { resolved, store, owner, onError } = this.#options;
    const lease = `outbox/${resolved.experiment}`;
    if (!(await store.takeLease(lease, owner, LEASE_MS))) {
      await this.#outbox.look();
      return;
    }
    try {
      await this.#outbox.deliver();
    } finally {
      // What can't be given back runs out by itself.
      await store.releaseLease(lease, owner).catch(onError);
    }
  }

  /** What waits in the store. What is no alert, from an import or a store that was restored, is given up and said to be. */
  async #pending(limit: number, after: string | undefined): Promise<PendingAlert<AlertMessage>[]> {
    const { resolved, store, onError } = this.#options;
    const waiting = await store.pendingDeliveries(resolved.experiment, limit, after);
    const messages: PendingAlert<AlertMessage>[] = [];
    for (const { id, payload, attempts } of waiting) {
      const message = messageOf(payload);
      if (message !== undefined) {
        messages.push({ id, attempts, payload: message });
        continue;
      }
      const why = `${shown(id)} in the outbox is not an alert; it is dropped`;
      onError(new LeewayError('ERR_LEEWAY_FORMAT', why));
      await store.settleDelivery(id, { done: true });
    }
    if (messages.length === waiting.length || waiting.length < limit) return messages;
    // The places of those that went are there for others.
    const more = await this.#pending(limit - messages.length, messages.at(-1)?.id ?? after);
    return [...messages, ...more];
  }

  /** Tells of an alert that no rule sends elsewhere. */
  async #tell(alert: Alert): Promise<void> {
    const { onAlert } = this.#options.resolved;
    if (onAlert !== undefined) await onAlert(alert);
    else process.emitWarning(`leeway: ${alert.title}`, { code: 'LEEWAY_ALERT' });
  }
}

/** A message of the outbox, or `undefined` where it is none; an earlier version put bare alerts there. */
function messageOf(payload: unknown): AlertMessage | undefined {
  if (!isObject(payload)) return undefined;
  const { alert: stored = payload, sink = '' } = payload;
  const alert = readStoredFields(stored);
  return isAlert(alert) && typeof sink === 'string' ? { alert, sink } : undefined;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const TEXTS = [
  'id',
  'incident',
  'transition',
  'event',
  'severity',
  'title',
  'message',
  'model',
  'since',
  'at',
] as const;

/** Whether a value has what sinks read of an alert. */
function isAlert(value: unknown): value is Alert {
  if (!isObject(value)) return false;
  const lists = [value.rules ?? [], value.columns ?? []];
  return (
    TEXTS.every((name) => typeof value[name] === 'string') &&
    lists.every((list) => Array.isArray(list))
  );
}

/** A failure that names the sink. What a callback of the host says is the host's own; a sink of ours never shows an address. */
function undelivered(sink: string, cause: unknown): LeewayError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LeewayError('ERR_LEEWAY_SINK', `${sink}: ${why}`, { cause });
}
