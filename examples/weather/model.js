import MultivariateLinearRegression from 'ml-regression-multivariate-linear';

const KINDS = ['drizzle', 'fog', 'rain', 'snow', 'sun'];

const inputs = ({ precipitation, temp_min, wind, weather }) => [
  precipitation,
  temp_min,
  wind,
  ...KINDS.slice(1).map((kind) => (weather === kind ? 1 : 0)),
];

/** Learns the day's highest temperature from the rest of the day; gives a function from a day to its prediction. */
export function trainModel(days) {
  const regression = new MultivariateLinearRegression(
    days.map(inputs),
    days.map((day) => [day.temp_max]),
  );
  return (day) => Math.round(regression.predict(inputs(day))[0] * 10) / 10;
}
