/**
 * How many of a group's values a tail keeps, ties aside: N − ⌈λ(N − 1)⌉. Those at or above the interpolated λ-quantile
 * are those at or above the order statistic of rank ⌈λ(N − 1)⌉, so nothing is interpolated. The rank is computed in
 * float32, as torch computes it.
 *
 * @category Runtime
 */
export function tailCount(threshold: number, length: number): number {
  return length - Math.ceil(Math.fround(Math.fround(threshold) * (length - 1)));
}
