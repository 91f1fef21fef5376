/**
 * P(W > x) of the limit law of the Cramér–von Mises statistic, that of Σ Z²ₖ / (k²π²); relative accuracy also in the tail.
 *
 * Smirnov's formula: (2/π) Σ (−1)ᵏ⁻¹ ∫ e^{−xu²/2} / √(−u sin u) du over u from (2k−1)π to 2kπ. The integrand's inverse square
 * roots at both ends are the weight of Gauss–Chebyshev quadrature, which then converges geometrically. (SciPy's Bessel series
 * gives 1 − P, so it has no digits left below 1e-9.) N. V. Smirnov (1937); J. Durbin, "Distribution theory for tests" (1973).
 */
export function cramerVonMisesSf(x: number): number {
  if (!(x > 0.003)) return 1;
  const nodes = 48 + Math.ceil(16 * Math.sqrt(x));
  let sum = 0;
  for (let k = 1; k < 200; k += 1) {
    const term = smirnovTerm(x, k, nodes);
    sum += k % 2 === 1 ? term : -term;
    if (term <= 1e-17 * Math.abs(sum) || term === 0) break;
  }
  return Math.min(1, Math.max(0, sum));
}

function smirnovTerm(x: number, k: number, nodes: number): number {
  const centre = (2 * k - 0.5) * Math.PI;
  let sum = 0;
  for (let node = 1; node <= nodes; node += 1) {
    const angle = ((2 * node - 1) * Math.PI) / (2 * nodes);
    const offset = (Math.PI / 2) * Math.cos(angle);
    const u = centre + offset;
    // −sin u over (u − a)(b − u): both vanish at the ends a, b; −sin u = cos(offset) for u in this interval.
    const edge = (Math.PI / 2) * Math.sin(angle);
    sum += Math.exp((-x * u * u) / 2) * (edge / Math.sqrt(u * Math.cos(offset)));
  }
  return (2 / nodes) * sum;
}
