/**
 * Walks over the hypergeometric law of one cell of a 2 by 2 table with fixed margins: the count x of the top left cell with its
 * weight, 1 at the mode. Outwards from the mode by ratios of neighbours, so small weights keep all their digits; a weight
 * below the smallest double ends that side.
 */
export function walkHypergeometric(
  topSum: number,
  leftSum: number,
  total: number,
  visit: (x: number, weight: number) => void,
): void {
  const lowest = Math.max(0, topSum + leftSum - total);
  const highest = Math.min(topSum, leftSum);
  const mode = Math.min(highest, Math.max(lowest, Math.floor(((topSum + 1) * (leftSum + 1)) / (total + 2))));
  visit(mode, 1);
  let weight = 1;
  for (let x = mode + 1; x <= highest && weight > 0; x += 1) {
    weight *= ((topSum - x + 1) * (leftSum - x + 1)) / (x * (total - topSum - leftSum + x));
    visit(x, weight);
  }
  weight = 1;
  for (let x = mode - 1; x >= lowest && weight > 0; x -= 1) {
    weight *= ((x + 1) * (total - topSum - leftSum + x + 1)) / ((topSum - x) * (leftSum - x));
    visit(x, weight);
  }
}
