import type { Steps } from '@sega/guidance';
import type { PredictionOptions, PredictionType } from '../parameterization.js';
import { type NoiseOptions, trainTimesteps } from './betas.js';
import { alphaBars, CLEAN, levelOfAlphaBar, type NoiseLevel } from './noise-level.js';
import { checkSteps, checkTimesteps, type SpacingOptions, spacedTimesteps } from './timesteps.js';

/** Options of {@link pndm}. @category Samplers */
export interface PndmOptions extends NoiseOptions, SpacingOptions, PredictionOptions {
  /** Default `epsilon`. */
  readonly predictionType?: Exclude<PredictionType, 'sample'>;
  /** Begins without Runge–Kutta steps: n + 1 evaluations in place of n + 9. Default false; Stable Diffusion true. */
  readonly skipPrkSteps?: boolean;
  /** The run ends at ᾱ = 1; otherwise at the ᾱ of the first training timestep. Default false. */
  readonly setAlphaToOne?: boolean;
}

/** Steps begun with Runge–Kutta, at four evaluations each. */
const RUNGE_KUTTA_STEPS = 3;

/** Where an evaluation leads: the noise level it leaves from, the one it reaches, and how predictions combine. @internal */
export interface PndmTransition {
  readonly timestep: number;
  readonly level: NoiseLevel;
  readonly from: NoiseLevel;
  readonly to: NoiseLevel;
  readonly kind: 'first' | 'repeat' | 'multistep' | 'runge-kutta';
}

/** n + 1 evaluations: after the first step the second timestep again, from the same state, with the mean of both. @internal */
export function multistepTransitions(steps: Steps, options: PndmOptions): readonly PndmTransition[] {
  const { timesteps, stride, at } = grid(steps, 1, options);
  const [first, second, ...rest] = timesteps;
  const repeated = second === undefined ? [first!] : [first!, second, second, ...rest];
  return repeated.map((timestep, i) => {
    const kind = i === 0 ? 'first' : i === 1 ? 'repeat' : 'multistep';
    const level = at(timestep);
    return kind === 'repeat'
      ? { timestep, level, from: at(timestep + stride), to: level, kind }
      : { timestep, level, from: level, to: at(timestep - stride), kind };
  });
}

/** n + 9 evaluations: four for each of the first three steps, halfway points included, then one for each step. @internal */
export function rungeKuttaTransitions(steps: Steps, options: PndmOptions): readonly PndmTransition[] {
  const { timesteps, stride, at } = grid(steps, RUNGE_KUTTA_STEPS + 1, options);
  const half = Math.floor(stride / 2);
  const climbing = timesteps.slice(0, RUNGE_KUTTA_STEPS).flatMap((start, i) => {
    const end = timesteps[i + 1]!;
    const halfway = end + half;
    return [
      [start, start - half],
      [halfway, halfway],
      [halfway, halfway - half],
      [end, end],
    ].map(([timestep, to]): PndmTransition => {
      return { timestep: timestep!, level: at(timestep!), from: at(start), to: at(to!), kind: 'runge-kutta' };
    });
  });
  const multistep = timesteps.slice(RUNGE_KUTTA_STEPS).map((timestep): PndmTransition => {
    return { timestep, level: at(timestep), from: at(timestep), to: at(timestep - stride), kind: 'multistep' };
  });
  return [...climbing, ...multistep];
}

/** The run's timesteps from high to low, the distance between two, and the noise level of any. */
function grid(
  count: Steps,
  least: number,
  options: PndmOptions,
): { timesteps: readonly number[]; stride: number; at: (timestep: number) => NoiseLevel } {
  const trained = trainTimesteps(options);
  checkSteps(count, least, trained, least > 1 ? 'pndm with Runge–Kutta steps' : 'pndm');
  const timesteps = spacedTimesteps(count, trained, options);
  checkTimesteps(timesteps, trained, 'pndm');
  const bars = alphaBars(options);
  const last = options.setAlphaToOne ? CLEAN : levelOfAlphaBar(bars[0]!);
  return {
    timesteps,
    stride: Math.floor(trained / count),
    at: (timestep) => (timestep < 0 ? last : levelOfAlphaBar(bars[timestep]!)),
  };
}
