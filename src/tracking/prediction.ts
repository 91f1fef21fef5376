import type { JsonValue } from './json-value.js';

/** What a model answered to a call that has an id, kept so that a label which comes late finds it. */
export interface NewPrediction {
  /** The call's own id. Two calls may have the same; of two predictions with one id and one run the later one stays. */
  readonly id: string;
  /** Which of its entry's runs the call is, from 0. */
  readonly offset: number;
  /** The outputs Y of the call's rows. */
  readonly value: JsonValue;
  /** When the call came, epoch ms. */
  readonly dt: number;
  /** The model's version. */
  readonly version?: string;
}

/** A prediction as it stands in the store. */
export interface Prediction extends Omit<NewPrediction, 'offset'> {
  /** The model. */
  readonly key: string;
  readonly run: number;
}

/** Which predictions are asked for. Every field narrows; an empty list means none. */
export interface PredictionFilter {
  readonly keys?: readonly string[];
  readonly ids?: readonly string[];
  /** A closed range of runs. */
  readonly runFrom?: number;
  readonly runTo?: number;
}
