import type { Sampler, Tensor, TensorOps } from '@sega/guidance';
import { type LinearTerm, linear } from './linear.js';
import { cleanFrom, noiseFrom, type PredictionOptions, type PredictionType, spaceOf } from './parameterization.js';
import { type NoiseOptions, trainTimesteps } from './schedule/betas.js';
import { alphaBars, CLEAN, levelOfAlphaBar, type NoiseLevel, stepsAt } from './schedule/noise-level.js';
import { checkSteps, checkTimesteps, type SpacingOptions, spacedTimesteps } from './schedule/timesteps.js';

/** Options of {@link pndm}. @category Samplers */
export interface PndmOptions extends NoiseOptions, SpacingOptions, PredictionOptions {
  /** Default `epsilon`. */
  readonly predictionType?: Exclude<PredictionType, 'sample'>;
  /** Begins without Runge–Kutta steps: n + 1 evaluations in place of n + 9. Default false; Stable Diffusion true. */
  readonly skipPrkSteps?: boolean;
  /** The run ends at ᾱ = 1; otherwise at the ᾱ of the first training timestep. Default false. */
  readonly setAlphaToOne?: boolean;
}

/** Factors of the latest predictions, newest first, by how many there are: Adams–Bashforth of order 1 to 4. */
const ADAMS_BASHFORTH: readonly (readonly number[])[] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24], // eq. 12
];
const RUNGE_KUTTA: readonly number[] = [1 / 6, 1 / 3, 1 / 3, 1 / 6];
/** Steps begun with Runge–Kutta, at four evaluations each. */
const RUNGE_KUTTA_STEPS = 3;

/** Where an evaluation leads: the noise level it leaves from, the one it reaches, and how predictions combine. */
interface Transition {
  readonly timestep: number;
  readonly level: NoiseLevel;
  readonly from: NoiseLevel;
  readonly to: NoiseLevel;
  readonly kind: 'first' | 'repeat' | 'multistep' | 'runge-kutta';
}

type PndmMemory = {
  /** The raw predictions multistep extrapolates from, newest first. */
  history: Tensor[];
  /** Raw predictions within one Runge–Kutta step. */
  slopes: Tensor[];
  /** The state that several evaluations leave from. */
  start?: Tensor;
};

/**
 * Pseudo numerical methods, {@link https://arxiv.org/abs/2202.09778 | Liu et al. 2022}: a linear multistep method of
 * order 4 over predictions, and eq. 9 to move between noise levels.
 *
 *     x′ = √(ᾱ′/ᾱ)·x − (ᾱ′ − ᾱ)·e/(ᾱ·√(1 − ᾱ′) + √(ᾱ·(1 − ᾱ)·ᾱ′))
 *
 * With `skipPrkSteps` the second timestep is evaluated twice, which makes n + 1 evaluations; without it the first three
 * steps are Runge–Kutta's, n + 9 in all, and a run has at least 4 steps.
 *
 * @example
 * const sampler = pndm({ betaSchedule: 'scaled_linear', skipPrkSteps: true, stepsOffset: 1 });
 * sampler.schedule(50).steps.length; // 51
 * @category Samplers
 */
export function pndm(options: PndmOptions = {}): Sampler {
  const { skipPrkSteps = false } = options;
  const space = spaceOf(options);
  const plan = skipPrkSteps ? multistepTransitions : rungeKuttaTransitions;
  return {
    name: 'pndm',
    space,
    schedule(count) {
      const transitions = plan(count, options);
      return {
        steps: stepsAt(transitions),
        initialScale: 1,
        input: (x) => x,
        begin: (): PndmMemory => ({ history: [], slopes: [] }),
        step(x, { value }, { index, count: evaluations }, memory: PndmMemory, _noise, ops) {
          const { kind, level, from, to } = transitions[index]!;
          if (kind === 'first' || (kind === 'runge-kutta' && memory.slopes.length === 0)) memory.start = ops.keep(x);
          const origin = memory.start ?? x;
          const combined = kind === 'runge-kutta' ? climb(value, memory, ops) : extrapolate(value, kind, memory, ops);
          const noise = noiseFrom(space, combined, origin, from, ops);
          if (memory.start && memory.slopes.length === 0 && kind !== 'first') forget(memory, ops);
          if (index === evaluations - 1) clear(memory, ops);
          return { next: transfer(origin, noise, from, to, ops), denoised: cleanFrom(space, value, x, level, ops) };
        },
      };
    },
  };
}

/** Moves a state from one noise level to another along a noise estimate. */
function transfer(x: Tensor, noise: Tensor, from: NoiseLevel, to: NoiseLevel, ops: TensorOps): Tensor {
  const divisor = from.alphaBar * to.noise + from.signal * from.noise * to.signal;
  return linear(
    [
      [to.signal / from.signal, x],
      [-(to.alphaBar - from.alphaBar) / divisor, noise],
    ],
    ops,
  ); // eq. 9
}

/** The prediction that the latest ones extrapolate to. */
function extrapolate(value: Tensor, kind: Transition['kind'], memory: PndmMemory, ops: TensorOps): Tensor {
  if (kind === 'repeat') {
    return linear(
      [
        [1 / 2, value],
        [1 / 2, memory.history[0]!],
      ],
      ops,
    );
  }
  remember(value, memory, ops);
  const factors = ADAMS_BASHFORTH[memory.history.length - 1]!;
  return linear(
    memory.history.map((past, i): LinearTerm => [factors[i]!, past]),
    ops,
  );
}

/** The prediction within a Runge–Kutta step: each slope as it is, then their weighted mean. */
function climb(value: Tensor, memory: PndmMemory, ops: TensorOps): Tensor {
  if (memory.slopes.length === 0) remember(value, memory, ops);
  memory.slopes.push(ops.keep(value));
  if (memory.slopes.length < RUNGE_KUTTA.length) return value;
  const mean = linear(
    memory.slopes.map((slope, i): LinearTerm => [RUNGE_KUTTA[i]!, slope]),
    ops,
  );
  for (const slope of memory.slopes.splice(0)) ops.release(slope);
  return mean;
}

function remember(value: Tensor, memory: PndmMemory, ops: TensorOps): void {
  memory.history.unshift(ops.keep(value));
  for (const past of memory.history.splice(ADAMS_BASHFORTH.length)) ops.release(past);
}

function forget(memory: PndmMemory, ops: TensorOps): void {
  if (memory.start) ops.release(memory.start);
  delete memory.start;
}

function clear(memory: PndmMemory, ops: TensorOps): void {
  forget(memory, ops);
  for (const past of memory.history.splice(0)) ops.release(past);
}

/** n + 1 evaluations: after the first step the second timestep again, from the same state, with the mean of both. */
function multistepTransitions(count: number, options: PndmOptions): readonly Transition[] {
  const { timesteps, stride, at } = grid(count, 1, options);
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

/** n + 9 evaluations: four for each of the first three steps, halfway points included, then one for each step. */
function rungeKuttaTransitions(count: number, options: PndmOptions): readonly Transition[] {
  const { timesteps, stride, at } = grid(count, RUNGE_KUTTA_STEPS + 1, options);
  const half = Math.floor(stride / 2);
  const climbing = timesteps.slice(0, RUNGE_KUTTA_STEPS).flatMap((start, i) => {
    const end = timesteps[i + 1]!;
    const halfway = end + half;
    return [
      [start, start - half],
      [halfway, halfway],
      [halfway, halfway - half],
      [end, end],
    ].map(([timestep, to]): Transition => {
      return { timestep: timestep!, level: at(timestep!), from: at(start), to: at(to!), kind: 'runge-kutta' };
    });
  });
  const multistep = timesteps.slice(RUNGE_KUTTA_STEPS).map((timestep): Transition => {
    return { timestep, level: at(timestep), from: at(timestep), to: at(timestep - stride), kind: 'multistep' };
  });
  return [...climbing, ...multistep];
}

/** The run's timesteps from high to low, the distance between two, and the noise level of any. */
function grid(
  count: number,
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
