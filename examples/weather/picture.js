// The picture of the README: the demo's wind, in the weeks between those that the model learnt from, and in New York.
//
//   node examples/weather/picture.js > docs/weather.svg
import { compareProfiles, describeMovement, describeVerdict, profileTable } from 'leeway/profile';
import { alternateWeeks, cityDays, question } from './data.js';
import { loadModel } from './model.js';

const WIDTH = 420;
const HEIGHT = 180;
const GAP = 20;
const predict = loadModel();
const profileOf = (days) =>
  profileTable(
    days.map((day) => {
      const { precipitation, temp_min, wind, weather } = question(day);
      return {
        X_precipitation: precipitation,
        X_temp_min: temp_min,
        X_wind: wind,
        X_weather: weather,
        Y_temp_max: predict(day),
      };
    }),
  );

const { training, others } = alternateWeeks(cityDays('Seattle'));
const baseline = profileOf(training);
const sides = [
  { name: 'Seattle, the other weeks', days: others },
  { name: 'New York', days: cityDays('New York') },
].map(({ name, days }, index) => {
  const stats = compareProfiles(baseline, profileOf(days), { falseAlarmRate: 1 / 30 });
  const [wind] = stats.select({ column: 'X_wind', statistic: 'mean' });
  const verdict = stats.drift ? `${describeVerdict(stats).split(':')[0]}.` : describeVerdict(stats);
  const left = index * (WIDTH + GAP);
  const chart = stats.plot('X_wind').replace('<svg ', `<svg x="${left}" y="62" `);
  return `<text x="${left}" y="20" font-size="15" font-weight="600">${name}: <tspan class="${stats.drift ? 'drift' : 'calm'}">${verdict}</tspan></text>
<text x="${left}" y="44">X_wind ${describeMovement(stats, wind).split(', ')[0]}</text>
${chart}`;
});
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * WIDTH + GAP} ${HEIGHT + 62}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="currentColor">
<title>Wind in Seattle and New York against the baseline</title>
<style>:root { color: #1b1f24 } .drift { fill: #a83a06 } .calm { fill: #1a6b3c } @media (prefers-color-scheme: dark) { :root { color: #e6e9ed } .drift { fill: #ff9a5c } .calm { fill: #6cd19a } }</style>
${sides.join('\n')}
</svg>`);
