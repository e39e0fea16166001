/** Intervals of (0, 1) between which the table has its values: few enough for the nearest cache. */
const INTERVALS = 2 ** 12;
/** Bits of a number below those that say its interval, and those bits. */
const LOW = 20;
const WITHIN = 2 ** LOW - 1;
/** 1/2²⁰ and 1/2³². */
const WIDTH = 2 ** -LOW;
const UNIT = 2 ** -32;
/** Intervals at either end that are too steep for straight lines: elsewhere these are within 4·10⁻⁵ of the curve. */
const STEEP = 64;
/** 2³² over the golden ratio: keys so far apart go round all 32 bits evenly. */
const STRIDE = 0x9e3779b9;

const table: Float64Array = Float64Array.from({ length: INTERVALS + 1 }, (_, i) => exact(i / INTERVALS));

/**
 * `count` numbers of the standard Gumbel distribution, −log(−log r), between the values of a table where that is exact enough to
 * draw by. Each r is 32 bits mixed from a key and the number's place
 * ({@link https://github.com/skeeto/hash-prospector | Wellons 2018}), since there is one for every code of every position: a
 * generator with a long memory and two logarithms took four times as long.
 *
 * @param key - 32 bits of the picture's own stream.
 * @internal
 */
export function gumbelNumbers(count: number, key: number): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0, place = key | 0; i < count; i++, place = (place + STRIDE) | 0) {
    let bits = Math.imul(place ^ (place >>> 16), 0x7feb352d);
    bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
    bits ^= bits >>> 16;
    const interval = bits >>> LOW;
    if (interval < STEEP || interval >= INTERVALS - STEEP) {
      out[i] = exact(((bits >>> 0) + 0.5) * UNIT);
    } else {
      const low = table[interval]!;
      out[i] = low + (table[interval + 1]! - low) * ((bits & WITHIN) * WIDTH);
    }
  }
  return out;
}

function exact(r: number): number {
  return -Math.log(-Math.log(r));
}
