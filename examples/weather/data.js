import { readFileSync } from 'node:fs';
import papaparse from 'papaparse';

const WEEK_DAYS = 7;

/** All days of a city in order, numbers as numbers. */
export function cityDays(city) {
  const file = new URL('../data/weather.csv', import.meta.url);
  const { data } = papaparse.parse(readFileSync(file, 'utf8'), {
    header: true,
    dynamicTyping: true,
    skipEmptyLines: true,
  });
  return data.filter((day) => day.location === city);
}

/** Every second week to learn from, and the weeks between them to try: the same years, seasons and climate. */
export function alternateWeeks(days) {
  const even = (_, index) => Math.floor(index / WEEK_DAYS) % 2 === 0;
  return { training: days.filter(even), others: days.filter((day, index) => !even(day, index)) };
}

/** What the model is asked with: a day without its answer. */
export function question({ precipitation, temp_min, wind, weather }) {
  return { precipitation, temp_min, wind, weather };
}
