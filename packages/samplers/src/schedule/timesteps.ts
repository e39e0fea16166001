import { GuidanceError, type Steps } from '@sega/guidance';
import { linspace } from './linspace.js';

/**
 * Where a run's timesteps fall within the training timesteps,
 * {@link https://arxiv.org/abs/2305.08891 | Lin et al. 2023} table 2.
 *
 * | spacing | 4 of 1000 |
 * |---|---|
 * | `leading` | 750, 500, 250, 0, each plus `stepsOffset` |
 * | `linspace` | 999, 666, 333, 0 |
 * | `trailing` | 999, 749, 499, 249 |
 *
 * @category Schedule
 */
export type TimestepSpacing = 'leading' | 'linspace' | 'trailing';

/** @category Schedule */
export interface SpacingOptions {
  /** Default `leading`; Euler, Euler ancestral and DPM-Solver++ `linspace`. */
  readonly timestepSpacing?: TimestepSpacing;
  /** Added to every timestep of `leading` spacing. Default 0; Stable Diffusion 1. */
  readonly stepsOffset?: number;
}

/**
 * Refuses a number of steps that cannot be placed.
 *
 * @throws STEPS_INVALID
 * @internal
 */
export function checkSteps(steps: Steps, least: number, most: number, sampler: string): asserts steps is number {
  if (typeof steps === 'number' && Number.isInteger(steps) && steps >= least && steps <= most) return;
  const shown = typeof steps === 'object' ? brief(steps) : typeof steps === 'string' ? `"${steps}"` : steps;
  throw new GuidanceError(
    'STEPS_INVALID',
    `steps is ${shown}; ${sampler} takes a whole number from ${least} to ${most} on this model.`,
    { steps, least, most, sampler },
  );
}

/**
 * The timesteps of a run from high to low: those listed, or a number of them where `place` puts them.
 *
 * @throws STEPS_INVALID
 * @internal
 */
export function timestepsOf(
  steps: Steps,
  trained: number,
  sampler: string,
  place: (count: number) => readonly number[],
): readonly number[] {
  if (typeof steps === 'object') checkTimesteps(steps, trained, sampler);
  else checkSteps(steps, 1, trained, sampler);
  return typeof steps === 'number' ? place(steps) : steps;
}

/** `count` timesteps from high to low; `linspace` may leave them fractional. @internal */
export function spacedTimesteps(
  count: number,
  trained: number,
  { timestepSpacing = 'leading', stepsOffset = 0 }: SpacingOptions,
  fractional = false,
): readonly number[] {
  switch (timestepSpacing) {
    case 'leading':
      return leading(count, trained, stepsOffset);
    case 'linspace': {
      const timesteps = linspace(0, trained - 1, count).toReversed();
      return fractional ? timesteps.map(Math.fround) : timesteps.map(roundHalfEven);
    }
    case 'trailing':
      return trailing(trained, trained, trained / count);
  }
}

/** @internal */
export function leading(count: number, end: number, offset: number): readonly number[] {
  const stride = Math.floor(end / count);
  return Array.from({ length: count }, (_, i) => (count - 1 - i) * stride + offset);
}

/** From `start` − 1 down in strides, as far as timesteps go. @internal */
export function trailing(start: number, trained: number, stride: number): readonly number[] {
  const decrement = trained - stride - trained;
  return Array.from(
    { length: Math.ceil(start / stride) },
    (_, i) => roundHalfEven(start + i * decrement) - 1,
    // Rounding may add an entry below the first timestep.
  ).filter((timestep) => timestep >= 0);
}

/** Rounds to the nearest whole number, halves to the even one. @internal */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/**
 * Refuses a list that does not fall strictly within the training timesteps.
 *
 * @throws STEPS_INVALID
 * @internal
 */
export function checkTimesteps(timesteps: readonly number[], trained: number, sampler: string): void {
  const valid = timesteps.every(
    (timestep, i) => Number.isInteger(timestep) && timestep >= 0 && timestep < (timesteps[i - 1] ?? trained),
  );
  if (valid && timesteps.length > 0) return;
  throw new GuidanceError(
    'STEPS_INVALID',
    `The timesteps ${brief(timesteps)} do not fit ${sampler}: they must be whole numbers that fall from at most ${trained - 1} to at least 0.`,
    { timesteps, trained, sampler },
  );
}

function brief(timesteps: readonly number[]): string {
  const shown = timesteps.slice(0, 6).join(', ');
  return `[${timesteps.length > 6 ? `${shown}, …` : shown}]`;
}
