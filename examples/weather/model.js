import { readFileSync } from 'node:fs';

const KINDS = ['drizzle', 'fog', 'rain', 'snow', 'sun'];

/** A day as the numbers that the model takes. */
export const inputs = ({ precipitation, temp_min, wind, weather }) => [
  precipitation,
  temp_min,
  wind,
  ...KINDS.slice(1).map((kind) => (weather === kind ? 1 : 0)),
];

/** A function from a day to its highest temperature. */
export function modelOf({ weights }) {
  return (day) => {
    const values = [...inputs(day), 1];
    const sum = weights.reduce((total, weight, index) => total + weight * values[index], 0);
    return Math.round(sum * 10) / 10;
  };
}

/** The model that `train.js` learnt from every second week of Seattle. */
export function loadModel() {
  return modelOf(JSON.parse(readFileSync(new URL('./model.json', import.meta.url), 'utf8')));
}
