import MultivariateLinearRegression from 'ml-regression-multivariate-linear';
import { inputs } from './model.js';

/** Learns the day's highest temperature from the rest of the day: a weight per input, and the intercept last. */
export function learn(days) {
  const regression = new MultivariateLinearRegression(
    days.map(inputs),
    days.map((day) => [day.temp_max]),
  );
  return { weights: regression.weights.map(([weight]) => weight) };
}
