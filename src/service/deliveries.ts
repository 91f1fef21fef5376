import type { Alert } from '../alert/alert.js';
import { Outbox, type OutboxStatus } from '../alert/outbox.js';
import { Routing } from '../alert/routing.js';
import { callback } from '../alert/sinks/callback.js';
import type { Clock } from '../clock.js';
import { LeewayError } from '../errors.js';
import { type AlertMessage, rulesOrDefault } from '../monitor/alert-desk.js';
import type { TrackingStore } from '../tracking/store.js';
import { LEASE_MS } from './monitors.js';
import type { ResolvedOptions } from './resolved-options.js';

const AT_ONCE = 100;

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
      rulesOrDefault(resolved.rules),
      callback((alert) => this.#tell(alert)),
      new Map(ownRules),
    );
    this.#outbox = new Outbox<AlertMessage>({
      clock,
      random: Math.random,
      pending: async () => {
        const waiting = await store.pendingDeliveries(resolved.experiment, AT_ONCE);
        return waiting.map(({ id, payload, attempts }) => ({ id, attempts, payload: messageOf(payload) }));
      },
      settle: (id, outcome) => store.settleDelivery(id, outcome),
      deliver: ({ alert, sink }) => this.#routing.sink(sink).deliver(alert),
      onFailure: (error, { sink }) => onError(undelivered(sink, error)),
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

  /** Delivers what waits, unless another replica is at it: then it, or a later round, delivers ours too. Never rejects. */
  async deliver(): Promise<void> {
    const { resolved, store, owner, onError } = this.#options;
    const lease = `outbox/${resolved.experiment}`;
    try {
      if (!(await store.takeLease(lease, owner, LEASE_MS))) return;
      try {
        await this.#outbox.deliver();
      } finally {
        await store.releaseLease(lease, owner);
      }
    } catch (error) {
      onError(error);
    }
  }

  /** Tells of an alert that no rule sends elsewhere. */
  async #tell(alert: Alert): Promise<void> {
    const { onAlert } = this.#options.resolved;
    if (onAlert !== undefined) await onAlert(alert);
    else process.emitWarning(`leeway: ${alert.title}`, { code: 'LEEWAY_ALERT' });
  }
}

/** A message of the outbox; an earlier version put bare alerts there. */
function messageOf(payload: unknown): AlertMessage {
  const message = payload as AlertMessage | Alert;
  return 'alert' in message ? message : { alert: message, sink: '' };
}

/** A failure that names the sink. What a callback of the host says is the host's own; a sink of ours never shows an address. */
function undelivered(sink: string, cause: unknown): LeewayError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LeewayError('ERR_LEEWAY_SINK', `${sink}: ${why}`, { cause });
}
