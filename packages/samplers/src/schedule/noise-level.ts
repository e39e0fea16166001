import type { Step } from '@sega/guidance';
import { betas, type NoiseOptions } from './betas.js';

/** How much of a state x = α·x₀ + s·ε is picture and how much is noise; α² + s² = 1. @internal */
export interface NoiseLevel {
  /** ᾱ = α². */
  readonly alphaBar: number;
  /** α = √ᾱ. */
  readonly signal: number;
  /** s = √(1 − ᾱ). */
  readonly noise: number;
}

/** @internal */
export function levelOfAlphaBar(alphaBar: number): NoiseLevel {
  // In float32, as models are trained: where ᾱ is 10⁻⁹ it makes 1 − ᾱ exactly 1, and x₀ is divided by √ᾱ.
  return { alphaBar, signal: Math.sqrt(alphaBar), noise: Math.sqrt(Math.fround(1 - alphaBar)) };
}

/** The level of a noise-to-signal ratio σ = s/α. @internal */
export function levelOfSigma(sigma: number): NoiseLevel {
  const alphaBar = 1 / (sigma * sigma + 1);
  const signal = Math.sqrt(alphaBar);
  return { alphaBar, signal, noise: sigma * signal };
}

/** The level without noise. @internal */
export const CLEAN: NoiseLevel = levelOfAlphaBar(1);

/** ᾱ of each training timestep: Π (1 − β), in float32. @internal */
export function alphaBars(options: NoiseOptions): Float32Array {
  const bars = products(betas(options).map((beta) => 1 - beta));
  return options.rescaleBetasZeroSnr ? products(zeroTerminalSnr(bars)) : bars;
}

/** The steps of a run, from the timestep and the noise level of each. @internal */
export function stepsAt(levels: readonly { readonly timestep: number; readonly level: NoiseLevel }[]): readonly Step[] {
  return levels.map(({ timestep, level }, index) => ({
    index,
    count: levels.length,
    timestep,
    alpha: level.signal,
    sigma: level.noise / level.signal,
  }));
}

/** The running product, rounded to float32 only where it is read. */
function products(factors: Float32Array): Float32Array {
  let product = 1;
  return factors.map((factor) => {
    product *= factor;
    return product;
  });
}

/** 1 − β after √ᾱ is shifted and scaled to keep its first value and end at 0, arXiv 2305.08891 algorithm 1. */
function zeroTerminalSnr(bars: Float32Array): Float32Array {
  const roots = bars.map(Math.sqrt);
  const first = roots[0]!;
  const last = roots.at(-1)!;
  const stretch = Math.fround(first / Math.fround(first - last));
  const rescaled = roots
    .map((root) => root - last)
    .map((root) => root * stretch)
    .map((root) => root * root);
  const rescaledBetas = rescaled.map((bar, i) => bar / (rescaled[i - 1] ?? 1)).map((alpha) => 1 - alpha);
  return rescaledBetas.map((beta) => 1 - beta);
}
