import type { JsonValue } from './json-value.js';

/** A model's answer to a call that has an id. It is stored for labels that arrive later. */
export interface NewPrediction {
  /** The id of the call. Two calls may have the same id. Of two predictions with one id and one run, the later one is stored. */
  readonly id: string;
  /** The place of the call among its entry's runs, from 0. */
  readonly offset: number;
  /** The outputs Y of the call's rows. */
  readonly value: JsonValue;
  /** The time of the call, epoch ms. */
  readonly dt: number;
  /** The model's version. */
  readonly version?: string;
}

/** A stored prediction. */
export interface Prediction extends Omit<NewPrediction, 'offset'> {
  /** The model. */
  readonly key: string;
  readonly run: number;
}

/** Which predictions to read. Predictions match all fields. An empty list means none. */
export interface PredictionFilter {
  readonly keys?: readonly string[];
  readonly ids?: readonly string[];
  /** A closed range of runs. */
  readonly runFrom?: number;
  readonly runTo?: number;
}
