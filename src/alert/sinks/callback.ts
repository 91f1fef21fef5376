import type { Alert } from '../alert.js';
import type { AlertSink } from '../sink.js';

/** Calls a function with each alert. What it returns is awaited; where it throws or rejects, the alert comes again. */
export function callback(deliver: (alert: Alert) => unknown, name = 'onAlert'): AlertSink {
  return { name, deliver: (alert) => deliver(alert) };
}

/** Emits each alert on an event emitter. */
export function emitter(
  target: { emit(event: string, alert: Alert): unknown },
  { event = 'alert', name = 'emitter' }: { readonly event?: string; readonly name?: string } = {},
): AlertSink {
  // A listener that throws is no reason to emit again to those that did not, but the sink can't tell them apart.
  return { name, deliver: (alert) => void target.emit(event, alert) };
}
