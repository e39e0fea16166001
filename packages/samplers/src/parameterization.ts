import { GuidanceError, type Space, type Tensor, type TensorOps } from '@sega/guidance';
import { type LinearTerm, linear } from './linear.js';
import type { NoiseOptions } from './schedule/betas.js';
import type { NoiseLevel } from './schedule/noise-level.js';

/**
 * What a model predicts, in diffusers' words: the noise ε, the velocity α·ε − s·x₀, or the clean picture x₀.
 *
 * @category Schedule
 */
export type PredictionType = 'epsilon' | 'v_prediction' | 'sample';

/** @category Schedule */
export interface PredictionOptions {
  /** Default `epsilon`. */
  readonly predictionType?: PredictionType;
}

/** @internal */
export function spaceOf({ predictionType = 'epsilon' }: PredictionOptions): Space {
  return predictionType === 'v_prediction' ? 'velocity' : predictionType;
}

/** The clean picture x₀ that a prediction from x = α·x₀ + s·ε stands for. @internal */
export function cleanFrom(
  space: Space,
  value: Tensor,
  x: Tensor,
  { signal, noise }: NoiseLevel,
  ops: TensorOps,
): Tensor {
  if (space === 'sample') return value;
  if (space === 'velocity') {
    return linear(
      [
        [signal, x],
        [-noise, value],
      ],
      ops,
    );
  }
  // Divided last: where almost all is noise, α·x₀ is the small difference of two large terms.
  const shrunk = linear(
    [
      [1, x],
      [-noise, value],
    ],
    ops,
  );
  return linear([[1 / signal, shrunk]], ops);
}

/** The clean picture x₀ that a prediction from y = x₀ + σ·ε stands for. @internal */
export function cleanFromExploding(
  space: Space,
  value: Tensor,
  y: Tensor,
  { signal, noise }: NoiseLevel,
  ops: TensorOps,
): Tensor {
  if (space === 'sample') return value;
  const [ofState, ofValue] = space === 'velocity' ? [signal ** 2, -noise] : [1, -noise / signal];
  return linear(
    [
      [ofState, y],
      [ofValue, value],
    ],
    ops,
  );
}

/** The noise ε that a prediction stands for. @internal */
export function noiseFrom(
  space: Space,
  value: Tensor,
  x: Tensor,
  { signal, noise }: NoiseLevel,
  ops: TensorOps,
): Tensor {
  if (space === 'epsilon') return value;
  const terms: readonly LinearTerm[] =
    space === 'velocity'
      ? [
          [signal, value],
          [noise, x],
        ]
      : [
          [1 / noise, x],
          [-signal / noise, value],
        ];
  return linear(terms, ops);
}

/**
 * Refuses to read a picture out of pure noise by dividing by its share, which is 0.
 *
 * @throws SAMPLER_OPTION_UNSUPPORTED
 * @internal
 */
export function checkTerminal(
  { rescaleBetasZeroSnr }: NoiseOptions,
  { predictionType = 'epsilon' }: PredictionOptions,
): void {
  if (!rescaleBetasZeroSnr || predictionType !== 'epsilon') return;
  throw new GuidanceError(
    'SAMPLER_OPTION_UNSUPPORTED',
    'rescale_betas_zero_snr is true with prediction_type "epsilon": at the last timestep, pure noise, a noise ' +
      'prediction says nothing of the picture. Use it with prediction_type "v_prediction" or "sample", or set it to false.',
    { option: 'rescale_betas_zero_snr', value: true, supported: [false] },
  );
}
