import type { NoiseOptions } from './betas.js';
import { linspace } from './linspace.js';
import { alphaBars } from './noise-level.js';

/** What stands for ᾱ = 0, whose σ would be infinite; diffusers' choice. */
const LEAST_ALPHA_BAR = 2 ** -24;

/** σ = √((1−ᾱ)/ᾱ) of each training timestep, rising, in float32. @internal */
export function sigmaTable(options: NoiseOptions): Float32Array {
  return alphaBars(options)
    .map((bar) => bar || LEAST_ALPHA_BAR)
    .map((bar) => Math.fround(1 - bar) / bar)
    .map(Math.sqrt);
}

/** σ at a fractional timestep; timesteps outside the table take its ends. @internal */
export function sigmaAt(table: Float32Array, timestep: number): number {
  const place = Math.min(Math.max(timestep, 0), table.length - 1);
  const below = Math.floor(place);
  const low = table[below]!;
  const high = table[below + 1] ?? low;
  return low + (place - below) * (high - low);
}

/**
 * `count` noise levels from high to low, dense near the low end:
 * {@link https://arxiv.org/abs/2206.00364 | Karras et al. 2022} with ρ = 7.
 *
 * @internal
 */
export function karrasSigmas(highest: number, lowest: number, count: number): readonly number[] {
  const rho = 7;
  return linspace(0, 1, count).map((i) => {
    const root = highest ** (1 / rho) + i * (lowest ** (1 / rho) - highest ** (1 / rho));
    return root ** rho; // eq. 5
  });
}

/** The fractional timestep at which the table reaches σ, interpolated in log σ. @internal */
export function timestepOfSigma(table: Float32Array, sigma: number): number {
  const above = table.findIndex((value) => value > sigma);
  const low = Math.min(above < 0 ? table.length - 2 : Math.max(above - 1, 0), table.length - 2);
  const logLow = Math.fround(Math.log(table[low]!));
  const logHigh = Math.fround(Math.log(table[low + 1]!));
  const share = (Math.log(Math.max(sigma, 1e-10)) - logLow) / (logHigh - logLow);
  return low + Math.min(Math.max(share, 0), 1);
}
