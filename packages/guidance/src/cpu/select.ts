const counts: Int32Array = new Int32Array(1024);

/**
 * The `rank`-th largest (from 1) of the first `count` entries, by repeated counting into bins of equal width and going
 * on with the bin that holds it: 256 bins for few values, 1024 for many. Reorders `values`; compares them as signed
 * integers.
 *
 * @internal
 */
export function selectLargest(values: Int32Array, count: number, rank: number): number {
  let low = values[0]!;
  let high = low;
  for (let i = 1; i < count; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    else if (value > high) high = value;
  }
  let left = count;
  let wanted = rank;
  for (;;) {
    if (low === high) return low;
    const shift = Math.max(0, (left < 4096 ? 24 : 22) - Math.clz32(high - low));
    counts.fill(0, 0, (((high - low) | 0) >>> shift) + 1);
    for (let i = 0; i < left; i++) {
      const bin = ((values[i]! - low) | 0) >>> shift;
      counts[bin] = counts[bin]! + 1;
    }
    let bin = ((high - low) | 0) >>> shift;
    while (wanted > counts[bin]!) wanted -= counts[bin--]!;
    if (shift === 0) return (low + bin) | 0;
    let kept = 0;
    let nextLow = 0x7fffffff;
    let nextHigh = -0x80000000;
    for (let i = 0; i < left; i++) {
      const value = values[i]!;
      if (((value - low) | 0) >>> shift !== bin) continue;
      values[kept++] = value;
      if (value < nextLow) nextLow = value;
      if (value > nextHigh) nextHigh = value;
    }
    left = kept;
    low = nextLow;
    high = nextHigh;
  }
}
