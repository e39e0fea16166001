/**
 * One evaluation of the network within a run.
 *
 * @category Hook
 */
export interface Step {
  /** Position in the run, from 0. Warm-ups and cool-downs count in it. */
  readonly index: number;
  /** Evaluations in the run. */
  readonly count: number;
  /** What the network is told of the noise level: the training timestep, possibly fractional; the share of tokens replaced. */
  readonly timestep: number;
  /** √ᾱ, the signal's share in x = α·x₀ + √(1−α²)·ε; within [0, 1]. In token models ᾱ is the share of tokens not replaced. */
  readonly alpha: number;
  /** √((1−ᾱ)/ᾱ), the noise-to-signal ratio: 14.6 at the start of Stable Diffusion's schedule, 0.03 at its end. */
  readonly sigma: number;
}
