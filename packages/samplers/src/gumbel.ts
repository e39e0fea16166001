/** Intervals of (0, 1) between which the table has its values: few enough for the nearest cache. */
const INTERVALS = 4096;
const WIDTH = 2 ** 32 / INTERVALS;
/** Intervals at either end that are too steep for straight lines: elsewhere these are within 4·10⁻⁵ of the curve. */
const STEEP = 64;

const table: Float64Array = Float64Array.from({ length: INTERVALS + 1 }, (_, i) => exact(i / INTERVALS));

/**
 * The number of the standard Gumbel distribution at r = (bits + ½)/2³²: −log(−log r), between the values of a table where that
 * is exact enough to draw by.
 *
 * @param bits - A whole number from [0, 2³²).
 * @internal
 */
export function gumbel(bits: number): number {
  const place = (bits + 0.5) / WIDTH;
  const interval = Math.floor(place);
  if (interval < STEEP || interval >= INTERVALS - STEEP) return exact(place / INTERVALS);
  const low = table[interval]!;
  return low + (table[interval + 1]! - low) * (place - interval);
}

function exact(r: number): number {
  return -Math.log(-Math.log(r));
}
