import type { Alert } from './alert.js';
import { type AlertRule, ruleName } from './rule.js';
import type { AlertSink } from './sink.js';

/** Who is told of what: each sink under a name of its own, by which a delivery finds it again after a restart. */
export class Routing {
  readonly #sinks = new Map<string, AlertSink>();
  /** The sinks of each rule, by name. */
  readonly #routes = new Map<string, readonly string[]>();
  readonly #fallback: string;

  /** @param fallback who is told of alerts of rules that name nobody. */
  constructor(rules: readonly AlertRule[], fallback: AlertSink) {
    const known = new Map<AlertSink, string>();
    const nameOf = (sink: AlertSink): string => {
      const named = known.get(sink);
      if (named !== undefined) return named;
      let name = sink.name;
      for (let copy = 2; this.#sinks.has(name); copy += 1) name = `${sink.name} ${copy}`;
      known.set(sink, name);
      this.#sinks.set(name, sink);
      return name;
    };
    this.#fallback = nameOf(fallback);
    rules.forEach((rule, index) => {
      this.#routes.set(ruleName(rule, index), rule.notify?.map(nameOf) ?? [this.#fallback]);
    });
  }

  /** The names of those who are to be told of an alert. */
  sinksFor({ rules }: Pick<Alert, 'rules'>): string[] {
    return [...new Set(rules.flatMap((rule) => this.#routes.get(rule) ?? [this.#fallback]))];
  }

  /** The sink of a name; for one that is configured no more, whoever is told where nobody is named. */
  sink(name: string): AlertSink {
    return this.#sinks.get(name) ?? (this.#sinks.get(this.#fallback) as AlertSink);
  }
}
