import type { Alert } from './alert.js';
import { type AlertRule, ruleName } from './rule.js';
import type { AlertSink } from './sink.js';

/** The sinks of each rule, by the rule's name. */
type Routes = ReadonlyMap<string, readonly string[]>;

/** Who is told of what: each sink under a name of its own, by which a delivery finds it again after a restart. */
export class Routing {
  readonly #sinks = new Map<string, AlertSink>();
  readonly #common: Routes;
  /** Of models that have rules of their own. */
  readonly #own: ReadonlyMap<string, Routes>;
  readonly #fallback: string;

  /**
   * @param rules the rules of all models …
   * @param fallback who is told of alerts of rules that name nobody.
   * @param own … but of those that have their own.
   */
  constructor(
    rules: readonly AlertRule[],
    fallback: AlertSink,
    own: ReadonlyMap<string, readonly AlertRule[]> = new Map(),
  ) {
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
    const routesOf = (list: readonly AlertRule[]): Routes =>
      new Map(
        list.map((rule, index) => [
          ruleName(rule, index),
          rule.notify?.map(nameOf) ?? [this.#fallback],
        ]),
      );
    this.#common = routesOf(rules);
    this.#own = new Map([...own].map(([model, list]) => [model, routesOf(list)]));
  }

  /** The names of those who are to be told of an alert. */
  sinksFor({ model, rules }: Pick<Alert, 'model' | 'rules'>): string[] {
    const routes = this.#own.get(model) ?? this.#common;
    return [...new Set(rules.flatMap((rule) => routes.get(rule) ?? [this.#fallback]))];
  }

  /** The sink of a name; for one that is configured no more, whoever is told where nobody is named. */
  sink(name: string): AlertSink {
    return this.#sinks.get(name) ?? (this.#sinks.get(this.#fallback) as AlertSink);
  }
}
