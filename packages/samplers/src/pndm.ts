import type { Sampler, Tensor, TensorOps } from '@sega/guidance';
import { type LinearTerm, linear } from './linear.js';
import { cleanFrom, noiseFrom, spaceOf } from './parameterization.js';
import { type NoiseLevel, stepsAt } from './schedule/noise-level.js';
import {
  multistepTransitions,
  type PndmOptions,
  type PndmTransition,
  rungeKuttaTransitions,
} from './schedule/pndm-schedule.js';

export type { PndmOptions } from './schedule/pndm-schedule.js';

/** Factors of the latest predictions, newest first, by how many there are: Adams–Bashforth of order 1 to 4. */
const ADAMS_BASHFORTH: readonly (readonly number[])[] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24], // eq. 12
];
const RUNGE_KUTTA: readonly number[] = [1 / 6, 1 / 3, 1 / 3, 1 / 6];

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
        initial: (shape, noise) => noise.normal(shape),
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
function extrapolate(value: Tensor, kind: PndmTransition['kind'], memory: PndmMemory, ops: TensorOps): Tensor {
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
