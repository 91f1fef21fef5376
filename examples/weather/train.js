// Fits the model of the demo and writes it down, so that the demo needs no library to run it.
//
//   node examples/weather/train.js
import { writeFileSync } from 'node:fs';
import { alternateWeeks, cityDays } from './data.js';
import { learn } from './learn.js';

const { training } = alternateWeeks(cityDays('Seattle'));
writeFileSync(
  new URL('./model.json', import.meta.url),
  `${JSON.stringify(learn(training), null, 2)}\n`,
);
