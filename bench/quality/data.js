/** Seeded tables for the simulations: laws of columns, and what may happen to them. */

/** A fast seeded source of uniform numbers: xorshift128+ in 32-bit halves would be overkill; this is Marsaglia's xorwow. */
export function source(seed) {
  let x = seed ^ 0x75bcd15;
  let y = 362436069 ^ (seed * 2654435761);
  let z = 521288629;
  let w = 88675123;
  let v = 5783321;
  let d = 6615241;
  const next = () => {
    const t = x ^ (x >>> 2);
    x = y;
    y = z;
    z = w;
    w = v;
    v = v ^ (v << 4) ^ (t ^ (t << 1));
    d = (d + 362437) | 0;
    return (d + v) >>> 0;
  };
  for (let warm = 0; warm < 32; warm += 1) next();
  const uniform = () => (next() + 0.5) / 4294967296;
  let spare;
  const normal = () => {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { uniform, normal };
}

const zipf = (levels) => {
  const sums = [];
  let sum = 0;
  for (let level = 1; level <= levels; level += 1) {
    sum += 1 / level;
    sums.push(sum);
  }
  return ({ uniform }) => {
    const at = uniform() * sum;
    let low = 0;
    let high = levels - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < at) low = middle + 1;
      else high = middle;
    }
    return `k${low}`;
  };
};

/** One value of a column. Numbers are numbers, categories strings. */
export const LAWS = {
  normal: ({ normal }) => normal(),
  lognormal: ({ normal }) => Math.exp(normal()),
  t2: ({ normal, uniform }) => normal() / Math.sqrt(-Math.log(uniform())),
  laplace: ({ uniform }) => {
    const u = uniform() - 0.5;
    return -Math.sign(u) * Math.log(1 - 2 * Math.abs(u));
  },
  logistic: ({ uniform }) => {
    const u = uniform();
    return Math.log(u / (1 - u));
  },
  gamma2: ({ uniform }) => -Math.log(uniform()) - Math.log(uniform()),
  bimodal: ({ uniform, normal }) => 0.5 * normal() + (uniform() < 0.5 ? -1.5 : 1.5),
  poisson3: ({ uniform }) => {
    let count = 0;
    let product = uniform();
    while (product > Math.exp(-3)) {
      count += 1;
      product *= uniform();
    }
    return count;
  },
  integers: ({ normal }) => Math.round(4 + 2 * normal()),
  binary: ({ uniform }) => (uniform() < 0.3 ? 1 : 0),
  zeros: ({ uniform, normal }) => (uniform() < 0.8 ? 0 : Math.exp(normal())),
  cat2: ({ uniform }) => (uniform() < 0.3 ? 'a' : 'b'),
  cat5: ({ uniform }) => `k${Math.floor(5 * uniform())}`,
  cat10: zipf(10),
  cat100: zipf(100),
  cat1000: zipf(1000),
  ids: ({ uniform }) => `u${Math.floor(1e6 * uniform())}`,
};

const MIXED = ['normal', 'lognormal', 'integers', 'zeros', 'cat5', 'cat10'];

/** A table of columns by law; 'mixed' takes several in turn. */
export function table(random, law, columns, rows) {
  const made = {};
  for (let column = 0; column < columns; column += 1) {
    const own = law === 'mixed' ? MIXED[column % MIXED.length] : law;
    const draw = LAWS[own];
    const numeric = typeof draw(random) === 'number';
    const values = numeric ? new Float64Array(rows) : new Array(rows);
    for (let row = 0; row < rows; row += 1) values[row] = draw(random);
    made[`c${column}`] = values;
  }
  return made;
}

const first = (made) => made.c0;
const moved =
  (by, scale = 1) =>
  (made) => {
    made.c0 = first(made).map((value) => by + scale * value);
    return made;
  };

/** What happens to a window. All but the `_all` ones happen to its first column. */
export const CHANGES = {
  none: (made) => made,
  'mean +.1': moved(0.1),
  'mean +.25': moved(0.25),
  'mean +.5': moved(0.5),
  'mean +.02': moved(0.02),
  'mean +1': moved(1),
  'scale ×1.25': moved(0, 1.25),
  'scale ×1.5': moved(0, 1.5),
  'scale ×2': moved(0, 2),
  'mean +.25 in all': (made) => {
    for (const name of Object.keys(made)) made[name] = made[name].map((value) => value + 0.25);
    return made;
  },
  'half missing': (made, { uniform }) => {
    made.c0 = Array.from(first(made), (value) => (uniform() < 0.5 ? null : value));
    return made;
  },
  constant: (made) => {
    made.c0 = Array.from(first(made), () => (typeof first(made)[0] === 'string' ? 'k0' : 1));
    return made;
  },
  'type change': (made) => {
    made.c0 = Array.from(first(made), (value) => `${value} units`);
    return made;
  },
  'unseen 5 %': (made, { uniform }) => {
    made.c0 = first(made).map((value) => (uniform() < 0.05 ? 'new' : value));
    return made;
  },
  'unseen 30 %': (made, { uniform }) => {
    made.c0 = first(made).map((value) => (uniform() < 0.3 ? 'new' : value));
    return made;
  },
  'tv .1': (made, { uniform }) => {
    made.c0 = first(made).map((value) => (uniform() < 0.125 ? 'k0' : value));
    return made;
  },
  'tv .2': (made, { uniform }) => {
    made.c0 = first(made).map((value) => (uniform() < 0.25 ? 'k0' : value));
    return made;
  },
  'fewer zeros': (made, { uniform, normal }) => {
    made.c0 = first(made).map((value) =>
      value === 0 && uniform() < 0.1 ? Math.exp(normal()) : value,
    );
    return made;
  },
  'larger amounts': (made) => {
    made.c0 = first(made).map((value) => value * 1.5);
    return made;
  },
  'integer +1 in a fifth': (made, { uniform }) => {
    made.c0 = first(made).map((value) => (uniform() < 0.2 ? value + 1 : value));
    return made;
  },
  'flip .8': (made, random) => pairUp(made, random, -0.8),
};

/** Makes the second column correlate with the first. */
export function pairUp(made, { normal }, correlation) {
  const rest = Math.sqrt(1 - correlation ** 2);
  made.c1 = made.c0.map((value) => correlation * value + rest * normal());
  return made;
}
