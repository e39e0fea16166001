/** Evenly spaced numbers, both ends included. @internal */
export function linspace(start: number, end: number, count: number): readonly number[] {
  const stride = count > 1 ? (end - start) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) => (i > 0 && i === count - 1 ? end : i * stride + start));
}
