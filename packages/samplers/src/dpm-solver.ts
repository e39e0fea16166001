import { GuidanceError, type Sampler, type Steps, type Tensor } from '@sega/guidance';
import { type ClippingOptions, clip } from './clipping.js';
import { type LinearTerm, linear } from './linear.js';
import { cleanFrom, type PredictionOptions, spaceOf } from './parameterization.js';
import { type NoiseOptions, trainTimesteps } from './schedule/betas.js';
import { linspace } from './schedule/linspace.js';
import { levelOfSigma, stepsAt } from './schedule/noise-level.js';
import type { SigmaTransition } from './schedule/sigma-schedule.js';
import { karrasSigmas, sigmaAt, sigmaTable, timestepOfSigma } from './schedule/sigmas.js';
import {
  checkSteps,
  leading,
  roundHalfEven,
  type SpacingOptions,
  timestepsOf,
  trailing,
} from './schedule/timesteps.js';

/** Options of {@link dpmSolver}. @category Samplers */
export interface DpmSolverOptions
  extends NoiseOptions,
    SpacingOptions,
    PredictionOptions,
    Omit<ClippingOptions, 'clipSample' | 'clipSampleRange'> {
  /** 1 or 2. Default 2. */
  readonly solverOrder?: 1 | 2;
  /** Takes the last step at first order in runs of fewer than 15 steps. Default true. */
  readonly lowerOrderFinal?: boolean;
  /** Takes the last step at first order in every run. Default false. A run that ends at 0 always does. */
  readonly eulerAtFinal?: boolean;
  /** Places the noise levels as Karras et al. 2022 do. Default false. */
  readonly useKarrasSigmas?: boolean;
  /** Where the run ends: at 0 or at the σ of the first training timestep. Default `zero`. */
  readonly finalSigmasType?: 'zero' | 'sigma_min';
  /** Leaves out timesteps whose λ = ln α/s is lower. Default −∞; −5.1 suits the cosine schedule. */
  readonly lambdaMinClipped?: number;
}

type DpmSolverMemory = { previous?: Tensor };

/**
 * DPM-Solver++ 2M, {@link https://arxiv.org/abs/2211.01095 | Lu et al. 2022} algorithm 2: second order from the
 * foreseen pictures of two steps, at one evaluation for each.
 *
 *     h = λ′ − λ      r = h₋₁/h      D = x₀ + (x₀ − x₀₋₁)/(2r)      x′ = (s′/s)·x − α′·(e^−h − 1)·D
 *
 * First order (D = x₀) at the first step, and at the last as the options say. Named `dpm++`, with Karras' levels
 * `dpm++-karras`.
 *
 * @example
 * const sampler = dpmSolver({ betaSchedule: 'scaled_linear', betaStart: 0.00085, betaEnd: 0.012 });
 * sampler.schedule(20).steps[1]?.timestep; // 949
 * @category Samplers
 */
export function dpmSolver(options: DpmSolverOptions = {}): Sampler {
  const { solverOrder = 2, useKarrasSigmas = false } = options;
  const space = spaceOf(options);
  return {
    name: useKarrasSigmas ? 'dpm++-karras' : 'dpm++',
    space,
    schedule(count) {
      const transitions = solverTransitions(count, options);
      const last = transitions.length - 1;
      const firstOrder = (index: number): boolean =>
        solverOrder === 1 || index === 0 || (index === last && endsAtFirstOrder(transitions.length, options));
      return {
        steps: stepsAt(transitions),
        initial: (shape, noise) => noise.normal(shape),
        input: (x) => x,
        begin: (): DpmSolverMemory => ({}),
        step(x, { value }, { index }, memory: DpmSolverMemory, _noise, ops) {
          const { level, sigma, next } = transitions[index]!;
          const to = levelOfSigma(next);
          const denoised = clip(cleanFrom(space, value, x, level, ops), options, ops);
          const { previous } = memory;
          const gain = to.signal * (1 - next / sigma);
          const terms: LinearTerm[] = [[to.noise / level.noise, x]];
          if (firstOrder(index) || !previous) terms.push([gain, denoised]);
          else {
            const before = transitions[index - 1]!.sigma;
            const bend = Math.log(sigma / next) / (2 * Math.log(before / sigma)); // 1/(2r)
            terms.push([gain * (1 + bend), denoised], [-gain * bend, previous]);
          }
          if (previous) ops.release(previous);
          if (index < last) memory.previous = ops.keep(denoised);
          return { next: linear(terms, ops), denoised };
        },
      };
    },
  };
}

function endsAtFirstOrder(count: number, options: DpmSolverOptions): boolean {
  const { lowerOrderFinal = true, eulerAtFinal = false, finalSigmasType = 'zero' } = options;
  return finalSigmasType === 'zero' || eulerAtFinal || (lowerOrderFinal && count < 15);
}

function solverTransitions(steps: Steps, options: DpmSolverOptions): readonly SigmaTransition[] {
  const { finalSigmasType = 'zero', useKarrasSigmas = false, betaSchedule } = options;
  const trained = trainTimesteps(options);
  // Karras' levels take the place of any timesteps, so that a list of them would be ignored.
  if (useKarrasSigmas) checkSteps(steps, 1, trained, 'dpm++-karras');
  const table = sigmaTable(options);
  let timesteps = timestepsOf(steps, trained, 'dpm++', (count) => solverTimesteps(count, table, options));
  let sigmas: readonly number[] = timesteps.map((timestep) => sigmaAt(table, timestep));
  if (useKarrasSigmas) {
    sigmas = karrasSigmas(table.at(-1)!, table[0]!, timesteps.length);
    const places = sigmas.map((sigma) => timestepOfSigma(table, sigma));
    timesteps = places.map(betaSchedule === 'squaredcos_cap_v2' ? Math.trunc : roundHalfEven);
  }
  checkFalling(sigmas, timesteps.length);
  const final = finalSigmasType === 'zero' ? 0 : table[0]!;
  return sigmas.map((sigma, i) => ({
    timestep: timesteps[i]!,
    level: levelOfSigma(sigma),
    sigma,
    next: sigmas[i + 1] ?? final,
  }));
}

/** Timesteps from high to low: `count` + 1 of them placed, the lowest left to the end of the run. */
function solverTimesteps(count: number, table: Float32Array, options: DpmSolverOptions): readonly number[] {
  const { timestepSpacing = 'linspace', stepsOffset = 0, lambdaMinClipped = Number.NEGATIVE_INFINITY } = options;
  const usable = table.filter((sigma) => -Math.log(sigma) >= lambdaMinClipped).length;
  switch (timestepSpacing) {
    case 'leading':
      return leading(count + 1, usable, stepsOffset).slice(0, -1);
    case 'linspace':
      return linspace(0, usable - 1, count + 1)
        .map(roundHalfEven)
        .toReversed()
        .slice(0, -1);
    case 'trailing':
      return trailing(usable, table.length, table.length / count);
  }
}

/** The second order divides by the distance of two levels. */
function checkFalling(sigmas: readonly number[], steps: number): void {
  if (sigmas.every((sigma, i) => i === 0 || sigma < sigmas[i - 1]!)) return;
  throw new GuidanceError(
    'STEPS_INVALID',
    `steps is ${steps}, which puts two steps of dpm++ on one training timestep. Ask for fewer steps.`,
    { steps, sampler: 'dpm++' },
  );
}
