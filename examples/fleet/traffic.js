/** A generator of numbers in [0, 1) that gives the same ones for the same seed. */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Flats as they are asked for: area in m², number of rooms. */
export function flats(count, { seed, larger = 0 }) {
  const random = seeded(seed);
  return Array.from({ length: count }, () => [
    40 + larger + 60 * random(),
    1 + Math.floor(5 * random()),
  ]);
}

/** What the model was trained on, and what it answers to that. */
export function baseline() {
  return flats(3_000, { seed: 1 }).map(([area, rooms]) => ({
    area,
    rooms,
    price: 3 * area + 10 * rooms,
  }));
}
