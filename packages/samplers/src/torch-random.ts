import { GuidanceError, type RandomSource } from '@sega/guidance';
import { MersenneTwister } from './mersenne-twister.js';

/** torch draws normal numbers in blocks of this many, and takes another road below it. */
const BLOCK = 16;
const HALF = BLOCK / 2;
const TWO_PI = Math.fround(2 * Math.PI);

/**
 * The numbers `torch.Generator().manual_seed(seed)` gives on a CPU, call by call: `normal(n)` is `torch.randn(n)`,
 * `uniform(n)` is `torch.rand(n)`, `integers(n, bound)` is `torch.randint(0, bound, (n,))`.
 *
 * Uniform numbers and integers are equal bit for bit; normal ones to the last bit or two of a float32, since torch's
 * own depend on the processor's logarithm and sine. As in torch only the low 32 bits of the seed count, and
 * `normal(32)` is two times `normal(16)`, but `normal(20)` redraws its last 16 numbers.
 *
 * @param seed - A whole number from 0 to 2⁵³ − 1.
 * @throws SEED_INVALID for any other number.
 *
 * @example
 * const noise = torchRandom(21).normal(4 * 64 * 64);
 * @category Noise
 */
export function torchRandom(seed: number): RandomSource {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new GuidanceError('SEED_INVALID', `seed is ${seed}; it must be a whole number from 0 to 2^53 − 1.`, { seed });
  }
  return new TorchRandom(new MersenneTwister(seed));
}

class TorchRandom implements RandomSource {
  readonly #bits: MersenneTwister;
  /** The second number of the last pair drawn one by one. */
  #spare: number | undefined;

  constructor(bits: MersenneTwister) {
    this.#bits = bits;
  }

  uniform(count: number): Float32Array {
    const out = new Float32Array(count);
    this.#fillUniform(out, 0, count);
    return out;
  }

  integers(count: number, bound: number): Int32Array {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 31) {
      throw new GuidanceError('OPTION_INVALID', `bound is ${bound}; it must be a whole number from 1 to 2^31.`, {
        option: 'bound',
        value: bound,
      });
    }
    // torch takes 64 bits where 32 would favour small numbers by more than 5 %.
    const wide = bound >= 2 ** 28;
    return Int32Array.from({ length: count }, () => {
      const first = this.#bits.next();
      if (!wide) return first % bound;
      // In two shifts by 16 bits, so that no product leaves the exact integers.
      const shifted = ((first % bound) * 2 ** 16) % bound;
      return (shifted * 2 ** 16 + this.#bits.next()) % bound;
    });
  }

  normal(count: number): Float32Array {
    const out = new Float32Array(count);
    if (count < BLOCK) {
      for (let i = 0; i < count; i++) out[i] = this.#normalOne();
      return out;
    }
    this.#fillUniform(out, 0, count);
    for (let start = 0; start + BLOCK <= count; start += BLOCK) boxMuller(out, start);
    if (count % BLOCK) {
      this.#fillUniform(out, count - BLOCK, count);
      boxMuller(out, count - BLOCK);
    }
    return out;
  }

  #fillUniform(out: Float32Array, start: number, end: number): void {
    for (let i = start; i < end; i++) out[i] = (this.#bits.next() & 0xffffff) * 2 ** -24;
  }

  #normalOne(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    const angle = 2 * Math.PI * this.#uniformDouble();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#uniformDouble()));
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  #uniformDouble(): number {
    const high = this.#bits.next() & 0x1fffff;
    return (high * 2 ** 32 + this.#bits.next()) * 2 ** -53;
  }
}

/** Turns 16 uniform numbers into normal ones: the first eight give the radii, the last eight the angles. */
function boxMuller(data: Float32Array, start: number): void {
  for (let i = start; i < start + HALF; i++) {
    const radius = Math.fround(Math.sqrt(-2 * Math.fround(Math.log(1 - data[i]!))));
    const angle = Math.fround(TWO_PI * data[i + HALF]!);
    data[i] = radius * Math.fround(Math.cos(angle));
    data[i + HALF] = radius * Math.fround(Math.sin(angle));
  }
}
