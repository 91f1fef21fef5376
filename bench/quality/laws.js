/** Laws of columns as they come in production, and what may happen to them: for cells that nothing was tuned on. */

/** Marsaglia and Tsang (2000); a shape below 1 by a power of a uniform number. */
function gamma(shape, random) {
  if (shape < 1) return gamma(shape + 1, random) * random.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(random.uniform()) < (x * x) / 2 + d - d * v + d * Math.log(v))
      return d * v;
  }
}

const beta = (a, b) => (random) => {
  const x = gamma(a, random);
  return x / (x + gamma(b, random));
};
const poisson = (rate, { uniform }) => {
  let count = 0;
  let product = uniform();
  for (const least = Math.exp(-rate); product > least; product *= uniform()) count += 1;
  return count;
};
const sumsOf = (parts) => {
  let sum = 0;
  return parts.map((part) => {
    sum += part;
    return sum;
  });
};
/** A place by its share; the last one has what is left. */
const among = (...shares) => {
  const sums = sumsOf(shares).slice(0, -1);
  return ({ uniform }) => {
    const at = uniform();
    const place = sums.findIndex((upTo) => at < upTo);
    return place < 0 ? sums.length : place;
  };
};
const zipf = (levels, power = 1) => {
  const parts = Array.from({ length: levels }, (_, level) => (level + 1) ** -power);
  const all = parts.reduce((sum, part) => sum + part, 0);
  return among(...parts.map((part) => part / all));
};
const word = zipf(200);
const named = (draw) => (random) => `k${draw(random)}`;
const DAY = 86_400_000;

export const NUMBERS = {
  'beta(.3, .3)': beta(0.3, 0.3),
  'gamma(.3)': (random) => gamma(0.3, random),
  'Pareto(1.5)': ({ uniform }) => uniform() ** (-1 / 1.5),
  'with a gap': ({ uniform, normal }) => (uniform() < 0.15 ? 6 : 0) + 0.3 * normal(),
  uniform: ({ uniform }) => uniform() * Math.sqrt(12),
  money: ({ uniform, normal }) => {
    const amount = Math.exp(3 + normal());
    return uniform() < 0.5 ? Math.ceil(amount) - 0.01 : Math.round(amount * 100) / 100;
  },
  'money in fives': ({ normal }) => 5 * Math.ceil(Math.exp(2 + 0.8 * normal())),
  percentages: (random) => {
    const at = random.uniform();
    if (at < 0.35) return at < 0.2 ? 0 : 100;
    return Math.round(100 * beta(2, 3)(random));
  },
  ages: ({ normal }) => Math.max(18, Math.round(41 + 13 * normal())),
  'Zipf counts': zipf(200, 1.6),
  'negative binomial': (random) => poisson(3 * gamma(0.8, random), random),
  'hour of day': (random) => Math.min(23, Math.floor(24 * beta(3, 2)(random))),
  'large ids': ({ uniform }) => Math.floor(1e9 * uniform()),
  'one to five': (random) => 1 + among(0.08, 0.12, 0.2, 0.35, 0.25)(random),
  'nearly constant': ({ uniform }) => (uniform() < 0.99 ? 1 : Math.floor(10 * uniform())),
  'nearly zero': ({ uniform, normal }) => (uniform() < 0.95 ? 0 : Math.exp(normal())),
  moments: ({ uniform }) => new Date(1.7e12 + Math.floor(7 * DAY * uniform())),
};

export const CATEGORIES = {
  booleans: ({ uniform }) => uniform() < 0.07,
  three: named(among(0.7, 0.25, 0.05)),
  'five, two rare': named(among(0.6, 0.25, 0.1, 0.04, 0.01)),
  'Zipf, 12': named(zipf(12)),
  'Zipf, 50': named(zipf(50)),
  'Zipf, 300': named(zipf(300)),
  'Zipf, 1,000': named(zipf(1000)),
  'nearly one': named(among(0.99, 0.005, 0.005)),
  identifiers: ({ uniform }) => `u${Math.floor(1e6 * uniform())}`,
  phrases: (random) =>
    Array.from({ length: 2 + among(0.4, 0.3, 0.2, 0.1)(random) }, () => `w${word(random)}`).join(
      ' ',
    ),
};

/** How a law is spread, for changes in its own units. */
export function spreadOf(draw, random) {
  const drawn = Array.from({ length: 4_000 }, () => Number(draw(random)));
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  return Math.sqrt(drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length);
}
