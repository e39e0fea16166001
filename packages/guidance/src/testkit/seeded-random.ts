import type { RandomSource } from '../random.js';

/** A small generator for tests (mulberry32, Box–Muller); not the one real models draw from. @internal */
export function seededRandom(seed: number): RandomSource {
  let state = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return {
    normal: (count) => Float32Array.from({ length: count }, normal),
    uniform: (count) => Float32Array.from({ length: count }, uniform),
    integers: (count, bound) => Int32Array.from({ length: count }, () => Math.floor(uniform() * bound)),
  };
}
