// The quantile sketch: values per second, bytes, and the rank error beside the one it states.
//
//   npm run build && node bench/sketch/quantiles.js [seeds, default 100] [n, default 1000000]
//
// "one rank" is the error at 99 evenly spaced ranks, "worst" the largest over all ranks (both sides of each step); of both the
// 99th percentile over the seeds. LEEWAY_DIST names another build to measure.
const dist = process.env.LEEWAY_DIST ?? new URL('../../dist', import.meta.url).pathname;
const { QuantileSketch } = await import(`${dist}/src/sketch/quantile-sketch.js`);
const { seededRandom, randomNormal } = await import(`${dist}/src/leaves/random.js`);

const SEEDS = Number(process.argv[2] ?? 100);
const SIZE = Number(process.argv[3] ?? 1_000_000);
const PARTS = 1000;

const laws = {
  uniform: (random) => random(),
  normal: (random) => randomNormal(random),
  lognormal: (random) => Math.exp(2 * randomNormal(random)),
  integers: (random) => Math.floor(1000 * random()),
};

speed();
console.log(`\nrank error in % of n, p99 of ${SEEDS} seeds, n = ${SIZE}`);
console.log('how                             capacity  stated  one rank   worst  held   bytes');
for (const capacity of [256, 2048, 8192]) errors('whole', capacity, whole);
for (const law of ['rising', 'falling', 'waves']) errors(law, 2048, whole, law);
errors(`${PARTS} parts merged`, 2048, merged);
errors(`${PARTS} parts merged, rising`, 2048, merged, 'rising');
errors('pairs of parts merged, as a tree', 2048, tree);
errors('weights 1 … 8', 2048, weighted);

function speed() {
  console.log(`values per second into a sketch of 2048 (best of 9 rounds), n = ${SIZE}`);
  console.log('law         updateMany     update');
  for (const [name, draw] of Object.entries(laws)) {
    const random = seededRandom(1);
    const values = Float64Array.from({ length: SIZE }, () => draw(random));
    const many = best(() => new QuantileSketch().updateMany(values));
    const single = best(() => {
      const sketch = new QuantileSketch();
      for (const value of values) sketch.update(value);
    });
    console.log(
      `${name.padEnd(10)} ${many.toFixed(1).padStart(9)} M ${single.toFixed(1).padStart(8)} M`,
    );
  }
}

function best(run) {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 9; round += 1) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return SIZE / least / 1000;
}

/** The values are 0 … n − 1 in some order, so that each one's true rank is itself. */
function orderOf(law, seed) {
  const values = Float64Array.from({ length: SIZE }, (_, index) => index);
  if (law === 'falling') return values.reverse();
  if (law === 'waves') return values.map((value) => ((value * 997) % SIZE) + 0);
  if (law === 'rising') return values;
  const random = seededRandom(seed);
  for (let last = SIZE - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [values[last], values[other]] = [values[other], values[last]];
  }
  return values;
}

function whole(values, capacity) {
  const sketch = new QuantileSketch({ capacity });
  sketch.updateMany(values);
  return sketch;
}

function parts(values, capacity) {
  const length = Math.ceil(values.length / PARTS);
  return Array.from({ length: PARTS }, (_, part) => {
    const sketch = new QuantileSketch({ capacity });
    sketch.updateMany(values, part * length, Math.min(values.length, (part + 1) * length));
    return sketch;
  });
}

function merged(values, capacity) {
  const sketch = new QuantileSketch({ capacity });
  for (const part of parts(values, capacity)) sketch.merge(part);
  return sketch;
}

function tree(values, capacity) {
  let level = parts(values, capacity);
  while (level.length > 1) {
    for (let left = 0; left + 1 < level.length; left += 2) level[left].merge(level[left + 1]);
    level = level.filter((_, index) => index % 2 === 0);
  }
  return level[0];
}

/** Value v stands for itself and the w − 1 that follow it. */
function weighted(values, capacity) {
  const sketch = new QuantileSketch({ capacity });
  let start = 0;
  const random = seededRandom(values[0]);
  const runs = [];
  while (start < values.length) {
    const weight = Math.min(1 + Math.floor(8 * random()), values.length - start);
    runs.push([start + weight - 1, weight]);
    start += weight;
  }
  for (let last = runs.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [runs[last], runs[other]] = [runs[other], runs[last]];
  }
  for (const [value, weight] of runs) sketch.update(value, weight);
  return sketch;
}

function errors(how, capacity, build, law) {
  const seeds = law === undefined ? SEEDS : 1;
  const single = [];
  const worst = [];
  let sketch;
  for (let seed = 1; seed <= seeds; seed += 1) {
    sketch = build(orderOf(law, seed), capacity);
    const { values, weights } = sketch.weightedValues();
    let most = 0;
    let passed = 0;
    for (let index = 0; index < values.length; index += 1) {
      most = Math.max(most, Math.abs(passed - values[index]));
      passed += weights[index];
      most = Math.max(most, Math.abs(passed - values[index] - 1));
    }
    worst.push(most / SIZE);
    for (let percent = 1; percent < 100; percent += 1) {
      const place = Math.floor((percent * SIZE) / 100);
      single.push(Math.abs(sketch.rank(place, false) - place / SIZE));
    }
  }
  const figures = [sketch.rankError(), p99(single), p99(worst)].map((share) =>
    (100 * share).toFixed(3).padStart(8),
  );
  const [stated, one, all] = figures;
  console.log(
    `${how.padEnd(32)} ${String(capacity).padStart(7)}${stated}  ${one}${all}  ${String(sketch.retained).padStart(4)}  ${String(sketch.toBytes().length).padStart(6)}`,
  );
}

function p99(values) {
  values.sort((a, b) => a - b);
  return values[Math.ceil(0.99 * values.length) - 1];
}
