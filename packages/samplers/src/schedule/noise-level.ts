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
  return { alphaBar, signal: Math.sqrt(alphaBar), noise: Math.sqrt(1 - alphaBar) };
}

/** The level of a noise-to-signal ratio σ = s/α. @internal */
export function levelOfSigma(sigma: number): NoiseLevel {
  const alphaBar = 1 / (sigma * sigma + 1);
  const signal = Math.sqrt(alphaBar);
  return { alphaBar, signal, noise: sigma * signal };
}

/** The level without noise. @internal */
export const CLEAN: NoiseLevel = levelOfAlphaBar(1);

/** ᾱ of each training timestep: Π (1 − β). @internal */
export function alphaBars(options: NoiseOptions): readonly number[] {
  let product = 1;
  const bars = betas(options).map((beta) => {
    product *= 1 - beta;
    return product;
  });
  return options.rescaleBetasZeroSnr ? withZeroTerminalSnr(bars) : bars;
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

/** Shifts and scales √ᾱ so that it keeps its first value and ends at 0, arXiv 2305.08891 algorithm 1. */
function withZeroTerminalSnr(bars: readonly number[]): readonly number[] {
  const first = Math.sqrt(bars[0]!);
  const last = Math.sqrt(bars.at(-1)!);
  return bars.map((bar) => (((Math.sqrt(bar) - last) * first) / (first - last)) ** 2);
}
