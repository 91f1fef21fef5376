import type { Delivery } from '../../window-commit.js';
import { takenDeliveryError } from '../validate.js';

/** A delivery as it is stored. */
export interface StoredDelivery {
  readonly experiment: string;
  readonly monitor: string;
  readonly json: string;
  attempts: number;
}

const OVERHEAD_BYTES = 128;

/** About how much memory a delivery takes. */
export function deliverySize({ json }: Pick<StoredDelivery, 'json'>): number {
  return OVERHEAD_BYTES + 2 * json.length;
}

/** The deliveries of alerts that wait, oldest first. */
export class MemoryDeliveries {
  readonly #waiting = new Map<string, StoredDelivery>();
  #bytes = 0;

  /** About how much memory they take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @throws LeewayError where one of these ids is taken. */
  checkFree(deliveries: Iterable<{ readonly id: string }>): void {
    for (const { id } of deliveries) if (this.#waiting.has(id)) throw takenDeliveryError(id);
  }

  add(id: string, delivery: StoredDelivery): void {
    this.#waiting.set(id, delivery);
    this.#bytes += deliverySize(delivery);
  }

  /** The first deliveries of an experiment. @param after only those behind this id */
  pending(experiment: string, limit: number, after?: string): Delivery[] {
    const pending: Delivery[] = [];
    let isBehind = after === undefined;
    for (const [id, { json, attempts, monitor, experiment: owner }] of this.#waiting) {
      if (pending.length >= limit) break;
      if (isBehind && owner === experiment)
        pending.push({ experiment, monitor, id, payload: JSON.parse(json), attempts });
      isBehind ||= id === after;
    }
    return pending;
  }

  /** Removes a delivery that is done, and counts an attempt of one that is not. */
  settle(id: string, done: boolean): void {
    const delivery = this.#waiting.get(id);
    if (delivery === undefined) return;
    if (done) this.#remove(id, delivery);
    else delivery.attempts += 1;
  }

  /** Removes the deliveries of an experiment, or all. */
  clear(experiment?: string): void {
    for (const [id, delivery] of this.#waiting) {
      if (experiment === undefined || delivery.experiment === experiment)
        this.#remove(id, delivery);
    }
  }

  #remove(id: string, delivery: StoredDelivery): void {
    this.#waiting.delete(id);
    this.#bytes -= deliverySize(delivery);
  }
}
